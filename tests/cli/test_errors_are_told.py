from __future__ import annotations

import pytest

from tenter import errors
from tenter.cli.complaints import complaint, exit_code_of, told_errors


def test_a_manifest_error_says_what_and_then_where() -> None:
    error = errors.ManifestError("the wave is no number", file="a.yaml", line=3, document=2)
    assert complaint(error) == ["error: the wave is no number", "  in a.yaml:3 (document 2)"]


def test_further_lines_of_a_message_are_indented() -> None:
    assert complaint(errors.SourceError("no such path.\nCheck it.")) == [
        "error: no such path.",
        "  Check it.",
    ]


def test_the_cause_is_told_where_the_message_does_not_hold_it() -> None:
    error = errors.ClusterUnreachable("no answer from https://10.0.0.1.")
    error.__cause__ = OSError("connection refused")
    assert complaint(error)[-1] == "  because: connection refused"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            "there is no file a.yaml. Check the path.",
            FileNotFoundError(2, "No such file", "a.yaml"),
        ),
        ("no commit v9 (needed one); its branches are: main", OSError("no commit v9: needed one")),
        ("the cluster cannot be reached: refused.", OSError("no host ssl:<SSL object at 0x7f46>")),
    ],
)
def test_a_cause_that_the_message_tells_already_is_not_told_again(
    message: str, cause: Exception
) -> None:
    error = errors.SourceError(message)
    error.__cause__ = cause
    assert complaint(error) == [f"error: {message}"]


def test_a_fault_of_our_own_says_how_to_see_more() -> None:
    lines = complaint(ValueError("bad"))
    assert lines[0] == "error: ValueError: bad"
    assert "TENTER_DEBUG=1" in lines[1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.NoManifests("x"), 2),
        (errors.OptionError("x"), 2),
        (errors.SourceError("x"), 1),
        (errors.ClusterUnreachable("x"), 1),
        (TimeoutError(), 4),
        (ValueError("x"), 1),
        (ExceptionGroup("g", [ValueError("x"), errors.UsageError("y")]), 2),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code_of(error) == code


def test_what_a_task_group_wrapped_is_told_one_by_one_and_once() -> None:
    group = ExceptionGroup(
        "g", [errors.SourceError("a"), ExceptionGroup("h", [errors.SourceError("a"), OSError("b")])]
    )
    assert [str(error) for error in told_errors(group)] == ["a", "b"]
