"""Journal entries as lines of JSON and back. Every line stays under 4 KB, so that it is written in one piece."""

from __future__ import annotations

import json
from typing import Any, get_args

from msgspec import DecodeError, ValidationError, convert
from msgspec.json import Decoder
from msgspec.structs import asdict, replace

from shotmill.clock import from_iso, iso
from shotmill.takes.entries import End, Entry, Exists, Moment, Run, SetAside, Take
from shotmill.takes.spool_header import SentReference
from shotmill.untrusted import printable

MAX_LINE = 4095
_OUTSIDE = "no journal entry: a file outside of the project"


def to_json(entry: Entry) -> bytes:
    """One line with its newline, at most `MAX_LINE` bytes: long messages are cut, a run's longest options left out."""
    line = _line(entry)
    if len(line) <= MAX_LINE:
        return line
    return _shortened(entry)


def from_json(line: bytes | str) -> Entry | None:
    """The entry of a line; None for a kind that this version does not know. ValueError for a damaged line."""
    try:
        entry: Entry | None = _DECODER.decode(line)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        entry = _any(line, error)
    return None if entry is None else _checked(entry)


def from_lines(lines: bytes) -> list[Entry]:
    """The entries of many lines, in less time. ValueError where they are not as many entries as lines: then each is to
    be read by itself. Two whole entries on one line count for an empty one beside it."""
    try:
        entries = _DECODER.decode_lines(lines)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("one of the lines is no journal entry") from error
    if len(entries) != lines.count(b"\n") + (not lines.endswith(b"\n")):
        raise ValueError("there are more lines than entries, or fewer")
    return [_checked(entry) for entry in entries]


def _any(line: bytes | str, refused: Exception) -> Entry | None:
    """A line that the quick reader refuses: of a kind to come, or with half a character of a file's name in it."""
    try:
        data: Any = json.loads(line, parse_constant=_no_constant)
        kind = data.get("kind") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind not in _KINDS:
            return None
        entry: Entry = convert(data, Entry, dec_hook=_moment)
        for word in asdict(entry).values():
            if isinstance(word, str):
                word.encode()  # half a character may stand in a reference's name; the database takes none
    except (ValidationError, RecursionError, OverflowError, UnicodeEncodeError) as error:
        raise ValueError(f"no journal entry: {type(error).__name__} {error}") from refused
    return entry


def _checked(entry: Entry) -> Entry:
    """Words are made printable; ValueError for a file outside of the project."""
    if type(entry) is Take:
        if not (_is_inside(entry.file) and (entry.received is None or _is_inside(entry.received))):
            raise ValueError(_OUTSIDE)
    elif type(entry) is Exists:
        if not _is_inside(entry.file):
            raise ValueError(_OUTSIDE)
    elif type(entry) is End:
        return replace(entry, message=printable(entry.message))
    elif type(entry) is SetAside:
        return replace(entry, reason=printable(entry.reason))
    elif type(entry) is Run:
        return replace(entry, reason=printable(entry.reason), code=printable(entry.code, 40))
    return entry


def _is_inside(path: str) -> bool:
    """A file of the project, as paths in records are: what leads out of it is no line of ours."""
    return bool(path) and path[0] != "/" and "\0" not in path and (".." not in path or ".." not in path.split("/"))


def _line(entry: Entry) -> bytes:
    data: dict[str, Any] = {"kind": entry.__struct_config__.tag, **asdict(entry), "at": iso(entry.at)}
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
        return replace(entry, message=printable(entry.message, limit))
    if isinstance(entry, SetAside):
        return replace(entry, reason=printable(entry.reason, limit))
    if isinstance(entry, Take):
        names = (replace(one, name=one.name[:limit]) for one in entry.references)
        return replace(entry, references=tuple(names))
    if isinstance(entry, Run):
        kept = {name: value for name, value in entry.options.items() if len(json.dumps(value, default=str)) <= limit}
        left_out = sorted(set(entry.options) - set(kept))[:20]
        return replace(entry, reason=printable(entry.reason, limit), options={**kept, "left_out": left_out})
    return entry


def _reference_out(reference: SentReference) -> list[str]:
    """`[name, sha256]`, and the sum of what was sent where that was a smaller copy."""
    short = [reference.name, reference.sha256]
    return short if reference.sent_sha256 == reference.sha256 else [*short, reference.sent_sha256]


def _moment(_: type, value: Any) -> Moment:
    """Whatever else is no moment is refused with the line: msgspec makes its own of what is raised here."""
    return Moment(from_iso(value))


def _no_constant(name: str) -> None:
    raise ValueError(f"no journal entry: {name}")


_DECODER: Decoder[Entry] = Decoder(Entry, dec_hook=_moment)
_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(Entry))
