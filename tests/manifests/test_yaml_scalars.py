"""Unquoted scalars are read as kubectl reads them (its output for the same text)."""

import math
from typing import Any

import pytest

from tenter.errors import ManifestError
from tenter.manifests import read_documents
from tenter.manifests.scalars import plain_scalar


def value_of(text: str) -> Any:
    (document,) = read_documents(
        f"apiVersion: v1\nkind: Probe\nmetadata: {{name: a}}\nvalue: {text}\n", "probe.yaml"
    )
    return document.manifest["value"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y", True),
        ("Yes", True),
        ("on", True),
        ("NO", False),
        ("off", False),
        ("n", False),
        ("nO", "nO"),
        ("true", True),
        ("~", None),
        ("Null", None),
        ("", None),
        ("0o17", 15),
        ("017", 15),
        ("08", 8),
        ("012345678", 12345678),
        ("0x10", 16),
        ("-0x10", -16),
        ("0x1G", "0x1G"),
        ("0b11", 3),
        ("1_000", 1000),
        ("_1", "_1"),
        ("+12", 12),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.", 1),
        (".5", 0.5),
        ("-.5e2", -50),
        ("1e400", "1e400"),
        ("1e21", 1e21),
        ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", 9223372036854775808.0),
        ("-0.0", 0),
        ("=", "="),
        (".", "."),
        ('"1"', "1"),
        ("'y'", "y"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!!binary aGVsbG8=", "hello"),
        ("!Mine text", "text"),
        ("! 12", "12"),
        ("|\n  12\n", "12\n"),
    ],
)
def test_a_scalar_is_read_as_kubernetes_reads_it(text: str, expected: object) -> None:
    value = value_of(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("1", "1"), ("true", "true"), ("on", "true"), ("0x10", "16"), ("1.5", "1.5"), ("1.0", "1")],
)
def test_a_key_is_always_a_string(key: str, expected: str) -> None:
    assert value_of(f"{{{key}: x}}") == {expected: "x"}


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "!!float .inf"])
def test_a_number_that_json_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match=r"JSON|!!float"):
        value_of(text)


@pytest.mark.parametrize("text", ["!!int x", "!!int 1.5", "!!bool 1", "!!int y", "!!binary '*'"])
def test_a_value_that_its_tag_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match="!!"):
        value_of(text)


def test_infinities_keep_their_sign() -> None:
    assert plain_scalar("-.inf") == -math.inf
    assert plain_scalar("+.Inf") == math.inf


def test_a_number_of_a_million_digits_is_text_and_costs_nothing() -> None:
    digits = "9" * 1_000_000
    assert plain_scalar(digits) == digits
