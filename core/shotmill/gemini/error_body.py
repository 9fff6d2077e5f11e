"""What an error answer says, as Google's services say it: `google.rpc.Status` and its details."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shotmill.gemini import loose_json
from shotmill.gemini.delay import header_delay, named_delay
from shotmill.gemini.loose_json import mapping, mappings, text, whole
from shotmill.gemini.violation import Violation, violations_in

# google.rpc.Code, where it stands instead of an HTTP status: in the lines of a batch. Beside the status of an error it
# is not believed, since gateways have small numbers of their own.
RPC_STATUS = {1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501}
RPC_STATUS |= {13: 500, 14: 503, 15: 500, 16: 401}

# Words of google.rpc.Code that say to wait: they outweigh the code beside them, since waiting beats failing.
_WAITING = {"RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504}
_ERROR = '"error"'

# Ten times the longest that was seen, or more. It is read on the event loop, whoever wrote it.
_MOST_BYTES = 64 << 10
_MOST_WORDS = 16 << 10
_MOST_LISTED = 32


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error, read. `spoken` is False when it isn't Google's JSON (a gateway's page, nothing): then `message` is the
    page's title or text. `status` is the code that the error itself names, whatever the answer's status was: a gateway
    may have given that. `reasons` are those of `ErrorInfo`; `retry_after` seconds, as `named_delay` finds them."""

    spoken: bool = False
    status: int | None = None
    state: str = ""
    message: str = ""
    reasons: frozenset[str] = frozenset()
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None


def parse_error(body: bytes | None, headers: Mapping[str, str]) -> ErrorBody:
    """What the body of an error answer says, of one beyond all measure only its beginning; never raises."""
    body = (body or b"")[:_MOST_BYTES]
    error = _error_in(body)
    if not error:
        return ErrorBody(message=_page_text(body), retry_after=header_delay(headers))
    return read_error(error, headers)


def _error_in(body: bytes) -> Mapping[str, Any]:
    """The first error in it."""
    try:
        pieces = loose_json.pieces_of_cut(body)
    except ValueError:
        return {}
    return next((found for piece in mappings(pieces) if (found := error_of(piece))), {})


def error_of(piece: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error that an object is about, empty where it is about none. A gateway may hand on the provider's whole
    answer as its own message, with its own words around it: the inner one says more."""
    error = _behind_error(piece)
    said = text(error.get("message"))
    return (_error_in(said.encode("utf-8", "replace")) if _ERROR in said else {}) or error


def _behind_error(piece: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands behind `error`, also as the one element of a list, as a text, or in one of the object's own fields;
    or the object itself, where nothing was put around a `google.rpc.Status`."""
    error = piece.get("error")
    if isinstance(error, str) and _ERROR in error:
        return _error_in(error.encode("utf-8", "replace"))
    if isinstance(error, list):
        return next(iter(mappings(error)), {})
    if isinstance(error, dict) and error:
        return error
    bare = "message" in piece and "code" in piece and re.fullmatch("[A-Z_]{4,40}", text(piece.get("status")))
    return piece if bare else next(filter(None, (mapping(mapping(field).get("error")) for field in piece.values())), {})


def read_error(error: Mapping[str, Any], headers: Mapping[str, str]) -> ErrorBody:
    """What the object behind `error` says."""
    details = mappings(error.get("details"))[:_MOST_LISTED]
    message = text(error.get("message"))[:_MOST_WORDS]
    state = text(error.get("status"))
    return ErrorBody(
        spoken=True,
        status=_WAITING.get(state) or whole(error.get("code")),
        state=state,
        message=message,
        reasons=frozenset(reason for detail in details if (reason := text(detail.get("reason")).upper())),
        violations=violations_in(details, message),
        retry_after=named_delay(details, message, headers),
    )


def _page_text(body: bytes) -> str:
    """The title of an HTML page, else its text, of the first few kilobytes."""
    page = body[:8192].decode("utf-8", "replace")
    title = re.search(r"<title[^<>]*>([^<]*)", page, re.IGNORECASE)
    readable = title[1] if title else re.sub(r"<[^<>]*>", " ", page)
    return " ".join(readable.split())
