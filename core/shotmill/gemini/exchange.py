"""What one HTTP exchange was, without judgement: `shotmill.gemini.reactions` says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

KEPT_BYTES = 1 << 20  # of an error answer; what a person reads of it is its first line


class BodySink(Protocol):
    """Takes the body of a reply as it comes, in pieces of up to 1 MB, on the event loop: a buffered write, no fsync.

    What `write` raises ends the exchange and is raised by `GeminiClient.draw`.
    """

    def write(self, chunk: bytes, /) -> object: ...


def is_reply(status: int | None) -> bool:
    """Whether the body is a reply, and may hold an image: a 200 and its kin, such as the 203 of a proxy."""
    return status is not None and 200 <= status < 300


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back.

    `sent` is False only if certainly no byte of the request left. `status` is None when no answer began. Names in
    `headers` are lower case. `body` is the first megabyte of an error answer or the whole of a small one; None when it
    went to the sink, or none came. `complete` says that the whole answer was read, whatever its status; `failure` is
    one of the words below if not, else empty. `seconds` is the time on the wire, `body_bytes` the length of the body
    after decompression; of an error answer beyond its first megabyte as it came.

    | not sent | |
    | --- | --- |
    | dns, refused, unreachable | the endpoint's name has no address, its port is closed, there is no way to it |
    | tls, proxy, connect_timeout | certificate or handshake, the proxy's refusal, no connection in time |
    | local, bad_url, bad_key | this machine's limits, an address or a key that can't be sent |

    | sent | |
    | --- | --- |
    | timeout | no whole answer in time |
    | closed, reset | the connection ended before an answer began, or broke |
    | cut, protocol, too_large | the body ended early, wasn't HTTP, was a reply over the cap |
    | fault | anything else, logged |
    """

    sent: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)  # Google echoes keys in some of them
    complete: bool = False
    failure: str = ""
    seconds: float = 0.0
    body_bytes: int = 0
