"""Transcripts are read and written without loss, and hide only what must differ."""

from __future__ import annotations

import pytest
from conformance.printed import without_chance
from conformance.transcripts import Printed, read_transcript, write_transcript

TEXT = """\
# Why this is tried.
$ kubectl apply -f - <<EOF
> kind: ConfigMap
>
> EOF
configmap/a created
\\> what looks like a command's next line

line after an empty one
! Warning: beware
[3]

# Another.
$ kubectl get configmaps
"""


def test_a_transcript_is_written_as_it_was_read() -> None:
    assert write_transcript(read_transcript("any", TEXT)) == TEXT


def test_a_command_is_read_with_all_its_lines() -> None:
    first, _ = read_transcript("any", TEXT).exchanges

    assert first.command == "kubectl apply -f - <<EOF\nkind: ConfigMap\n\nEOF"


def test_what_a_command_printed_takes_the_place_of_what_was_expected() -> None:
    transcript = read_transcript("any", "$ true\nold\n")

    fresh = transcript.with_outputs([Printed("# new\n$ 5\n", "oops\n", 1)])

    assert write_transcript(fresh) == "$ true\n\\# new\n\\$ 5\n! oops\n[1]\n"
    assert read_transcript("any", write_transcript(fresh)) == fresh


def test_output_before_any_command_is_refused() -> None:
    with pytest.raises(ValueError, match="no command's output"):
        read_transcript("any", "stray\n$ true\n")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("web-6b9c6d5b97-x7k2p   1/1     Running   0          14s", None),
        ("web-<hash>-<suffix>  1/1  Running  0  <age>", None),
        ("pod/task-x7k2p created", "pod/task-<suffix> created"),
        ("cm     2     3m20s", "cm  2  <age>"),
        ("uid: 8b7f9d5e-1c3a-4b1e-9f55-0a5ad3d0a5c1", "uid: <uid>"),
        ("at 2026-01-01T10:00:00Z", "at <time>"),
        ("IP: 10.96.13.7", "IP: <address>"),
        ('  resourceVersion: "311"', '  resourceVersion: "<version>"'),
    ],
)
def test_what_must_differ_becomes_a_word(line: str, shown: str | None) -> None:
    assert without_chance(line) == (shown or "web-<hash>-<suffix>  1/1  Running  0  <age>")


@pytest.mark.parametrize(
    "line",
    [
        "configmap/settings created",
        "delay=0s timeout=1s period=10s",
        "v1.36.1",
        "replicas: 2",
        "batch.kubernetes.io/job-name=hello",
        "image: nginx:1.25",
    ],
)
def test_all_else_stays(line: str) -> None:
    assert without_chance(line) == line
