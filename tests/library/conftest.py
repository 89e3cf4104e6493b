from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import tenter

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""

MIGRATE = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations: {embedded.tenter.dev/outcome: "%s"}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: migrate}]
"""


@pytest.fixture
async def cluster() -> AsyncIterator[tenter.Cluster]:
    async with tenter.Cluster.embedded() as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "migrate.yaml").write_text(MIGRATE % "succeed")
    return folder
