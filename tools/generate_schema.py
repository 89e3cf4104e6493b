r"""Generate the embedded cluster's type data from the JSON schemas of ``kubernetes-validate``.

Run it with the development dependencies installed, after they moved to a newer Kubernetes, with the
directories of the Go modules that say how an empty field is written (``go_types``)::

    python tools/generate_schema.py DIR_OF_k8s.io/api DIR_OF_k8s.io/apimachinery \
        DIR_OF_k8s.io/apiextensions-apiserver DIR_OF_k8s.io/kube-aggregator

The data keeps what the embedded API server needs (fields, merge rules, formats) and leaves
descriptions out. ``tenter.embedded.schema.kinds`` reads it. Its form:

- ``kinds`` maps ``group/version/Kind`` to a definition.
- A definition is ``{"f": {field: place}, "r": required fields, "a": 1 if atomic}``.
- A place is a scalar's code (with ``?`` where an empty value is left out, with ``!`` where it is
  written even so), ``@definition``, or ``{"t": "l" | "m", "e": place}`` with ``a``
  (atomic), ``k`` (list map keys), ``u`` (set), and around any place ``{"p": place}`` with ``mk``
  (patch merge key), ``ps`` (patch strategies), ``d`` (default of a key), ``v`` (always there).
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import pathlib
import sys
from typing import Any

from go_types import Empty, GoTypes

TARGET = pathlib.Path(__file__).parent.parent / "src/tenter/embedded/schema/kinds.json.gz"

SCALARS = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "is",
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "mt",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "any",
}

# The schemas do not carry the defaults of list keys, without which two ports are not told apart.
KEY_DEFAULTS = {
    ("core.v1.ContainerPort", "protocol"): "TCP",
    ("core.v1.ServicePort", "protocol"): "TCP",
}

# What is taken for true of a field that the Go types do not have: they may be a version older.
UNKNOWN = (Empty.KEPT, False)
ALWAYS_THERE = dict.fromkeys(("metadata", "spec", "status"), (Empty.WRITTEN, True))

MARKS = {Empty.KEPT: "", Empty.DROPPED: "?", Empty.WRITTEN: "!"}
MARKED = ("s", "B", "i32", "i64", "n", "b")


def packages(api: pathlib.Path, *others: pathlib.Path) -> dict[str, pathlib.Path]:
    """Return the folders of the types, by what OpenAPI calls them (``core.v1``)."""
    folders = [path.parent for path in api.glob("*/*/types.go")]
    found = {".".join(folder.relative_to(api).parts): folder for folder in folders}
    for module in others:
        for path in module.glob("pkg/apis/*/v1/types.go"):
            found[".".join(path.parent.relative_to(module / "pkg/apis").parts)] = path.parent
    return found


def short(name: str) -> str:
    """Return a definition's name without what all share: ``core.v1.Pod``."""
    for prefix in (
        "io.k8s.api.",
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apimachinery.pkg.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
        "io.k8s.kube-aggregator.pkg.apis.",
    ):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def scalar(schema: dict[str, Any]) -> str:
    """Return the code of a scalar place."""
    types = schema.get("type", [])
    kind = next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), "any")
    form = schema.get("format", "")
    return {
        ("string", ""): "s",
        ("string", "byte"): "B",
        ("string", "date-time"): "t",
        ("integer", "int32"): "i32",
        ("integer", "int64"): "i64",
        ("integer", ""): "i64",
        ("number", "double"): "n",
        ("number", ""): "n",
        ("boolean", ""): "b",
        ("object", ""): "any",
        ("any", ""): "any",
    }[kind, form]


def place(schema: dict[str, Any], reached: set[str]) -> Any:
    """Return the code of one place, and note the definitions it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in SCALARS:
            return SCALARS[name]
        reached.add(name)
        result: Any = "@" + short(name)
        if schema.get("x-kubernetes-map-type") == "granular":
            return {"p": result, "g": 1}
        return result
    if "items" in schema:
        result = {"t": "l", "e": place(schema["items"], reached)}
        match schema.get("x-kubernetes-list-type", "atomic"):
            case "map":
                result["k"] = schema["x-kubernetes-list-map-keys"]
            case "set":
                result["u"] = 1
            case _:
                result["a"] = 1
        return result
    if "additionalProperties" in schema:
        result = {"t": "m", "e": place(schema["additionalProperties"], reached)}
        if schema.get("x-kubernetes-map-type") == "atomic":
            result["a"] = 1
        return result
    return scalar(schema)


def field(
    owner: str, name: str, schema: dict[str, Any], reached: set[str], written: tuple[Empty, bool]
) -> Any:
    """Return the code of a field of ``owner``, with what is said of the field and not its type.

    ``written`` tells what becomes of it when it is empty, and whether it is a struct by value.
    """
    result = place(schema, reached)
    empty, by_value = written
    if result in MARKED:
        result += MARKS[empty]
    extra: dict[str, Any] = {}
    if "x-kubernetes-patch-merge-key" in schema:
        extra["mk"] = schema["x-kubernetes-patch-merge-key"]
    if "x-kubernetes-patch-strategy" in schema:
        extra["ps"] = schema["x-kubernetes-patch-strategy"].split(",")
    if (owner, name) in KEY_DEFAULTS:
        extra["d"] = KEY_DEFAULTS[owner, name]
    if isinstance(result, dict) or result.startswith("@"):
        many = isinstance(result, dict) and "t" in result
        if by_value or (many and empty is Empty.WRITTEN):
            extra["v"] = 1
    if not extra:
        return result
    return {**(result if isinstance(result, dict) and "p" in result else {"p": result}), **extra}


def definition(
    owner: str, schema: dict[str, Any], reached: set[str], go: GoTypes
) -> dict[str, Any]:
    """Return the code of a definition."""
    required = schema.get("required", [])
    written = go.fields(owner) or ALWAYS_THERE
    result: dict[str, Any] = {
        "f": {
            name: field(owner, name, sub, reached, written.get(name, UNKNOWN))
            for name, sub in sorted(schema.get("properties", {}).items())
        }
    }
    if required:
        result["r"] = sorted(required)
    if schema.get("x-kubernetes-map-type") == "atomic":
        result["a"] = 1
    return result


def source() -> tuple[str, pathlib.Path]:
    """Return the newest Kubernetes version that ``kubernetes-validate`` ships, and its folder."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("kubernetes-validate is not installed: install the development tools.")
    folders = (pathlib.Path(spec.origin).parent / "kubernetes-json-schema").glob("v*-local")
    found = {folder.name.removeprefix("v").removesuffix("-local"): folder for folder in folders}
    newest = max(found, key=lambda version: [int(part) for part in version.split(".")])
    return newest, found[newest]


def main() -> None:
    """Write the data file."""
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    go = GoTypes(packages(*map(pathlib.Path, sys.argv[1:])))
    version, folder = source()
    schemas = json.loads((folder / "_definitions.json").read_text())["$defs"]
    kinds: dict[str, str] = {}
    reached: set[str] = set()
    for name, schema in sorted(schemas.items()):
        served = schema.get("x-kubernetes-group-version-kind", [])
        fields = schema.get("properties", {})
        if len(served) != 1 or "kind" not in fields or fields.get("items", {}).get("items"):
            continue
        if served[0]["kind"].startswith("API") and served[0]["group"] == "":
            continue
        kinds["{group}/{version}/{kind}".format(**served[0])] = short(name)
        reached.add(name)
    definitions: dict[str, Any] = {}
    while todo := sorted(name for name in reached if short(name) not in definitions):
        for name in todo:
            definitions[short(name)] = definition(short(name), schemas[name], reached, go)
    data = {"version": version, "kinds": kinds, "definitions": dict(sorted(definitions.items()))}
    text = json.dumps(data, separators=(",", ":"))
    # A fixed time keeps the file the same where nothing changed.
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(
        f"{TARGET.name}: Kubernetes {version}, {len(kinds)} kinds, {len(definitions)} definitions"
    )


if __name__ == "__main__":
    main()
