"""Reads which differences are ignored from a file, in any form in which users have them.

A list of rules, as ``spec.ignoreDifferences`` holds it; a mapping with that list; an Application;
or the ConfigMap ``argocd-cm``, whose rules are an installation's.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from tenter.diff import IgnoreRule, read_ignore_rules, read_ignore_settings
from tenter.errors import OptionError
from tenter.library.io_files import read_text

_FIELD = "ignoreDifferences"


def ignore_rules_in(file: str | Path) -> tuple[IgnoreRule, ...]:
    """Return the rules in ``file`` (``-`` is standard input).

    Raises SourceError where it cannot be read, OptionError where it holds no rules.
    """
    try:
        content = yaml.load(read_text(file), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise OptionError(f"{file} is not YAML: {error}") from error
    if isinstance(content, list):
        return read_ignore_rules(content, str(file))
    if isinstance(content, dict) and content.get("kind") == "ConfigMap":
        return read_ignore_settings(content.get("data") or {})
    if isinstance(content, dict):
        holder = content.get("spec") if content.get("kind") == "Application" else content
        if isinstance(holder, dict) and _FIELD in holder:
            return read_ignore_rules(holder[_FIELD] or [], f"{file}: {_FIELD}")
    raise OptionError(
        f"{file} holds no {_FIELD}. Give a list of rules such as "
        "[{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}], an Application, or "
        "the ConfigMap argocd-cm"
    )
