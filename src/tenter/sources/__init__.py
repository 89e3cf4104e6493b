"""Where manifests come from: directories, files, standard input and Git."""

from tenter.sources.loading import load, resolve, source_of
from tenter.sources.source import DirectoryOptions, GitSource, Loaded, LocalSource, Source

__all__ = [
    "DirectoryOptions",
    "GitSource",
    "Loaded",
    "LocalSource",
    "Source",
    "load",
    "resolve",
    "source_of",
]
