"""The one table, applied: what an answer of the provider means. Nothing else in the code looks at status codes.

The rows are data: complete answers with an error in `refusals`, replies without an image and exchanges without a
complete answer in `endings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shotmill.gemini import endings
from shotmill.gemini.error_body import RPC_STATUS, ErrorBody, parse_error, read_error
from shotmill.gemini.exchange import Exchange, is_reply
from shotmill.gemini.loose_json import text
from shotmill.gemini.outcome import NamedLimit, Outcome, Rest, Until, Window
from shotmill.gemini.refusal import Quota, Refusal
from shotmill.gemini.refusals import REFUSALS
from shotmill.gemini.reply import Reply
from shotmill.gemini.row import Row
from shotmill.secrets import redact
from shotmill.untrusted import printable

MESSAGE_LIMIT = 300
_ERRORS = range(400, 600)
_ROWS = (
    *endings.NOT_SENT.values(),
    *endings.ENDINGS.values(),
    *endings.BLOCK_REASONS.values(),
    endings.REFUSED_PROMPT,
    endings.MISSING,
    *(refusal.row for refusal in REFUSALS),
)
_BY_CODE = {row.code: row for row in reversed(_ROWS)}
"""Where several rows share a code, their cures fit each other: the first is taken."""


def react(exchange: Exchange, reply: Reply | None, *, model: str) -> Outcome:
    """What this exchange means for `model`. `reply` is the read body of a complete 2xx, None if it can't be read.

    Never raises. The message is the provider's own words, printable and without keys.
    """
    if not exchange.sent:
        return _outcome(endings.NOT_SENT.get(exchange.failure, endings.NOT_SENT_OTHERWISE), "", model)
    if not exchange.complete or exchange.status is None:
        return _outcome(endings.IN_DOUBT.get(exchange.failure, endings.IN_DOUBT_OTHERWISE), "", model)
    if is_reply(exchange.status):
        return _outcome(endings.UNREADABLE, "", model) if reply is None else _from_reply(reply, model)
    return _from_error(exchange.status, parse_error(exchange.body, exchange.headers), model)


def react_to_listing(exchange: Exchange, *, model: str = "") -> Outcome | None:
    """The same for `list_models`, which costs nothing: None if the key works; what would be in doubt is not sent."""
    if exchange.sent and exchange.complete and is_reply(exchange.status):
        return None
    if exchange.sent and not exchange.complete:
        return _outcome(endings.NOT_SENT_OTHERWISE, "", model)
    return react(exchange, None, model=model)


def cure_by_code(code: str, model: str) -> str:
    """What the table says to do about an answer of that code; empty for a code that it doesn't have."""
    row = _BY_CODE.get(code)
    return _cure(row, model) if row is not None else ""


def _cure(row: Row, model: str) -> str:
    return row.cure.replace("{model}", _clean(model) or "this model")


def _from_error(http: int, error: ErrorBody, model: str) -> Outcome:
    status = _status(http, error)
    quota = _quota(error)
    row = next((refusal.row for refusal in REFUSALS if _fits(refusal, status, error, quota)), endings.UNEXPECTED)
    return _outcome(row, error.message, model, error)


def _status(http: int, error: ErrorBody) -> int:
    """Which status holds: the one that the error names itself, since the answer's may be the word of whatever handed it
    on. An answer that is waited out is outweighed by another such status, or where the provider itself speaks: gateways
    have numbers of their own."""
    named = error.status
    if named is None or named not in _ERRORS or http not in _ERRORS:
        return http
    if _is_waited_out(http) and not _is_waited_out(named):
        return named if named != 500 and (error.state.isupper() or error.reasons) else http
    return named


def _is_waited_out(status: int) -> bool:
    return status in (408, 429) or status > 500


def _fits(refusal: Refusal, status: int, error: ErrorBody, quota: Quota | None) -> bool:
    """Whether every condition that the row gives holds."""
    message = error.message.lower()
    return (
        (not refusal.http or status in refusal.http)
        and (not refusal.reasons or any(_has(error.reasons, reason) for reason in refusal.reasons))
        and (not refusal.phrases or any(_says(message, phrase) for phrase in refusal.phrases))
        and (refusal.quota is None or refusal.quota is quota)
        and (not refusal.state or refusal.state == error.state)
        and (refusal.spoken is None or refusal.spoken is error.spoken)
    )


def _has(reasons: frozenset[str], wanted: str) -> bool:
    if not wanted.endswith("…"):
        return wanted in reasons
    return any(reason.startswith(wanted[:-1]) for reason in reasons)


def _says(message: str, phrase: str) -> bool:
    if "…" not in phrase:
        return phrase in message
    return re.search(_SOME_WORDS.join(map(re.escape, phrase.split("…"))), message) is not None


_SOME_WORDS = r"(?:[^.;]|\.(?=\w)){0,60}"  # `gemini-2.5` ends no sentence


def _quota(error: ErrorBody) -> Quota | None:
    """What the named limits come to: none at all outweighs a spent day, a day outweighs a minute."""
    if any(violation.no_quota for violation in error.violations):
        return Quota.NONE_AT_ALL
    if any(violation.daily for violation in error.violations):
        return Quota.DAY
    if any(violation.by_minute for violation in error.violations):
        return Quota.MINUTE
    return None


def _from_reply(reply: Reply, model: str) -> Outcome:
    if reply.error is not None and reply.take is None:
        if _drawn(reply):  # whatever is said to have gone wrong: it is not bought again unasked
            return _outcome(endings.MISSING, text(reply.error.get("message")), model)
        return _from_error_in_reply(reply.error, model)
    outcome = _outcome(endings.IMAGE, "", model) if reply.take is not None else _without_image(reply, model)
    return replace(outcome, prompt_tokens=reply.prompt_tokens)


def _without_image(reply: Reply, model: str) -> Outcome:
    if reply.prompt_refused:
        row = endings.BLOCK_REASONS.get(reply.block_reason, endings.REFUSED_PROMPT)
    elif _lost(reply):
        row = endings.MISSING
    elif reply.unanswered:
        row = endings.UNANSWERED
    else:
        row = endings.ENDINGS.get(reply.finish_reason, endings.UNKNOWN_ENDING)
    said = reply.finish_message or reply.text
    reason = reply.block_reason or reply.finish_reason
    return _outcome(
        row, said or (f"{row.words} ({reason})" if reason else ""), model, billed=_drawn(reply) or row.billed
    )


def _drawn(reply: Reply) -> bool:
    """Whether an image is billed, as a draft too."""
    return bool(reply.images) or (reply.usage is not None and reply.usage.image_tokens > 0)


def _lost(reply: Reply) -> bool:
    """Whether an image was billed that isn't there, not as a draft either, though nothing was refused."""
    return _drawn(reply) and not reply.images and reply.finish_reason in ("", "STOP")


def _from_error_in_reply(raw: Mapping[str, Any], model: str) -> Outcome:
    error = read_error(raw, {})
    code = error.status or 500
    return _from_error(RPC_STATUS.get(code, code), error, model)


def _outcome(row: Row, said: str, model: str, error: ErrorBody | None = None, *, billed: bool | None = None) -> Outcome:
    return Outcome(
        fate=row.fate,
        code=row.code,
        message=_message(row, _clean(said)),
        scope=row.scope,
        rest=_rest(row, error),
        counts=row.counts,
        tries=row.tries,
        then=row.then,
        limits=_limits(error),
        windows=_windows(error),
        nudge=row.nudge,
        of_references=row.of_references,
        billed=row.billed if billed is None else billed,
        cure=_cure(row, model),
    )


def _message(row: Row, said: str) -> str:
    """What happened, for people: a code is none of their words."""
    if not said:
        return row.words or row.lead or row.code.replace("_", " ")
    return f"{row.lead}: {said}" if row.lead else said


def _rest(row: Row, error: ErrorBody | None) -> Rest | None:
    """The row's rest, with the provider's own delay where the row believes it."""
    named = error.retry_after if error is not None else None
    if row.rest is None or row.rest.until is not Until.SECONDS or not named or not row.named_up_to:
        return row.rest
    return Rest(Until.SECONDS, min(max(named, 1.0), row.named_up_to), exact=True)


def _limits(error: ErrorBody | None) -> tuple[NamedLimit, ...]:
    """Of several for one window (the project's, the model's) the lowest: a request has to pass them all."""
    lowest: dict[Window, int] = {}
    for violation in error.violations if error is not None else ():
        if violation.window is not None and violation.figure:
            lowest[violation.window] = min(violation.figure, lowest.get(violation.window, violation.figure))
    return tuple(NamedLimit(window, figure) for window, figure in lowest.items())


def _windows(error: ErrorBody | None) -> tuple[Window, ...]:
    violations = error.violations if error is not None else ()
    return tuple(dict.fromkeys(violation.window for violation in violations if violation.window is not None))


def _clean(said: str) -> str:
    """Keys out first, so that cutting can't leave half of one; then again, in case the cut made a new one."""
    return redact(printable(redact(said[: 64 * MESSAGE_LIMIT]).strip(), MESSAGE_LIMIT))
