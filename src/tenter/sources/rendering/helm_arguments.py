"""The arguments of ``helm template`` that a source's options come to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from tenter.errors import RenderError
from tenter.sources.options import HelmOptions
from tenter.sources.rendering.facts import RenderFacts, substituted

INLINE_VALUES = "source.helm.values"
"""What the values in the source itself are called in messages."""

_BARE_COMMA = re.compile(r"(?<!\\),")
_VERSIONS = ("", "v3", "v4", "3", "4")


def template_arguments(
    options: HelmOptions,
    facts: RenderFacts,
    values: Mapping[str, str],
    *,
    value_files: Sequence[str],
    files: Mapping[str, str],
) -> list[str]:
    """Return the arguments after ``helm template CHART``.

    ``value_files`` and ``files`` (by their paths in ``options``) are where the files are now.
    ``values`` is the build environment. Raises ``RenderError`` for a Helm version that is gone.
    """
    if options.version not in _VERSIONS:
        raise RenderError(
            f"source.helm.version asks for Helm {options.version}, which is not supported; write "
            "v3, or leave it out"
        )
    arguments = ["--name-template", options.release_name or facts.application or "release-name"]
    namespace = options.namespace or facts.namespace
    if namespace:
        arguments += ["--namespace", namespace]
    kube_version = options.kube_version or facts.kube_version
    if kube_version:
        arguments += ["--kube-version", kube_version]
    for api_version in options.api_versions or facts.api_versions:
        arguments += ["--api-versions", api_version]
    for file in value_files:
        arguments += ["--values", file]
    for parameter in options.parameters:
        flag = "--set-string" if parameter.force_string else "--set"
        value = substituted(parameter.value, values)
        arguments += [flag, f"{parameter.name}={_escaped(value)}"]
    for parameter_file in options.file_parameters:
        arguments += ["--set-file", f"{parameter_file.name}={files[parameter_file.path]}"]
    if not options.skip_crds:
        arguments.append("--include-crds")
    if options.skip_tests:
        arguments.append("--skip-tests")
    if options.skip_schema_validation:
        arguments.append("--skip-schema-validation")
    return arguments


def inline_values(options: HelmOptions) -> bytes | None:
    """Return the values in the source itself as a file; the object wins over the text."""
    if options.values_object is not None:
        return json.dumps(options.values_object).encode()
    return options.values.encode() if options.values else None


def _escaped(value: str) -> str:
    """Keep a comma in a value from ending it; a value in braces is Helm's own way to a list."""
    if value.startswith("{") and value.endswith("}"):
        return value
    return _BARE_COMMA.sub(r"\,", value)
