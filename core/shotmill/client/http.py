"""One question to the daemon over its Unix socket, blocking, with a deadline on everything.

This is the path of `shotmill status`, so it imports next to nothing: `http.client`, `asyncio` and the like cost more
than the whole command may take. Requests are HTTP/1.0: the answer is never chunked and ends where the line ends.
"""

from __future__ import annotations

import errno
import json
import socket
import time
from os import PathLike, fspath

from shotmill.client.place import refuse_foreign
from shotmill.errors import ExitCode, ShotmillError, UnreachableError, UsageError

TYPE_CHECKING = False  # as `typing` has it; importing that would cost more than the question
if TYPE_CHECKING:
    from typing import Any

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes; a longer answer is no answer of a daemon."""

VERSION_HEADER = "x-shotmill-version"


class Answer:
    """A whole answer. `version` is the daemon's, empty where the header is missing."""

    __slots__ = ("body", "status", "version")

    def __init__(self, status: int, version: str, body: dict[str, Any]) -> None:
        self.status = status
        self.version = version
        self.body = body


def request(
    socket_path: str | PathLike[str], method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 10.0
) -> dict[str, Any]:
    """The answer's object. Raises `UnreachableError` where nothing usable answers, else the daemon's own error."""
    return checked(exchange(socket_path, method, path, body, timeout)).body


def exchange(
    socket_path: str | PathLike[str], method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 10.0
) -> Answer:
    """The answer whatever its status; `timeout` covers all of it, from connecting to the last byte."""
    deadline = time.monotonic() + timeout
    refuse_foreign(socket_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            _connect(line, fspath(socket_path), deadline)
            line.sendall(encoded(method, path, body))
            return parsed(_read_all(line, deadline))
        except TimeoutError as fault:
            raise too_late(timeout) from fault
        except OSError as fault:
            raise unreachable(fault, fspath(socket_path)) from fault


def _connect(line: socket.socket, path: str, deadline: float) -> None:
    """Where too many wait at the socket already, the system says "again" at once instead of letting one wait."""
    while True:
        line.settimeout(_left(deadline))
        try:
            line.connect(path)
            return
        except BlockingIOError:
            time.sleep(0.02)


def encoded(method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None) -> bytes:
    """A request as bytes; `path` has to be quoted already."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.0", "Host: shotmill", "Connection: close"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + content


def parsed(raw: bytes) -> Answer:
    """Raises `UnreachableError` (code `garbled`) for anything that is not a whole answer with a JSON object."""
    if not raw:
        raise garbled("it closed the line without a word")
    head, separator, content = raw.partition(b"\r\n\r\n")
    if not separator:
        raise garbled("it was cut off")
    status, headers = parsed_head(head)
    length = headers.get("content-length", "")
    if length.isdigit() and len(content) < int(length):
        raise garbled(f"it was cut off after {len(content)} of {length} bytes")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise garbled("it is no JSON") from fault
    if not isinstance(body, dict):
        raise garbled("it is no JSON object")
    return Answer(status, headers.get(VERSION_HEADER, ""), body)


def parsed_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers (names in lower case) of the lines before the empty one."""
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise garbled("it is no HTTP")
    headers = {}
    for line in rest:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers


def checked(answer: Answer) -> Answer:
    """The same answer if it is a good one; else raises what the daemon says went wrong."""
    if 200 <= answer.status < 300:
        return answer
    raise error_of(answer)


def error_of(answer: Answer) -> ShotmillError:
    """The daemon's error object as an exception of this process."""
    error = answer.body.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return garbled(f"status {answer.status} without a reason")
    try:
        exit_code = ExitCode(error.get("exit_code", ExitCode.FAULT))
    except ValueError:
        exit_code = ExitCode.FAULT
    return ShotmillError(
        error["message"], cure=str(error.get("cure", "")), code=str(error.get("code", "fault")), exit_code=exit_code
    )


def too_late(seconds: float) -> UnreachableError:
    return UnreachableError(
        f"The daemon did not answer within {seconds:.0f} s; it may be stopped or very busy.",
        cure="Try again; if it stays so: shotmill daemon restart",
        code="no_answer",
    )


def garbled(why: str) -> UnreachableError:
    return UnreachableError(
        f"The daemon's answer could not be read: {why}.",
        cure="Another program or another version may hold its socket: shotmill daemon restart",
        code="garbled",
    )


def unreachable(fault: OSError, socket_path: str) -> ShotmillError:
    """What an error of the socket itself means."""
    if "path too long" in str(fault):
        return UsageError(
            f"The socket's path is too long for this system: {socket_path}",
            cure="Set SHOTMILL_HOME to a shorter folder",
        )
    if fault.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR):
        return UnreachableError("No daemon is running.", cure="shotmill start, or: shotmill daemon start")
    if fault.errno in (errno.EACCES, errno.EPERM):
        return UnreachableError(
            f"The daemon's socket may not be opened by this user: {socket_path}",
            cure="Use the account that started it, or set SHOTMILL_HOME to a folder of your own",
        )
    return UnreachableError(
        f"The line to the daemon broke: {fault.strerror or fault}.", cure="Try again; see: shotmill daemon status"
    )


def _read_all(line: socket.socket, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        line.settimeout(_left(deadline))
        part = line.recv(262144)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER:
            raise garbled(f"it is longer than {MAX_ANSWER >> 20} MB")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
