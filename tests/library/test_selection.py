from __future__ import annotations

import pytest

from tenter.engine import Selected
from tenter.errors import UsageError
from tenter.library.selection import read_selected


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("apps:Deployment:shop/web", Selected("apps", "Deployment", "web", "shop")),
        ("apps:Deployment:web", Selected("apps", "Deployment", "web")),
        (":ConfigMap:settings", Selected("", "ConfigMap", "settings")),
    ],
)
def test_a_resource_is_read_with_and_without_namespace(text: str, selected: Selected) -> None:
    assert read_selected(text) == selected


@pytest.mark.parametrize(
    "text", ["", "web", "Deployment:web", "a:b:c:d", "apps::web", "a:b:c/d/e", "a:b:/c", "a:b:c/"]
)
def test_anything_else_is_answered_with_the_form_and_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="GROUP:KIND:NAMESPACE/NAME"):
        read_selected(text)
