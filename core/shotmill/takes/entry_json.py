"""Journal entries as lines of JSON and back. Every line stays under 4 KB, so that it is written in one piece."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from json import JSONDecoder
from typing import Any, NoReturn, get_args

from shotmill.clock import from_iso, iso
from shotmill.takes.entries import (
    End,
    Entry,
    Exists,
    Fresh,
    Intent,
    Run,
    RunState,
    SetAside,
    Settled,
    SettledHow,
    Take,
)
from shotmill.takes.spool_header import SentReference
from shotmill.untrusted import printable

MAX_LINE = 4095

_NAMES: dict[type[Entry], str] = {
    Intent: "intent",
    End: "end",
    Take: "take",
    Exists: "exists",
    SetAside: "set_aside",
    Settled: "settled",
    Fresh: "fresh",
    Run: "run",
}
_HOW = frozenset(get_args(SettledHow))
_STATES = frozenset(get_args(RunState))


def to_json(entry: Entry) -> bytes:
    """One line with its newline, at most `MAX_LINE` bytes: long messages are cut, a run's longest options left out."""
    line = _line(entry)
    if len(line) <= MAX_LINE:
        return line
    return _shortened(entry)


def from_json(line: bytes | str) -> Entry | None:
    """The entry of a line; None for a kind that this version does not know. ValueError for a damaged line."""
    try:
        text = line if isinstance(line, str) else line.decode()
        data, end = _SCAN(text, 0)  # a line has no white space before it
        if text[end:] != "\n" and text[end:].strip():
            raise ValueError("no journal entry: two in one line")
        read = _READERS.get(data["kind"])
        return None if read is None else read(data)
    except (StopIteration, KeyError, TypeError, AttributeError, RecursionError, OverflowError, OSError) as error:
        raise ValueError(f"no journal entry: {type(error).__name__} {error}") from error


def _line(entry: Entry) -> bytes:
    data: dict[str, Any] = {"kind": _NAMES[type(entry)], **entry._asdict(), "at": iso(entry.at)}
    if isinstance(entry, Take):
        data["references"] = [_reference_out(reference) for reference in entry.references]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _shortened(entry: Entry) -> bytes:
    for limit in (600, 200, 60, 0):
        shorter = _cut(entry, limit)
        line = _line(shorter)
        if len(line) <= MAX_LINE:
            return line
    raise ValueError(f"a journal entry of {len(_line(entry))} bytes can't be made shorter")


def _cut(entry: Entry, limit: int) -> Entry:
    if isinstance(entry, End):
        return entry._replace(message=printable(entry.message, limit))
    if isinstance(entry, SetAside):
        return entry._replace(reason=printable(entry.reason, limit))
    if isinstance(entry, Take):
        names = (replace(one, name=one.name[:limit]) for one in entry.references)
        return entry._replace(references=tuple(names))
    if isinstance(entry, Run):
        kept = {name: value for name, value in entry.options.items() if len(json.dumps(value, default=str)) <= limit}
        left_out = sorted(set(entry.options) - set(kept))[:20]
        return entry._replace(reason=printable(entry.reason, limit), options={**kept, "left_out": left_out})
    return entry


def _reference_out(reference: SentReference) -> list[str]:
    """`[name, sha256]`, and the sum of what was sent where that was a smaller copy."""
    short = [reference.name, reference.sha256]
    return short if reference.sent_sha256 == reference.sha256 else [*short, reference.sent_sha256]


def _reference_in(found: list[str]) -> SentReference:
    return SentReference(_text(found[0]), _text(found[1]), _text(found[-1]))


def _text(value: Any) -> str:
    if value.__class__ is not str:
        raise TypeError("not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _file(value: Any) -> str:
    """A file of the project, as paths in records are: what leads out of it is no line of ours."""
    path = _text(value)
    if not path or path[0] == "/" or "\0" in path or (".." in path and ".." in path.split("/")):
        raise TypeError("not a path inside the project")
    return path


def _file_or_none(value: Any) -> str | None:
    return None if value is None else _file(value)


def _amount(value: Any) -> float:
    """Money or seconds; the journal lies in a folder that others may write, so no infinity may enter a sum."""
    if (value.__class__ is not float and value.__class__ is not int) or not 0 <= value < 1e12:
        raise TypeError("not an amount")
    return value


def _amount_or_none(value: Any) -> float | None:
    return None if value is None else _amount(value)


def _count(value: Any) -> int:
    if value.__class__ is not int or not 0 <= value < 1 << 63:
        raise TypeError("not a count")
    return value


def _one_of(value: Any, allowed: frozenset[str]) -> Any:
    if value not in allowed:
        raise TypeError("not one of the known words")
    return value


def _intent(d: dict[str, Any]) -> Intent:
    return Intent(
        from_iso(d["at"]), _text(d["attempt"]), _text(d["style"]), _text(d["beat"]), _count(d["take"]),
        _text(d["key"]), _text(d["quota_project"]), _text(d["model"]), _amount(d["price_usd"]), _text(d["prompt_sha"]),
    )  # fmt: skip


def _end(d: dict[str, Any]) -> End:
    return End(
        from_iso(d["at"]), _text(d["attempt"]), _text(d["style"]), _text(d["beat"]), _text(d["fate"]),
        _text(d["code"]), printable(d["message"]), d["counts"] is True, _amount_or_none(d["cost_usd"]),
        _amount(d["seconds"]),
    )  # fmt: skip


def _take(d: dict[str, Any]) -> Take:
    return Take(
        from_iso(d["at"]), _text_or_none(d["attempt"]), _text(d["style"]), _text(d["beat"]), _count(d["take"]),
        _file(d["file"]), _text(d["sha256"]), _count(d["bytes"]), _count(d["mtime_ns"]), _text(d["prompt_sha"]),
        tuple(map(_reference_in, d.get("references", ()))), _text(d["model"]), _text(d["key"]),
        _amount(d["cost_usd"]), _file_or_none(d.get("received")), _amount(d["seconds"]), d["current"] is True,
    )  # fmt: skip


def _exists(d: dict[str, Any]) -> Exists:
    return Exists(
        from_iso(d["at"]), _text(d["style"]), _text(d["beat"]), _file(d["file"]), _count(d["bytes"]),
        _count(d["mtime_ns"]),
    )  # fmt: skip


def _set_aside(d: dict[str, Any]) -> SetAside:
    return SetAside(
        from_iso(d["at"]), _text(d["style"]), _text(d["beat"]), _text(d["file"]), _text(d["kept_as"]),
        printable(d["reason"]),
    )  # fmt: skip


def _settled(d: dict[str, Any]) -> Settled:
    how = _one_of(d["how"], _HOW)
    return Settled(from_iso(d["at"]), _text(d["attempt"]), _text(d["style"]), _text(d["beat"]), how)


def _fresh(d: dict[str, Any]) -> Fresh:
    return Fresh(from_iso(d["at"]), _text(d["style"]), _text(d["beat"]))


def _run(d: dict[str, Any]) -> Run:
    options = d.get("options") or {}
    if not isinstance(options, dict):
        raise TypeError("not options")
    state, code = _one_of(d["state"], _STATES), printable(d.get("code", ""), 40)
    return Run(from_iso(d["at"]), _text(d["run"]), state, printable(d["reason"]), options, code)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"no journal entry: {name}")


_SCAN: Callable[[str, int], tuple[Any, int]] = JSONDecoder(parse_constant=_no_constant).scan_once  # type: ignore[attr-defined]
"""What `decode` calls: all that it adds are two searches for white space."""
_READERS: dict[str, Callable[[dict[str, Any]], Entry]] = {
    "intent": _intent,
    "end": _end,
    "take": _take,
    "exists": _exists,
    "set_aside": _set_aside,
    "settled": _settled,
    "fresh": _fresh,
    "run": _run,
}
