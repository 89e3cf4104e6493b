"""Reading manifests: 1,000 YAML documents of about 1 kB."""

from __future__ import annotations

import time

import yaml

from bench.measurement import Measurement
from bench.objects import deployment
from tenter.manifests import read_documents

_DOCUMENTS = 1_000


def documents() -> list[Measurement]:
    """1,000 documents as Kubernetes reads them; the floor is PyYAML's C loader."""
    text = yaml.dump_all(
        [deployment(f"item-{i:05}") for i in range(_DOCUMENTS)],
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
    )
    began = time.perf_counter()
    found = read_documents(text, "objects.yaml")
    seconds = time.perf_counter() - began
    assert len(found) == _DOCUMENTS
    began = time.perf_counter()
    assert len(list(yaml.load_all(text, Loader=yaml.CSafeLoader))) == _DOCUMENTS
    floor = time.perf_counter() - began
    return [
        Measurement(
            name="reading 1,000 YAML documents",
            value=seconds,
            floor=floor,
            ratio_goal=1.3,
            note=f"{len(text) / 1000:,.0f} kB; floor: PyYAML's CSafeLoader",
        )
    ]
