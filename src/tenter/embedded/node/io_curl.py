"""A stand-in for curl, for machines that have none: what hooks usually ask of it, and no more.

Knows -X -d --data --data-raw --data-binary --data-urlencode -G -H -f -s -S -o -w -i -I -L -k -m
--connect-timeout --retry --retry-delay --retry-connrefused -u -A and the URL; refuses the rest with
curl's exit code 2. Run as a script by the machine's Python, it uses the standard library alone.
"""

from __future__ import annotations

import base64
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

_FLAGS = {
    "f": "fail",
    "s": "silent",
    "S": "show-error",
    "L": "location",
    "i": "include",
    "I": "head",
    "k": "insecure",
    "G": "get",
    "v": "verbose",
}
_VALUES = {
    "X": "request",
    "d": "data",
    "H": "header",
    "o": "output",
    "w": "write-out",
    "m": "max-time",
    "u": "user",
    "A": "user-agent",
}
_LONG_FLAGS = {
    *_FLAGS.values(),
    "retry-connrefused",
    "retry-all-errors",
    "fail-with-body",
    "no-progress-meter",
}
_LONG_VALUES = {
    *_VALUES.values(),
    "data-raw",
    "data-binary",
    "data-urlencode",
    "connect-timeout",
    "retry",
    "retry-delay",
    "retry-max-time",
    "url",
}
_TRANSIENT = {408, 429, 500, 502, 503, 504}


class Usage(Exception):  # noqa: N818 - ends the program with curl's code 2
    """The arguments are not understood."""


class Answer(NamedTuple):
    """What the server said; ``code`` 0 where it said nothing."""

    code: int
    reason: str
    headers: str
    body: bytes


def read_arguments(arguments: list[str]) -> list[tuple[str, str]]:
    """Return the options in order as (long name, value); the URL is ``url``. Raises Usage."""
    options: list[tuple[str, str]] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            takes_value = name in _LONG_VALUES
            if not takes_value and name not in _LONG_FLAGS:
                raise Usage(f"option {word}: is unknown to this stand-in for curl")
            options.append((name, value if equals else _next(rest, word) if takes_value else ""))
        elif word.startswith("-") and len(word) > 1:
            options += _short(word[1:], rest)
        else:
            options.append(("url", word))
    return options


def _short(letters: str, rest: list[str]) -> list[tuple[str, str]]:
    """Return the options of a word such as ``-sSfd`` whose value may be the next word."""
    options: list[tuple[str, str]] = []
    for number, letter in enumerate(letters):
        if letter in _VALUES:
            value = letters[number + 1 :] or _next(rest, f"-{letter}")
            return [*options, (_VALUES[letter], value)]
        if letter not in _FLAGS:
            raise Usage(f"option -{letter}: is unknown to this stand-in for curl")
        options.append((_FLAGS[letter], ""))
    return options


def _next(rest: list[str], option: str) -> str:
    if not rest:
        raise Usage(f"option {option}: requires parameter")
    return rest.pop(0)


def encode(text: str) -> str:
    """Return a ``--data-urlencode`` value as the form has it."""
    name, equals, content = text.partition("=")
    if equals:
        return (f"{name}=" if name else "") + urllib.parse.quote(content, safe="")
    name, at, path = text.partition("@")
    if at:
        content = Path(path).read_text(encoding="utf-8")
        return (f"{name}=" if name else "") + urllib.parse.quote(content, safe="")
    return urllib.parse.quote(text, safe="")


def body_of(options: list[tuple[str, str]]) -> bytes | None:
    """Return the request's body: all data options joined as a form."""
    parts: list[bytes] = []
    for name, value in options:
        if name == "data-urlencode":
            parts.append(encode(value).encode())
        elif name in {"data", "data-binary"} and value.startswith("@"):
            content = sys.stdin.buffer.read() if value == "@-" else Path(value[1:]).read_bytes()
            parts.append(
                content
                if name == "data-binary"
                else content.replace(b"\n", b"").replace(b"\r", b"")
            )
        elif name in {"data", "data-raw", "data-binary"}:
            parts.append(value.encode())
    return b"&".join(parts) if parts else None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, as curl without -L."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def ask(request: urllib.request.Request, options: dict[str, str]) -> Answer:
    """Send the request once. Raises OSError where no answer came."""
    context = ssl.create_default_context()
    if "insecure" in options:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if "location" not in options:
        handlers.append(_Stay())
    opener = urllib.request.build_opener(*handlers)
    limit = float(options.get("max-time") or options.get("connect-timeout") or 120)
    try:
        with opener.open(request, timeout=limit) as answer:
            return Answer(answer.status, answer.reason, str(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, str(error.reason), str(error.headers), error.read())


def main(arguments: list[str]) -> int:
    """Do what curl would with ``arguments``; return its exit code."""
    try:
        listed = read_arguments(arguments)
        options = dict(listed)
        options["url"]
    except KeyError:
        sys.stderr.write("curl: (2) no URL specified\n")
        return 2
    except Usage as error:
        sys.stderr.write(f"curl: {error}\n")
        return 2
    request = make_request(listed)
    tries = 1 + int(options.get("retry", 0))
    delay = float(options.get("retry-delay") or 1)
    answer, problem = Answer(0, "", "", b""), ""
    for left in range(tries - 1, -1, -1):
        problem = ""
        try:
            answer = ask(request, options)
        except (OSError, HTTPException, ValueError) as error:
            problem = str(error)
            refused = isinstance(getattr(error, "reason", error), ConnectionRefusedError)
            again = not refused or "retry-connrefused" in options or "retry-all-errors" in options
        else:
            again = answer.code in _TRANSIENT or (
                answer.code >= 400 and "retry-all-errors" in options
            )
        if not (again and left):
            break
        time.sleep(delay)
        delay = delay if "retry-delay" in options else min(delay * 2, 600)
    return finish(answer, problem, options)


def make_request(listed: list[tuple[str, str]]) -> urllib.request.Request:
    """Return the request that the options describe."""
    options = dict(listed)
    url = options["url"] if "://" in options["url"] else f"http://{options['url']}"
    body = body_of(listed)
    if "get" in options and body is not None:
        url += ("&" if "?" in url else "?") + body.decode()
        body = None
    method = options.get("request") or (
        "HEAD" if "head" in options else "POST" if body is not None else "GET"
    )
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - as curl does
    request.add_header("User-Agent", options.get("user-agent", "curl/8 (stand-in)"))
    request.add_header("Accept", "*/*")
    if body is not None:
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
    if "user" in options:
        token = base64.b64encode(options["user"].encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    for name, value in listed:
        if name == "header":
            field, _, text = value.partition(":")
            request.add_header(field.strip(), text.strip())
    return request


def finish(answer: Answer, problem: str, options: dict[str, str]) -> int:
    """Write what is to be written and return the exit code."""
    loud = "silent" not in options or "show-error" in options
    fails = answer.code >= 400 and ("fail" in options or "fail-with-body" in options)
    output = answer.body
    if "include" in options or "head" in options:
        output = f"HTTP/1.1 {answer.code} {answer.reason}\r\n{answer.headers}".encode() + output
    if not problem and not (fails and "fail-with-body" not in options):
        if options.get("output", "-") == "-":
            sys.stdout.buffer.write(output)
        else:
            Path(options["output"]).write_bytes(output)
    if "write-out" in options:
        text = options["write-out"].replace("\\n", "\n").replace("\\t", "\t")
        for name in ("http_code", "response_code"):
            text = text.replace(f"%{{{name}}}", f"{answer.code:03d}")
        sys.stdout.buffer.write(text.replace("%{size_download}", str(len(answer.body))).encode())
    sys.stdout.flush()
    if problem:
        if loud:
            sys.stderr.write(f"curl: (7) {options['url']}: {problem}\n")
        return 28 if "timed out" in problem else 7
    if fails:
        if loud:
            sys.stderr.write(f"curl: (22) The requested URL returned error: {answer.code}\n")
        return 22
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
