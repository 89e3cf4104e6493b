import os

import pytest

from tenter.errors import NoManifests, SourceError
from tenter.sources import LocalSource, load, loading, source_of
from tenter.sources.io_files import read_stream


async def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a")
    os.write(writing, b"b")
    os.close(writing)
    try:
        assert await read_stream(reading) == b"ab"
    finally:
        os.close(reading)


async def test_an_unreadable_descriptor_is_a_source_error() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(SourceError, match="standard input"):
            await read_stream(writing)
    finally:
        os.close(reading)
        os.close(writing)


async def test_documents_of_standard_input_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def give(_: int) -> bytes:
        return b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n"

    monkeypatch.setattr(loading, "read_stream", give)
    loaded = await load(LocalSource(path="-"))
    assert str(loaded.documents[0].origin) == "standard input:1 (document 1)"
    assert loaded.revision == ""


async def test_empty_standard_input_has_no_manifests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def give(_: int) -> bytes:
        return b""

    monkeypatch.setattr(loading, "read_stream", give)
    with pytest.raises(NoManifests, match="standard input"):
        await load(LocalSource(path="-"))


def test_standard_input_has_no_revision() -> None:
    with pytest.raises(SourceError, match="no revision"):
        source_of("-", revision="main")
