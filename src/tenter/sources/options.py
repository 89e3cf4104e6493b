"""How a source is rendered: an Application's ``source.kustomize``, ``.helm`` and ``.directory``.

The structs have Argo CD's fields under Python's names, each with the value that means "not said",
so that a struct equal to its default says nothing. They are values: reading them touches nothing,
what they mean is the renderers' to know, and how they are written is
``option_reading``'s.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.globs import matches


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A Jsonnet variable; with ``code`` its value is an expression and not a text."""

    name: str
    value: str = ""
    code: bool = False


class JsonnetOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``ext_vars`` are external variables, ``tlas`` top-level arguments.

    ``libs`` are folders, from the repository's top, in which imports are looked for.
    """

    ext_vars: tuple[Variable, ...] = ()
    tlas: tuple[Variable, ...] = ()
    libs: tuple[str, ...] = ()


class DirectoryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of a directory are read.

    ``include`` and ``exclude`` are glob patterns over the path from the directory on, as in
    ``globs``; nothing in ``include`` takes every file, and ``exclude`` wins. As in Argo CD,
    sub-directories are left out unless ``recurse`` says otherwise, and files by other names than
    ``*.yaml``, ``*.yml``, ``*.json`` and ``*.jsonnet`` unless ``disable_extension_filter`` does.
    """

    recurse: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    disable_extension_filter: bool = False
    jsonnet: JsonnetOptions = JsonnetOptions()

    def takes(self, path: str) -> bool:
        """Tell whether the file at ``path`` (with ``/``, from the directory on) is read."""
        if any(matches(pattern, path) for pattern in self.exclude):
            return False
        return not self.include or any(matches(pattern, path) for pattern in self.include)


class HelmParameter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value for ``helm --set``, or with ``force_string`` for ``--set-string``."""

    name: str = ""
    value: str = ""
    force_string: bool = False


class HelmFileParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is the content of the file at ``path``, for ``helm --set-file``."""

    name: str = ""
    path: str = ""


class HelmOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a chart is rendered. Paths are from the chart on, or with a leading ``/`` from the top.

    Values are taken in this order, later ones over earlier ones: the chart's own, ``value_files``,
    ``values_object`` or else ``values``, ``parameters``, ``file_parameters``. ``kube_version``,
    ``api_versions`` and ``namespace`` stand in for the destination's.
    """

    release_name: str = ""
    version: str = ""
    namespace: str = ""
    kube_version: str = ""
    values: str = ""
    values_object: dict[str, Any] | None = None
    value_files: tuple[str, ...] = ()
    api_versions: tuple[str, ...] = ()
    parameters: tuple[HelmParameter, ...] = ()
    file_parameters: tuple[HelmFileParameter, ...] = ()
    pass_credentials: bool = False
    ignore_missing_value_files: bool = False
    skip_crds: bool = False
    skip_tests: bool = False
    skip_schema_validation: bool = False


class KustomizeReplica(msgspec.Struct, frozen=True, kw_only=True):
    """How many Pods the workloads called ``name`` have; a text must be a whole number."""

    name: str
    count: int | str


class KustomizeTarget(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """Which objects a patch is for; what is empty matches all."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    annotation_selector: str = ""
    label_selector: str = ""


class KustomizePatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A patch as text, or in the file at ``path``."""

    path: str = ""
    patch: str = ""
    options: dict[str, bool] | None = None
    target: KustomizeTarget | None = None


class KustomizeOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is changed in a kustomization before it is built, as ``kustomize edit`` would."""

    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    version: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    common_labels: dict[str, str] = {}
    common_annotations: dict[str, str] = {}
    replicas: tuple[KustomizeReplica, ...] = ()
    patches: tuple[KustomizePatch, ...] = ()
    common_annotations_envsubst: bool = False
    force_common_labels: bool = False
    force_common_annotations: bool = False
    ignore_missing_components: bool = False
    label_without_selector: bool = False
    label_include_templates: bool = False


class SourceOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is rendered, whatever it turns out to be."""

    helm: HelmOptions = HelmOptions()
    kustomize: KustomizeOptions = KustomizeOptions()
    directory: DirectoryOptions = DirectoryOptions()

    @property
    def given(self) -> tuple[str, ...]:
        """The renderers that something is said about."""
        default = SourceOptions()
        return tuple(
            name
            for name in ("helm", "kustomize", "directory")
            if getattr(self, name) != getattr(default, name)
        )
