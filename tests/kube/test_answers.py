import pytest
from tests.kube.scripted import CONFIG_MAPS, config_map, list_of, ok, refusal

from tenter import errors
from tenter.kube import Request, Response
from tenter.kube.answers import error_of, error_of_status, read_object, read_page, retry_after

ASKED = Request(method="GET", path="/api/v1/namespaces/shop/configmaps/web")


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (400, "BadRequest", errors.BadRequest),
        (401, "Unauthorized", errors.Unauthorized),
        (403, "Forbidden", errors.Forbidden),
        (404, "NotFound", errors.NotFound),
        (405, "MethodNotAllowed", errors.BadRequest),
        (409, "Conflict", errors.Conflict),
        (409, "AlreadyExists", errors.AlreadyExists),
        (410, "Expired", errors.Expired),
        (415, "UnsupportedMediaType", errors.BadRequest),
        (422, "Invalid", errors.Invalid),
        (429, "TooManyRequests", errors.TooManyRequests),
        (500, "InternalError", errors.ServerFault),
        (503, "ServiceUnavailable", errors.ServerFault),
    ],
)
def test_each_refusal_is_its_own_error(
    code: int, reason: str, expected: type[errors.ApiError]
) -> None:
    with pytest.raises(errors.ApiError) as caught:
        read_object(ASKED, refusal(code, reason, "the server's words"))
    assert type(caught.value) is expected
    assert caught.value.code == code
    assert caught.value.reason == reason


def test_an_error_says_what_the_server_said_and_to_what() -> None:
    with pytest.raises(errors.NotFound, match=r'"web" not found .GET /api/v1/.*/web .* 404'):
        read_object(ASKED, refusal(404, "NotFound", 'configmaps "web" not found'))


@pytest.mark.parametrize(
    "message",
    [
        "failed to create typed patch object (shop/web): .spec.x: field not declared in schema",
        'failed: duplicate entries for key [name="A"]',
    ],
)
def test_an_apply_that_the_schema_refuses_is_invalid_though_the_server_says_500(
    message: str,
) -> None:
    error = error_of(ASKED, 500, refusal(500, "", message).body)
    assert isinstance(error, errors.Invalid)
    assert error.code == 500


def test_the_fields_at_fault_come_with_the_error() -> None:
    status = {
        "kind": "Status",
        "code": 422,
        "details": {"causes": [{"field": "spec.x", "message": "no"}]},
    }
    with pytest.raises(errors.Invalid) as caught:
        read_object(ASKED, ok(status, status=422))
    assert caught.value.causes == [{"field": "spec.x", "message": "no"}]


def test_a_refusal_that_is_no_status_is_told_by_its_text() -> None:
    with pytest.raises(errors.ServerFault, match="bad gateway"):
        read_object(ASKED, Response(status=502, body=b"<h1>bad gateway</h1>"))


def test_a_refusal_without_a_body_is_told_all_the_same() -> None:
    with pytest.raises(errors.Forbidden, match="no explanation"):
        read_object(ASKED, Response(status=403))


def test_an_answer_that_is_no_object_is_the_servers_fault() -> None:
    with pytest.raises(errors.ServerFault, match="is this address an API server's"):
        read_object(ASKED, Response(status=200, body=b"<html>"))


def test_the_wait_the_server_asks_for_is_read_from_the_header() -> None:
    error = error_of(ASKED, 429, b"", {"retry-after": "3"})
    assert retry_after(error) == 3.0


def test_the_wait_in_the_status_goes_before_the_headers() -> None:
    body = ok({"kind": "Status", "details": {"retryAfterSeconds": 2}}).body
    assert retry_after(error_of(ASKED, 429, body, {"retry-after": "3"})) == 2.0


def test_no_wait_is_read_where_none_was_named() -> None:
    assert retry_after(error_of(ASKED, 503, b"", {"retry-after": "soon"})) is None


def test_the_objects_of_a_list_name_their_own_kind() -> None:
    page = read_page(ASKED, list_of("5", config_map("a", "1")), CONFIG_MAPS)
    assert page.items == [config_map("a", "1")]
    assert (page.resource_version, page.token) == ("5", "")


def test_an_empty_list_of_null_items_is_empty() -> None:
    answer = ok({"kind": "List", "metadata": {"resourceVersion": "5"}, "items": None})
    assert read_page(ASKED, answer, CONFIG_MAPS).items == []


def test_a_status_in_a_stream_is_the_same_error_as_an_answer() -> None:
    status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    error = error_of_status(status, "watching /api/v1/pods")
    assert isinstance(error, errors.Expired)
    assert "watching /api/v1/pods" in str(error)
