"""Where manifests come from: directories, files, standard input, Git, and what renders them."""

from tenter.sources.loading import load, resolve, source_of
from tenter.sources.option_reading import read_source_options, write_source_options
from tenter.sources.options import (
    DirectoryOptions,
    HelmFileParameter,
    HelmOptions,
    HelmParameter,
    JsonnetOptions,
    KustomizeOptions,
    KustomizePatch,
    KustomizeReplica,
    KustomizeTarget,
    SourceOptions,
    Variable,
)
from tenter.sources.rendering import (
    ChartCredentials,
    Complete,
    RenderFacts,
    Renderings,
    RenderSettings,
    SourceType,
)
from tenter.sources.source import (
    ChartSource,
    GitSource,
    Loaded,
    LocalSource,
    SeveralSources,
    Source,
)
from tenter.sources.source_reading import read_source, read_sources

__all__ = [
    "ChartCredentials",
    "ChartSource",
    "Complete",
    "DirectoryOptions",
    "GitSource",
    "HelmFileParameter",
    "HelmOptions",
    "HelmParameter",
    "JsonnetOptions",
    "KustomizeOptions",
    "KustomizePatch",
    "KustomizeReplica",
    "KustomizeTarget",
    "Loaded",
    "LocalSource",
    "RenderFacts",
    "RenderSettings",
    "Renderings",
    "SeveralSources",
    "Source",
    "SourceOptions",
    "SourceType",
    "Variable",
    "load",
    "read_source",
    "read_source_options",
    "read_sources",
    "resolve",
    "source_of",
    "write_source_options",
]
