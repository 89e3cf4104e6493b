from typing import Any

import pytest

from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus
from tenter.scripting import Script
from tenter.scripting.sandbox import Sandbox

NOW = 1_700_000_000.9
NAME = "example.com/Thing/health.lua"


def evaluate(code: str, obj: dict[str, Any] | None = None, *, open_libraries: bool = True) -> Any:
    return Sandbox().evaluate(Script(NAME, code, open_libraries), obj or {}, NOW)


def told(expression: str, *, open_libraries: bool = True) -> str:
    """Return what a script sees: the text of a Lua expression."""
    code = f'return {{status = "Healthy", message = tostring({expression})}}'
    message: str = evaluate(code, open_libraries=open_libraries).message
    return message


def refusal(code: str, obj: dict[str, Any] | None = None) -> str:
    with pytest.raises(HealthCheckError) as caught:
        evaluate(code, obj)
    return str(caught.value)


CERTIFICATE = """
local hs = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for i, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" and condition.status == "False" then
      hs.status = "Degraded"
      hs.message = condition.message
      return hs
    end
    if condition.type == "Ready" and condition.status == "True" then
      hs.status = "Healthy"
      hs.message = condition.message
      return hs
    end
  end
end
hs.status = "Progressing"
hs.message = "Waiting for certificate"
return hs
"""


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (None, Health(HealthStatus.PROGRESSING, "Waiting for certificate")),
        ("True", Health(HealthStatus.HEALTHY, "x")),
        ("False", Health(HealthStatus.DEGRADED, "x")),
    ],
)
def test_a_script_as_argo_cd_users_write_them_judges_its_object(
    status: str | None, health: Health
) -> None:
    conditions = [{"type": "Ready", "status": status, "message": "x"}] if status else None
    assert evaluate(CERTIFICATE, {"status": {"conditions": conditions}}) == health


def test_a_script_may_leave_the_message_out() -> None:
    assert evaluate('return {status = "Suspended"}') == Health(HealthStatus.SUSPENDED)


def test_a_script_that_returns_nil_gives_no_verdict() -> None:
    assert evaluate("return nil") is None


def test_null_and_missing_fields_are_nil() -> None:
    code = 'return {status = "Healthy", message = type(obj.a) .. type(obj.b) .. type(obj.c[2])}'
    assert evaluate(code, {"a": None, "c": [1, None, 3]}).message == "nilnilnil"


def test_numbers_and_booleans_keep_their_kind() -> None:
    code = 'return {status = "Healthy", message = type(obj.n) .. type(obj.f) .. type(obj.b)}'
    assert evaluate(code, {"n": 1, "f": 1.5, "b": True}).message == "numbernumberboolean"


@pytest.mark.parametrize(
    "name",
    [
        "load",
        "loadstring",
        "loadfile",
        "dofile",
        "module",
        "package",
        "io",
        "debug",
        "python",
        "getfenv",
        "setfenv",
        "newproxy",
        "coroutine",
        "collectgarbage",
        "string.dump",
        "math.random",
        "os.execute",
        "os.getenv",
        "os.remove",
        "os.exit",
        "os.tmpname",
    ],
)
def test_a_script_does_not_see(name: str) -> None:
    assert told(name) == "nil"
    assert told(f"_G.{name}") == "nil"


@pytest.mark.parametrize("name", ["string", "math"])
def test_a_script_sees_the_pure_libraries_only_when_opened(name: str) -> None:
    assert told(f"type({name})") == "table"
    assert told(f"type({name})", open_libraries=False) == "nil"


def test_string_methods_are_there_only_with_the_string_library() -> None:
    assert told("('a'):upper()") == "A"
    with pytest.raises(HealthCheckError, match="index"):
        told("('a'):upper()", open_libraries=False)


@pytest.mark.parametrize("open_libraries", [True, False])
def test_base_table_and_safe_os_libraries_are_always_there(open_libraries: bool) -> None:
    assert told("table.concat({1, 2}, ',')", open_libraries=open_libraries) == "1,2"
    assert told("select('#', 1, 2)", open_libraries=open_libraries) == "2"
    assert told("os.time()", open_libraries=open_libraries) == "1700000000"


def test_the_time_is_the_one_given_and_utc() -> None:
    assert told("os.date('!%Y-%m-%dT%H:%M:%SZ')") == "2023-11-14T22:13:20Z"
    assert told("os.date('%H')") == "22"
    assert told("os.date('*t').year") == "2023"


@pytest.mark.parametrize(
    ("parts", "seconds"),
    [
        ("year=1970, month=1, day=1, hour=0", "0"),
        ("year=2024, month=2, day=29, hour=1, min=2, sec=3", "1709168523"),
        ("year=2023, month=12, day=31", "1704024000"),
        ("year='2023', month='13', day='0', hour=12", "1704024000"),
    ],
)
def test_a_date_becomes_seconds_in_utc(parts: str, seconds: str) -> None:
    assert told(f"string.format('%d', os.time{{{parts}}})") == seconds


def test_a_date_without_a_day_is_an_error() -> None:
    assert "field 'day' missing" in refusal("os.time{year=2024, month=1}")


def test_nothing_that_one_run_changes_is_seen_by_the_next() -> None:
    sandbox = Sandbox()
    spoil = "x = 1; string.find = nil; table.concat = nil; os.time = nil; tostring = nil"
    sandbox.evaluate(Script(NAME, spoil, open_libraries=True), {}, NOW)
    code = (
        'return {status = "Healthy", message = '
        "type(x) .. type(string.find) .. type(table.concat) .. type(os.time) .. type(tostring)}"
    )
    health = sandbox.evaluate(Script(NAME, code, open_libraries=True), {}, NOW)
    assert health is not None
    assert health.message == "nilfunctionfunctionfunctionfunction"


def test_the_shared_metatable_of_strings_cannot_be_had() -> None:
    assert told("getmetatable('')") == "false"


def test_pcall_and_xpcall_catch_errors() -> None:
    assert told("select(2, pcall(error, 'a'))") == "a"
    assert told(
        "select(2, xpcall(function() error('a', 0) end, function(e) return e .. 'b' end))"
    ) == ("ab")
    assert told("select(2, xpcall(function() return 7 end, function() end))") == "7"


def test_printing_does_nothing() -> None:
    assert evaluate('print("x") return {status = "Healthy"}') == Health(HealthStatus.HEALTHY)


def test_a_syntax_error_names_file_and_line() -> None:
    assert refusal("\nlocal x = = 1").startswith(f"health check {NAME}:2: ")


def test_an_error_names_file_and_line() -> None:
    assert refusal("\n\nreturn obj.status.phase").startswith(f"health check {NAME}:3: ")


@pytest.mark.parametrize("value", ["{}", "nil", "function() end", "setmetatable({}, {})"])
def test_an_error_that_is_not_text_is_told(value: str) -> None:
    assert f"{NAME}: an error value that is a " in refusal(f"error({value})")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("return 5", "it returned a number"),
        ('return "Healthy"', "it returned a string"),
        ("return {}", "its status is a nil"),
        ("return {status = 1}", "its status is a number"),
        ('return {status = "Healthy", message = {}}', "its message is a table"),
        ('return {status = "Fine"}', 'the status "Fine"; use one of Healthy'),
        ('return {status = ""}', 'the status ""'),
        ('return {status = "Healthy", message = "\\255"}', "not UTF-8"),
        ('error("\\255")', "not UTF-8"),
    ],
)
def test_a_wrong_answer_is_told(code: str, complaint: str) -> None:
    assert complaint in refusal(code)


def test_a_long_message_is_cut_between_characters() -> None:
    message = evaluate('return {status = "Healthy", message = ("é"):rep(5000)}').message
    assert message.endswith("é...")
    assert len(message.encode()) <= 4099


@pytest.mark.parametrize(
    "code",
    [
        "while true do end",
        "repeat until false",
        "local function f() return f() end f()",
        "while true do pcall(function() while true do end end) end",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "('x'):gsub('.', function() while true do end end)",
        "for i = 1, 1e300 do end",
        "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "local function f() pcall(f) f() end f()",
    ],
)
def test_an_endless_script_is_ended(code: str) -> None:
    assert "10,000,000 instructions" in refusal(code)


def test_a_sandbox_goes_on_after_an_endless_script() -> None:
    sandbox = Sandbox()
    with pytest.raises(HealthCheckError):
        sandbox.evaluate(Script(NAME, "while true do end"), {}, NOW)
    assert sandbox.evaluate(Script(NAME, "return nil"), {}, NOW) is None


@pytest.mark.parametrize(
    "code",
    [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end",
        "return {status = ('x'):rep(1000000):rep(1000000)}",
    ],
)
def test_a_script_that_takes_too_much_memory_is_ended(code: str) -> None:
    assert "48 MB" in refusal(code)


def test_a_sandbox_goes_on_after_a_script_that_took_too_much_memory() -> None:
    sandbox = Sandbox()
    greedy = "local s = 'x' while true do s = s .. s end"
    with pytest.raises(HealthCheckError):
        sandbox.evaluate(Script(NAME, greedy), {}, NOW)
    code = 'return {status = "Healthy"}'
    assert sandbox.evaluate(Script(NAME, code), {}, NOW) == Health(HealthStatus.HEALTHY)


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("local function f() return 1 + f() end f()", "stack overflow"),
        ("local function f(s) return s:gsub('.', f) end f('x')", "stack overflow"),
        ("return " + "(" * 5000 + "1" + ")" * 5000, NAME),
        ("unpack({}, 1, 100000000)", "too many results"),
        ("('a'):find(('a?'):rep(300000))", "pattern too long"),
        ("('a'):rep(1e9)", "too many repeats"),
        ("\x1bLua", "only its source text"),
    ],
)
def test_deep_and_huge_scripts_are_refused(code: str, complaint: str) -> None:
    assert complaint in refusal(code)


def test_a_deeply_nested_object_is_told() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"d": deep}
    assert NAME in refusal("return nil", deep)


def test_an_object_is_given_as_tables_not_as_python_objects() -> None:
    code = """
    local seen = {}
    local function walk(value)
      seen[type(value)] = true
      if type(value) == "table" then for k, v in pairs(value) do walk(k) walk(v) end end
    end
    walk(obj) walk(_G.obj)
    return {status = "Healthy", message = tostring(seen.userdata)}
    """
    obj = {"a": [1, {"b": [None, True, "x", 1.5, 10**30]}], "c": {}}
    assert evaluate(code, obj).message == "nil"


def test_a_script_reaches_no_userdata_from_its_globals() -> None:
    code = """
    local seen, found = {}, "none"
    local function walk(value, path)
      if type(value) == "userdata" or type(value) == "thread" then found = path end
      if type(value) ~= "table" or seen[value] then return end
      seen[value] = true
      for k, v in pairs(value) do walk(k, path) walk(v, path .. "." .. tostring(k)) end
    end
    walk(_G, "_G")
    return {status = "Healthy", message = found}
    """
    assert evaluate(code).message == "none"
