"""A line of the table of refusals: when it holds, and what it means. Rows that touch the same level look alike."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from shotmill.gemini.outcome import Fate, Rest, Scope
from shotmill.gemini.row import MENDED, Row


class Quota(StrEnum):
    """What the limits that a refusal names come to."""

    NONE_AT_ALL = "none_at_all"
    DAY = "day"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Refusal:
    """When a row holds: every condition that is given, and one of its alternatives. Phrases are lower case; `…`
    in one stands for some words of the same sentence, at the end of a reason for whatever follows."""

    row: Row
    http: Container[int] = ()
    reasons: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    quota: Quota | None = None
    state: str = ""
    spoken: bool | None = None


def key_row(code: str, cure: str) -> Row:
    return Row(code, Fate.AGAIN, Scope.KEY, MENDED, cure=cure)


def project_row(code: str, cure: str, lead: str = "") -> Row:
    return Row(code, Fate.AGAIN, Scope.QUOTA_PROJECT, MENDED, cure=cure, lead=lead)


def account_row(code: str, until: Rest, cure: str, named_up_to: float = 0.0) -> Row:
    return Row(code, Fate.AGAIN, Scope.BILLING_ACCOUNT, until, named_up_to, cure=cure)


def run_row(code: str, cure: str, words: str = "") -> Row:
    return Row(code, Fate.AGAIN, Scope.RUN, MENDED, words=words, cure=cure)


def style_row(code: str, cure: str) -> Row:
    return Row(code, Fate.FAILED, Scope.STYLE, MENDED, cure=cure)


def beat_row(code: str, cure: str) -> Row:
    return Row(code, Fate.FAILED, counts=True, cure=cure)
