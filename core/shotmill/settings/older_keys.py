"""Keys as the older system kept them: a JSON list by style, a JavaScript file with `API_KEYS`, or lines `NAME=key`;
or in variables of the environment.

JavaScript is parsed, never run. No error and no `repr` repeats a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shotmill.errors import UsageError
from shotmill.secrets import REDACTOR, Secret
from shotmill.settings.keys_file import KeysFile
from shotmill.settings.names import ENVIRONMENT_KEY, KEY_NAME
from shotmill.settings.placeholders import why_no_key

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_BYTES = 4_000_000
_HOLDER = re.compile(r"(?:gemini_?|google_?)?(?:api_?)?keys?", re.IGNORECASE)
_VARIABLE = re.compile(r"(?:GEMINI|GOOGLE)_(?:API_?)?KEYS?(?:_\w+)?")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s#]*))\s*(?:#.*)?")
_PREFIX = re.compile(r"^(?:(?:gemini|google|api|keys?)(?=_|-|$)[_-]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Older:
    """A key that a file holds: the name that it would get here, and where it stood (`illustration`, number 2)."""

    name: str
    secret: Secret
    where: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would store, and what it passes over: (where, why)."""

    add: tuple[Older, ...]
    skipped: tuple[tuple[str, str], ...]


def read_older_keys(data: bytes) -> list[Older]:
    """Every key that the text holds, placeholders too. Raises `UsageError` where it is none of the three kinds."""
    if len(data) > MOST_BYTES:
        raise _unknown("it is too large for a list of keys")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unknown("it is not UTF-8 text") from None
    found = list(_kind(text))
    if not found:
        raise _unknown("no key was found in it")
    for older in found:
        if not why_no_key(older.secret):
            REDACTOR.learn(older.secret)
    return _named(found)


def environment_keys(environ: Mapping[str, str]) -> list[Older]:
    """The keys that variables such as GEMINI_API_KEY_1 or GOOGLE_KEY_ANNA hold, in their names' order; a variable may
    list several, with commas. Raises `UsageError` where there is none.
    """
    found = []
    for variable in sorted(name for name in environ if _VARIABLE.fullmatch(name)):
        values = [value.strip() for value in environ[variable].split(",") if value.strip()]
        name = _PREFIX.sub("", variable) or "key"
        for number, value in enumerate(values, start=1):
            several = f" {number}" if len(values) > 1 else ""
            found.append(Older(f"{name}{several}", Secret(value), f"{variable}{several}"))
    if not found:
        raise UsageError(
            "No variable of this environment holds a key of Gemini.",
            cure="export GEMINI_API_KEY_1=… where you type this, or name a file: shotmill keys import FILE",
        )
    for older in found:
        if not why_no_key(older.secret):
            REDACTOR.learn(older.secret)
    return _named(found)


def plan_import(found: Sequence[Older], file: KeysFile) -> Plan:
    """What to store of them, beside what `keys.toml` has: each secret once, no placeholder, names that are free."""
    known = {entry.secret: entry.name for entry in file.entries if entry.secret is not None}
    taken = {entry.name for entry in file.entries}
    add: list[Older] = []
    skipped: list[tuple[str, str]] = []
    for older in found:
        why = why_no_key(older.secret)
        if not why and older.secret in known:
            why = f"the same key as {known[older.secret]}"
        if why:
            skipped.append((older.where, why))
            continue
        name = _free(older.name, taken)
        taken.add(name)
        known[older.secret] = name
        add.append(Older(name, older.secret, older.where))
    return Plan(tuple(add), tuple(skipped))


def _kind(text: str) -> Iterator[Older]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if data is not None:
        yield from _of_json(data, "")
    elif re.search(r"[{\[]", text) and not _LINE.fullmatch(text.strip().split("\n", 1)[0]):
        yield from _of_javascript(text)
    else:
        yield from _of_lines(text)


def _of_json(data: Any, where: str) -> Iterator[Older]:
    if isinstance(data, str):
        yield Older(where, Secret(data.strip()), where or "the file")
    elif isinstance(data, list):
        for number, item in enumerate(data, start=1):
            yield from _of_json(item, f"{where} {number}".strip())
    elif isinstance(data, dict):
        for name, item in data.items():
            is_holder = _HOLDER.fullmatch(str(name)) is not None
            yield from _of_json(item, where if is_holder else f"{where} {name}".strip())


def _of_lines(text: str) -> Iterator[Older]:
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or "key" not in match[1].lower():
            continue
        value = next((part for part in match.groups()[1:] if part is not None), "")
        yield Older(_PREFIX.sub("", match[1]) or "key", Secret(value), match[1])


def _of_javascript(text: str) -> Iterator[Older]:
    """The strings of every object or array that is called `API_KEYS` or the like, wherever it stands in the file."""
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    from shotmill.story.js_literal import Literals, NotLiteralError

    data = text.encode()
    literals = Literals(data)

    def strings(node: Node, where: str) -> Iterator[Older]:
        if node.type in ("string", "template_string"):
            try:
                yield Older(where, Secret(str(literals.value(node)).strip()), where or "API_KEYS")
            except NotLiteralError:
                return  # `${…}` would have to be run
        elif node.type == "array":
            inner = [child for child in node.named_children if child.type != "comment"]
            for number, child in enumerate(inner, start=1):
                yield from strings(child, f"{where} {number}".strip())
        elif node.type == "object":
            for pair in node.named_children:
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key is not None and value is not None:
                    yield from strings(value, f"{where} {literals.text(key).strip(chr(34) + chr(39))}".strip())

    waiting = [Parser(Language(tree_sitter_javascript.language())).parse(data).root_node]
    while waiting:
        node = waiting.pop()
        name = node.child_by_field_name("name") or node.child_by_field_name("left") or node.child_by_field_name("key")
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        called = literals.text(name).rpartition(".")[2].strip("'\"") if name is not None else ""
        if value is not None and value.type in ("object", "array") and _HOLDER.fullmatch(called):
            yield from strings(value, "")
        else:
            waiting += reversed(node.children)


def _named(found: Sequence[Older]) -> list[Older]:
    taken: set[str] = set()
    named = []
    for older in found:
        name = _free(_as_name(older.name), taken)
        taken.add(name)
        named.append(Older(name, older.secret, older.where))
    return named


def _as_name(text: str) -> str:
    """`illustration 1` to `illustration-1`, `ANNA` to `anna`; `key` where nothing of it can be a name."""
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:28]
    if name.isdigit() or not name:
        name = f"key-{name}".rstrip("-")
    return name if re.fullmatch(KEY_NAME, name) and name != ENVIRONMENT_KEY else "key"


def _free(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{number}" for number in range(2, 10_000) if f"{name}-{number}" not in taken)


def _unknown(why: str) -> UsageError:
    cure = 'A list is JSON ({"illustration": ["…"]}), a .js file with API_KEYS, or lines GEMINI_API_KEY_1=…'
    return UsageError(f"The file holds no list of keys: {why}", cure=cure)
