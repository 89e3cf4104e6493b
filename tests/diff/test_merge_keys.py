"""The table of merge keys agrees with the API's own types."""

from __future__ import annotations

from collections.abc import Iterator

from tenter.diff.merge_keys import is_set, merge_key, retains_keys
from tenter.embedded.schema import Shape, Type, Types


def _fields(
    type_: Type, parent: str = "", seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, Type]]:
    """Yield (parent field, field, type) of everything under ``type_`` but the status."""
    if type_.name and type_.name in seen:
        return
    seen = (*seen, type_.name) if type_.name else seen
    for name, field in type_.fields.items():
        if name == "status":
            continue
        yield parent, name, field
        yield from _fields(field, name, seen)
    if type_.element is not None:
        yield from _fields(type_.element, parent, seen)


def test_every_list_of_every_built_in_kind_merges_by_the_key_of_its_type() -> None:
    wrong = []
    found = 0
    types = Types.load()
    for group, version, kind in types.kinds():
        if kind in {"CustomResourceDefinition", "ComponentStatus"}:
            continue  # the one has no strategic merge that anyone uses, the other is no more
        type_ = types.of(group, version, kind)
        assert type_ is not None
        for parent, name, field in _fields(type_):
            if field.shape is not Shape.LIST:
                continue
            found += 1
            if merge_key(kind, parent, name) != field.merge_key:
                wrong.append((kind, parent, name, field.merge_key))
            if is_set(parent, name) != ("merge" in field.strategies and not field.merge_key):
                wrong.append((kind, parent, name, "set"))
            if retains_keys(kind, parent, name) != ("retainKeys" in field.strategies):
                wrong.append((kind, parent, name, "retainKeys"))
    assert found > 1000
    assert not wrong
