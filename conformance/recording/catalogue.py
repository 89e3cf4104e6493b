"""All stories by name, and where what was seen of them is kept."""

from __future__ import annotations

from pathlib import Path

from conformance.recording import jobs, others, pods, workloads
from conformance.recording.stories import STORIES, Story

FOLDER = Path(__file__).parents[2] / "tests" / "health" / "recorded"

MODULES = (pods, jobs, workloads, others)
"""Importing them is what makes their stories known."""

CATALOGUE: dict[str, Story] = {story.name: story for story in STORIES}
