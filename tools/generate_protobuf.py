"""Generate the field numbers of Kubernetes' protobuf messages from its Go modules.

kubectl's own generators (``kubectl create configmap``, ``kubectl auth can-i``) send protobuf. Run
this after a move to a newer Kubernetes, with the directories of two Go modules::

    python tools/generate_protobuf.py DIR_OF_k8s.io/api DIR_OF_k8s.io/apimachinery

The numbers and types come from the ``generated.proto`` files. What JSON needs beside them comes
from the struct tags of the Go files: the field's JSON name, whether it is inlined into the object
around it, and whether an empty value counts (a pointer's does). ``tenter.embedded.protobuf`` reads
the data. Its form: ``kinds`` maps ``group/version/Kind`` to the number of a message; ``messages``
is a list of ``{field number: [name, type, flags]}``, where a type is a scalar's name, a message's
number, or ``[key type, value type]`` of a map, and flags are letters: ``r`` repeated, ``i`` inline,
``k`` keeps an empty value.
"""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import sys
from typing import Any

from tenter.embedded.resources import BUILT_IN

TARGET = pathlib.Path(__file__).parent.parent / "src/tenter/embedded/protobuf.json.gz"
SPECIAL = {
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "k8s.io.apimachinery.pkg.api.resource.Quantity": "quantity",
    "k8s.io.apimachinery.pkg.apis.meta.v1.Time": "time",
    "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime": "time",
    "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1": "json",
    "k8s.io.apimachinery.pkg.runtime.RawExtension": "json",
}
OTHER_KINDS = (
    ("", "v1", "Binding"),
    ("autoscaling", "v1", "Scale"),
    ("policy", "v1", "Eviction"),
)
FIELD = re.compile(
    r"^\s+(optional|repeated|required)?\s*(map<\s*(\w+)\s*,\s*([\w.]+)\s*>|[\w.]+)\s+(\w+)\s*=\s*(\d+);"
)
GO_FIELD = re.compile(r"^\t(?:(\w+)\s+)?(\*?)[\w.\[\]*]+\s+`(.*)`")


def read_messages(path: pathlib.Path) -> dict[str, list[tuple[str, str, str, int]]]:
    """Return the fields (label, type, name, number) of each message, by its full name."""
    package = ""
    messages: dict[str, list[tuple[str, str, str, int]]] = {}
    current = ""
    for line in path.read_text().splitlines():
        if found := re.match(r"package ([\w.]+);", line):
            package = found[1]
        elif found := re.match(r"message (\w+) {", line):
            current = f"{package}.{found[1]}"
            messages[current] = []
        elif current and (found := FIELD.match(line)):
            label, type_, _, _, name, number = found.groups()
            messages[current].append((label or "", type_, name, int(number)))
    return messages


def read_tags(directory: pathlib.Path) -> dict[tuple[str, str], tuple[str, bool, bool]]:
    """Return (JSON name, inline, pointer) by struct and protobuf name."""
    tags = {}
    for path in sorted(directory.glob("*.go")):
        struct = ""
        for line in path.read_text().splitlines():
            if found := re.match(r"type (\w+) struct {", line):
                struct = found[1]
            elif line == "}":
                struct = ""
            elif struct and (found := GO_FIELD.match(line)):
                written = dict(re.findall(r'(\w+):"([^"]*)"', found[3]))
                name = re.search(r"name=(\w+)", written.get("protobuf", ""))
                if name:
                    json_name, _, rest = written.get("json", "").partition(",")
                    inline = "inline" in rest and not json_name
                    tags[struct, name[1]] = (json_name or name[1], inline, bool(found[2]))
    return tags


def main() -> None:
    """Write the data file."""
    messages: dict[str, list[tuple[str, str, str, int]]] = {}
    tags: dict[tuple[str, str, str], tuple[str, bool, bool]] = {}
    for root in sys.argv[1:]:
        for path in sorted(pathlib.Path(root).rglob("generated.proto")):
            found = read_messages(path)
            messages.update(found)
            for message in found:
                package = message.rpartition(".")[0]
                for (struct, field), tag in read_tags(path.parent).items():
                    tags[package, struct, field] = tag
                break
    numbers: dict[str, int] = {}
    data: list[dict[str, Any]] = []

    def type_of(written: str, package: str) -> Any:
        scalars = ("string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "double")
        if written in scalars:
            return written
        full = written.lstrip(".") if "." in written else f"{package}.{written}"
        return SPECIAL.get(full) or number_of(full)

    def number_of(message: str) -> int:
        if message in numbers:
            return numbers[message]
        numbers[message] = len(data)
        fields: dict[str, Any] = {}
        data.append(fields)
        package, _, struct = message.rpartition(".")
        for label, written, name, number in messages[message]:
            found = re.match(r"map<\s*(\w+)\s*,\s*([\w.]+)\s*>", written)
            if found:
                type_: Any = [type_of(found[1], package), type_of(found[2], package)]
            else:
                type_ = type_of(written, package)
            tag = tags.get((package, struct, name))
            json_name, inline, pointer = tag or (name, False, False)
            if tag is None and [entry[2] for entry in messages[message]] == ["items"]:
                json_name, inline = "", True  # a list that Go has a type of its own for
            flags = ("r" if label == "repeated" else "") + "i" * inline + "k" * pointer
            fields[str(number)] = [json_name, type_, flags]
        return numbers[message]

    kinds = {}
    for group, version, kind in (
        *((row.group, row.version, row.kind) for row in BUILT_IN),
        *OTHER_KINDS,
    ):
        message = f"k8s.io.api.{group.split('.')[0] or 'core'}.{version}.{kind}"
        if message in messages:
            kinds[f"{group}/{version}/{kind}"] = number_of(message)
    options = number_of("k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions")
    kinds["/v1/DeleteOptions"] = kinds["meta.k8s.io/v1/DeleteOptions"] = options
    encoded = json.dumps({"kinds": kinds, "messages": data}, separators=(",", ":")).encode()
    TARGET.write_bytes(gzip.compress(encoded, 9, mtime=0))
    print(f"{TARGET.name}: {len(kinds)} kinds, {len(data)} messages, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
