"""One limit that a refusal names: what it counts, over what time, and how many it allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shotmill.gemini.loose_json import either, mapping, mappings, text, whole
from shotmill.gemini.outcome import Window

_MOST_LISTED = 32
_LONGEST_NAME = 400
_UNLIMITED = 10**12
"""Services write their largest number where nothing is limited; no limit that anyone keeps comes near this."""

_COUNTED = {
    "token": "tokens",
    "inputimage": "images",
    "input": "tokens",
    "request": "requests",
    "quer": "requests",
    "image": "images",
}
"""By a part of a limit's name, the first that fits: Vertex counts the tokens of `ImageInputPerMinute`, the requests of
`ImageGenRequestsPerMinute`."""
_WINDOWS = {
    ("requests", "minute"): Window.REQUESTS_A_MINUTE,
    ("requests", "day"): Window.REQUESTS_A_DAY,
    ("tokens", "minute"): Window.TOKENS_A_MINUTE,
    ("images", "minute"): Window.IMAGES_A_MINUTE,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit by its names. `value` is None when it names no figure; `omits_zero`: that may be a zero."""

    quota_id: str
    metric: str
    value: int | None
    omits_zero: bool = False

    @property
    def words(self) -> str:
        """Its names in small letters alone: `PerDay`, `per_day` and `per day` are one."""
        return _letters(f"{self.quota_id} {self.metric}")

    @property
    def daily(self) -> bool:
        return "perday" in self.words or "daily" in self.words

    @property
    def by_minute(self) -> bool:
        return "permin" in self.words

    @property
    def no_quota(self) -> bool:
        """There is none at all: a zero, which JSON of protobuf leaves out; seen for image models on the free tier."""
        return self.value == 0 or (self.value is None and self.omits_zero and "freetier" in self.words)

    @property
    def window(self) -> Window | None:
        """The limit that we keep too; None for one that we don't (tokens a day) or don't know: a figure of something
        else must not become the requests a minute that are sent."""
        span = "day" if self.daily else "minute" if self.by_minute else ""
        return _WINDOWS.get((self._counted, span))

    @property
    def figure(self) -> int:
        """How many it allows; 0 where it doesn't say, or says that nothing is limited."""
        return self.value if self.value is not None and self.value < _UNLIMITED else 0

    @property
    def _counted(self) -> str:
        """By the limit's own name before that of its metric, which several limits may share."""
        names = (_letters(self.quota_id), _letters(self.metric))
        return next((what for name in names for part, what in _COUNTED.items() if part in name), "")


def violations_in(details: list[Mapping[str, Any]], message: str) -> tuple[Violation, ...]:
    """Those in the details; from the text a zero, which the details leave out, and all where the details were cut."""
    told = tuple(
        violation
        for detail in details
        for violation in (*map(_violation, mappings(detail.get("violations"))[:_MOST_LISTED]), *_in_metadata(detail))
    )
    spoken = [
        Violation("", match[1], figure)
        for match in re.finditer(r"exceeded for metric: ([\w./-]{1,200}), limit: (\S{1,30})", message)
        if (figure := _spoken_figure(match[2])) is not None
    ] + [
        Violation(match[2], match[1], None)
        for match in re.finditer(r"quota metric '([^']{1,200})' and limit '([^']{1,200})'", message)
    ]
    return told + tuple(limit for limit in spoken if not told or limit.value == 0)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _spoken_figure(word: str) -> int | None:
    """`1,000` or `1000`, as it stands in a sentence; None for what may mean another figure: `1.000`, `1k`."""
    match = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{1,15})[.,;:)]?", word)
    return int(match[1].replace(",", "")) if match else None


def _violation(item: Mapping[str, Any]) -> Violation:
    """An entry of `QuotaFailure`; some clients and gateways write its names in snake case."""
    return Violation(
        text(either(item, "quotaId", "quota_id"))[:_LONGEST_NAME],
        text(either(item, "quotaMetric", "quota_metric"))[:_LONGEST_NAME],
        whole(either(item, "quotaValue", "quota_value")),
        omits_zero=True,
    )


def _in_metadata(detail: Mapping[str, Any]) -> list[Violation]:
    """The limit in an `ErrorInfo`'s metadata, as Google's older services say it."""
    metadata = mapping(detail.get("metadata"))
    name, metric = (text(metadata.get(key))[:_LONGEST_NAME] for key in ("quota_limit", "quota_metric"))
    if not name and not metric:
        return []
    span = next((span for unit, span in _UNITS.items() if text(metadata.get("quota_unit")).startswith(unit)), "")
    return [Violation(f"{name} {span}".strip(), metric, whole(metadata.get("quota_limit_value")))]


_UNITS = {"1/min": "per minute", "1/d": "per day"}
