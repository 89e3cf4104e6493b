"""A kustomization as a mapping: what it refers to, and how a source's options change it.

The changes are those that ``kustomize edit`` makes, one command a field, as Argo CD runs it; made
here they cost no process each, and ``kubectl kustomize``, which has no ``edit``, can build the
result as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tenter.errors import RenderError
from tenter.sources.options import KustomizeOptions
from tenter.sources.rendering.facts import substituted

ORIGIN = "config.kubernetes.io/origin"
"""The annotation in which Kustomize says where an object came from."""

_REMOTE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://|git::|[^/@\s]+@[^/:\s]+:|(?:github\.com|gitlab\.com|"
    r"bitbucket\.org|gist\.github\.com)[/:]|\S+\.git(?:/|\?|$)"
)
_FOLDERS = ("resources", "bases", "components", "generators", "transformers", "validators")
_FILES = ("crds", "configurations", "patchesStrategicMerge")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_PATCHES = ("patches", "patchesJson6902", "replacements")
_IMAGE = re.compile(
    r"(?P<name>[^@]*?)(?::(?P<tag>[A-Za-z0-9._-]+|\*))?(?:@(?P<digest>\S+))?", re.DOTALL
)


def is_remote(reference: str) -> bool:
    """Tell whether Kustomize would fetch ``reference`` where no local path has that name."""
    return _REMOTE.match(reference) is not None


def folders(kustomization: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields and texts that may name other folders, or files, to build from."""
    for field in _FOLDERS:
        for entry in _texts(kustomization.get(field)):
            if "\n" not in entry:
                yield field, entry


def references(kustomization: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every field and text that Kustomize reads a file, folder or address by."""
    yield from folders(kustomization)
    for field in _FILES:
        for entry in _texts(kustomization.get(field)):
            if "\n" not in entry:
                yield field, entry
    for field in _PATCHES:
        for patch in _mappings(kustomization.get(field)):
            yield from ((f"{field}.path", text) for text in _texts([patch.get("path")]))
    for field in _GENERATORS:
        for generator in _mappings(kustomization.get(field)):
            for source in ("files", "envs", "env"):
                for text in _texts(generator.get(source)):
                    yield f"{field}.{source}", text.rpartition("=")[2]
    openapi = kustomization.get("openapi")
    if isinstance(openapi, dict):
        yield from (("openapi.path", text) for text in _texts([openapi.get("path")]))
    for chart in _mappings(kustomization.get("helmCharts")):
        for field in ("repo", "valuesFile", "additionalValuesFiles"):
            yield from ((f"helmCharts.{field}", text) for text in _texts(chart.get(field)))


def chart_folder(kustomization: Mapping[str, Any]) -> str | None:
    """Return where the kustomization's Helm charts are; None where it inflates none."""
    if not kustomization.get("helmCharts") and not kustomization.get("helmChartInflationGenerator"):
        return None
    settings = kustomization.get("helmGlobals")
    home = settings.get("chartHome") if isinstance(settings, dict) else None
    return home if isinstance(home, str) and home else "charts"


def edited(
    kustomization: Mapping[str, Any], options: KustomizeOptions, values: Mapping[str, str]
) -> dict[str, Any]:
    """Return ``kustomization`` changed as ``options`` say.

    ``values`` are the build environment, by which ``$NAME`` in images, labels and, if asked for,
    annotations is replaced. ``options.components`` must exist. Raises ``RenderError`` for options
    that cannot be carried out: a label that is there already, an image or count that is none.
    """
    changed = dict(kustomization)
    plain = {
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "namespace": options.namespace,
    }
    changed |= {field: text for field, text in plain.items() if text}
    if options.images:
        changed["images"] = _images(changed, options, values)
    if options.replicas:
        changed["replicas"] = _replicas(changed, options)
    if options.common_labels:
        _add_labels(changed, options, values)
    if options.common_annotations:
        annotations = dict(changed.get("commonAnnotations") or {})
        for name, value in options.common_annotations.items():
            if name in annotations and not options.force_common_annotations:
                raise _already("commonAnnotations", name, "forceCommonAnnotations")
            envsubst = options.common_annotations_envsubst
            annotations[name] = substituted(value, values) if envsubst else value
        changed["commonAnnotations"] = annotations
    if options.patches:
        added = [msgspec.to_builtins(patch) for patch in options.patches]
        changed["patches"] = [*_list(changed, "patches"), *added]
    if options.components:
        present = _list(changed, "components")
        added = [name for name in options.components if name not in present]
        changed["components"] = [*present, *added]
    return changed


def with_origins(kustomization: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return ``kustomization`` asking for ``ORIGIN`` on each object, and whether it did before."""
    asked = _list(kustomization, "buildMetadata")
    if "originAnnotations" in asked:
        return dict(kustomization), True
    return {**kustomization, "buildMetadata": [*asked, "originAnnotations"]}, False


def _images(
    kustomization: Mapping[str, Any], options: KustomizeOptions, values: Mapping[str, str]
) -> list[dict[str, Any]]:
    images = {
        str(image.get("name")): dict(image) for image in _mappings(kustomization.get("images"))
    }
    for text in options.images:
        image = read_image(substituted(text, values))
        before = images.get(image["name"], {})
        kept = {
            field: before.get(field, "") if value == "*" else value
            for field, value in image.items()
        }
        images[image["name"]] = {field: value for field, value in kept.items() if value}
    return [images[name] for name in sorted(images)]


def read_image(text: str) -> dict[str, str]:
    """Return an entry of a kustomization's ``images`` for ``[OLD=]NAME[:TAG][@DIGEST]``.

    ``*`` in place of the new name, the tag or the digest keeps what the kustomization has. Raises
    ``RenderError`` for a text that says nothing new of an image.
    """
    old, separator, new = text.partition("=")
    if not separator:
        old, new = "", text
    found = _IMAGE.fullmatch(new)
    name, tag, digest = found.group("name", "tag", "digest") if found else ("", None, None)
    if not name or (not separator and not tag and not digest):
        raise RenderError(
            f'source.kustomize.images: "{text}" names no image with a tag or digest. Write '
            "NAME:TAG, NAME@DIGEST or OLD=NAME:TAG"
        )
    image = {"name": old or name, "newTag": tag or "", "digest": digest or ""}
    if separator:
        image["newName"] = name
    return image


def _replicas(kustomization: Mapping[str, Any], options: KustomizeOptions) -> list[dict[str, Any]]:
    replicas = {
        str(entry.get("name")): dict(entry) for entry in _mappings(kustomization.get("replicas"))
    }
    for replica in options.replicas:
        try:
            count = int(replica.count)
        except ValueError as error:
            raise RenderError(
                f'source.kustomize.replicas: the count of {replica.name} is "{replica.count}"; '
                "write a whole number"
            ) from error
        replicas[replica.name] = {"name": replica.name, "count": count}
    return [replicas[name] for name in sorted(replicas)]


def _add_labels(
    kustomization: dict[str, Any], options: KustomizeOptions, values: Mapping[str, str]
) -> None:
    if options.label_include_templates and not options.label_without_selector:
        raise RenderError(
            "source.kustomize.labelIncludeTemplates needs labelWithoutSelector: true, as labels in "
            "selectors are in the templates anyway"
        )
    labels = {name: substituted(value, values) for name, value in options.common_labels.items()}
    if not options.label_without_selector:
        present = dict(kustomization.get("commonLabels") or {})
        kustomization["commonLabels"] = _merged(present, labels, options, "commonLabels")
        return
    entries = [dict(entry) for entry in _mappings(kustomization.get("labels"))]
    same = next(
        (
            entry
            for entry in entries
            if not entry.get("includeSelectors")
            and bool(entry.get("includeTemplates")) is options.label_include_templates
        ),
        None,
    )
    if same is None:
        same = {"pairs": {}}
        if options.label_include_templates:
            same["includeTemplates"] = True
        entries.append(same)
    same["pairs"] = _merged(dict(same.get("pairs") or {}), labels, options, "labels")
    kustomization["labels"] = entries


def _merged(
    present: dict[str, Any], labels: Mapping[str, str], options: KustomizeOptions, field: str
) -> dict[str, Any]:
    for name in labels:
        if name in present and not options.force_common_labels:
            raise _already(field, name, "forceCommonLabels")
    return {**present, **labels}


def _already(field: str, name: str, force: str) -> RenderError:
    return RenderError(
        f"the kustomization's {field} has {name} already; set source.kustomize.{force}: true to "
        "replace it"
    )


def _list(kustomization: Mapping[str, Any], field: str) -> list[Any]:
    value = kustomization.get(field)
    return list(value) if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
