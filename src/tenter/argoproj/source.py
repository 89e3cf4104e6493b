"""Where an Application's manifests come from, and how they are rendered: ``spec.source``.

Only the shape. What a source means is said by ``tenter.sources``, which knows no Application.
"""

from __future__ import annotations

from typing import Any

from msgspec import field

from tenter.argoproj.shape import Shape


class HelmParameter(Shape, frozen=True, kw_only=True):
    """A Helm value set by its path; ``force_string`` keeps numbers and booleans as texts."""

    name: str = ""
    value: str = ""
    force_string: bool = False


class HelmFileParameter(Shape, frozen=True, kw_only=True):
    """A Helm value set to a file's content."""

    name: str = ""
    path: str = ""


class Helm(Shape, frozen=True, kw_only=True):
    """How a chart is rendered. ``values`` is YAML text; ``values_object`` comes before it."""

    release_name: str = ""
    version: str = ""
    namespace: str = ""
    kube_version: str = ""
    values: str = ""
    values_object: Any = None
    value_files: tuple[str, ...] = ()
    api_versions: tuple[str, ...] = ()
    parameters: tuple[HelmParameter, ...] = ()
    file_parameters: tuple[HelmFileParameter, ...] = ()
    pass_credentials: bool = False
    ignore_missing_value_files: bool = False
    skip_crds: bool = False
    skip_tests: bool = False
    skip_schema_validation: bool = False


class KustomizeReplicas(Shape, frozen=True, kw_only=True):
    """How many replicas the workloads of this name get; a text may hold the number."""

    name: str
    count: int | str


class KustomizeSelector(Shape, frozen=True, kw_only=True):
    """The objects that a Kustomize patch is for."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    annotation_selector: str = ""
    label_selector: str = ""


class KustomizePatch(Shape, frozen=True, kw_only=True):
    """A patch, inline or from a file, and what it is for."""

    path: str = ""
    patch: str = ""
    options: dict[str, bool] = field(default_factory=dict)
    target: KustomizeSelector | None = None


class Kustomize(Shape, frozen=True, kw_only=True):
    """What is changed in a kustomization before it is built."""

    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    version: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    common_labels: dict[str, str] = field(default_factory=dict)
    common_annotations: dict[str, str] = field(default_factory=dict)
    replicas: tuple[KustomizeReplicas, ...] = ()
    patches: tuple[KustomizePatch, ...] = ()
    common_annotations_envsubst: bool = False
    force_common_labels: bool = False
    force_common_annotations: bool = False
    ignore_missing_components: bool = False
    label_without_selector: bool = False
    label_include_templates: bool = False


class JsonnetVariable(Shape, frozen=True, kw_only=True):
    """A variable given to Jsonnet, as a text or, with ``code``, as Jsonnet itself."""

    name: str
    value: str
    code: bool = False


class Jsonnet(Shape, frozen=True, kw_only=True):
    """What Jsonnet files of a directory are evaluated with."""

    ext_vars: tuple[JsonnetVariable, ...] = ()
    tlas: tuple[JsonnetVariable, ...] = ()
    libs: tuple[str, ...] = ()


class Directory(Shape, frozen=True, kw_only=True):
    """Which files of a plain directory are read."""

    recurse: bool = False
    include: str = ""
    exclude: str = ""
    disable_extension_filter: bool = False
    jsonnet: Jsonnet = Jsonnet()


class PluginVariable(Shape, frozen=True, kw_only=True):
    """An environment variable of a config management plugin."""

    name: str
    value: str


class PluginParameter(Shape, frozen=True, kw_only=True):
    """A parameter of a config management plugin: a text, a list or a map."""

    name: str = ""
    string: str | None = None
    array: tuple[str, ...] | None = None
    map: dict[str, str] | None = None


class Plugin(Shape, frozen=True, kw_only=True):
    """A config management plugin. Tenter runs none; the field is read so that it can say so."""

    name: str = ""
    env: tuple[PluginVariable, ...] = ()
    parameters: tuple[PluginParameter, ...] = ()


class ApplicationSource(Shape, frozen=True, kw_only=True):
    """One source: a path of a Git repository at a revision, or a chart of a Helm repository.

    ``ref`` names a source whose files others may use as ``$ref/…``; alone, it renders nothing.
    """

    repo_url: str = field(name="repoURL", default="")
    path: str = ""
    target_revision: str = ""
    chart: str = ""
    ref: str = ""
    name: str = ""
    tag_prefix: str = ""
    helm: Helm | None = None
    kustomize: Kustomize | None = None
    directory: Directory | None = None
    plugin: Plugin | None = None

    @property
    def is_helm_chart(self) -> bool:
        """Whether the source is a chart of a Helm repository rather than a path in Git."""
        return bool(self.chart)
