"""JSON whose end is missing: an error longer than what is read of it, or one that something on the way shortened."""

from __future__ import annotations

import re

_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_TEXT_SO_FAR = re.compile(r'"(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*', re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}
_DEEPEST = 64


def closed(words: str) -> str:
    """The first object or list in it with all closed that is open: a name without its value goes, of a text the part
    that came stays. Empty where none begins, or too many stand in each other."""
    begin = re.search(r"[{\[]", words)
    if begin is None:
        return ""
    start = whole_to = begin.start()
    to_close: list[str] = []
    names = False  # whether the next text is a name
    for match in _SIGN.finditer(words, start):
        sign = match[0]
        if sign == '"':
            so_far = _TEXT_SO_FAR.match(words, match.start())
            rest = "" if names or so_far is None else words[whole_to : so_far.end()] + '"'
            return words[start:whole_to] + rest + "".join(reversed(to_close))
        if sign in _CLOSES:
            to_close.append(_CLOSES[sign])
            names = sign == "{"
        elif to_close and sign == to_close[-1]:
            to_close.pop()
            names = False
        elif sign in ",:":
            names = sign == "," and bool(to_close) and to_close[-1] == "}"
            continue
        elif names or (sign[0] != '"' and match.end() == len(words)):
            continue  # a number may have more digits
        whole_to = match.end()
        if not to_close:
            break
        if len(to_close) > _DEEPEST:
            return ""
    return words[start:whole_to] + "".join(reversed(to_close))
