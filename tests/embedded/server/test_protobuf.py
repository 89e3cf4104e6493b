from hypothesis import example, given
from hypothesis import strategies as st
from tests.embedded.server.api import CONFIG_MAPS, running

from tenter.embedded.protobuf import MEDIA_TYPE, Unreadable, decode_protobuf


def field(number: int, value: bytes | int) -> bytes:
    """Encode a field with a short value."""
    tag = number << 3 | (0 if isinstance(value, int) else 2)
    head = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    return head + (bytes([value]) if isinstance(value, int) else bytes([len(value)]) + value)


def enveloped(api_version: str, kind: str, raw: bytes) -> bytes:
    names = field(1, api_version.encode()) + field(2, kind.encode())
    return b"k8s\x00" + field(1, names) + field(2, raw)


CONFIG_MAP = enveloped(
    "v1",
    "ConfigMap",
    field(1, field(1, b"made") + field(2, b"") + field(11, field(1, b"app") + field(2, b"web")))
    + field(2, field(1, b"key") + field(2, b"value")),
)


def test_an_object_is_read_without_the_empty_values_that_mean_none() -> None:
    assert decode_protobuf(CONFIG_MAP) == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "made", "labels": {"app": "web"}},
        "data": {"key": "value"},
    }


def test_an_explicit_zero_is_kept() -> None:
    spec = field(1, 0)
    found = decode_protobuf(enveloped("apps/v1", "Deployment", field(2, spec)))
    assert found["spec"] == {"replicas": 0}


def test_a_part_that_go_inlines_is_inlined() -> None:
    volume = field(1, b"v") + field(2, field(19, field(1, field(1, b"settings"))))
    pod = field(2, field(1, volume))
    found = decode_protobuf(enveloped("v1", "Pod", pod))
    assert found["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "settings"}}]


@given(st.binary(max_size=80), st.booleans())
@example(CONFIG_MAP[:-3], False)
def test_whatever_is_sent_is_read_or_refused(body: bytes, wrapped: bool) -> None:
    whole = enveloped("v1", "Pod", body) if wrapped else body
    try:
        found = decode_protobuf(whole)
    except Unreadable:
        return
    assert found["kind"]


async def test_the_server_takes_protobuf_and_answers_json() -> None:
    async with running() as api:
        accept = f"{MEDIA_TYPE},application/json"
        answer = await api.post(CONFIG_MAPS, CONFIG_MAP, content_type=MEDIA_TYPE, accept=accept)
    assert (answer.status, answer.body["data"]) == (201, {"key": "value"})


async def test_unknown_protobuf_is_a_bad_request() -> None:
    async with running() as api:
        body = enveloped("example.com/v1", "Widget", b"")
        answer = await api.post(CONFIG_MAPS, body, content_type=MEDIA_TYPE)
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
    assert "send JSON" in answer.body["message"]
