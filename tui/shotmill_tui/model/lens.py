"""What of a log is looked at: a level, words, and a word to step through."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shotmill_tui.model.logbook import LEVELS, Entry
from shotmill_tui.model.pieces import Line, Piece

_SHOWN = ("", "warning", "error")
_TOLD = {"warning": "warnings", "error": "errors"}


@dataclass(frozen=True, slots=True)
class Lens:
    """`level`: this one and worse ones, empty for all. `words`: all of them have to occur, one that begins with `!`
    must not. `search` hides nothing."""

    level: str = ""
    words: str = ""
    search: str = ""

    @property
    def clear(self) -> bool:
        """Whether every line is seen."""
        return not self.level and not self.words.strip()

    def admits(self, entry: Entry) -> bool:
        if self.level and _rank(entry.level) < _rank(self.level):
            return False
        if not self.words:
            return True
        line = entry.folded
        return all(
            (word[1:] not in line) if word.startswith("!") and len(word) > 1 else word in line
            for word in self.words.casefold().split()
        )

    def finds(self, entry: Entry) -> bool:
        return bool(self.search) and self.search.casefold() in entry.folded

    def next_level(self) -> Lens:
        return replace(self, level=_SHOWN[(_SHOWN.index(self.level) + 1) % len(_SHOWN)] if self.level in _SHOWN else "")

    def told(self) -> Line:
        """What is looked at, for a rule or a headline; empty when it is everything."""
        parts: list[Piece] = []
        if self.level:
            parts += [(_TOLD[self.level], "again")]
        for shown, found in (("with", self._with()), ("not", self._without())):
            if found:
                parts += [(f"{', ' if parts else ''}{shown} ", "dim"), (found, "accent")]
        return tuple(parts)

    def _with(self) -> str:
        return " ".join(word for word in self.words.split() if not word.startswith("!") or word == "!")

    def _without(self) -> str:
        return " ".join(word[1:] for word in self.words.split() if word.startswith("!") and word != "!")


EVERY_LINE = Lens()


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def highlighted(line: Line, search: str) -> Line:
    """Where a piece has what is searched for it stands reversed."""
    if not search:
        return line
    wanted = search.casefold()
    pieces: list[Piece] = []
    for text, role in line:
        folded = text.casefold()
        if len(folded) != len(text) or wanted not in folded:
            pieces.append((text, role))
            continue
        at = 0
        while (found := folded.find(wanted, at)) >= 0:
            pieces += [(text[at:found], role), (text[found : found + len(wanted)], f"{role or 'text'} cursor")]
            at = found + len(wanted)
        pieces.append((text[at:], role))
    return tuple(piece for piece in pieces if piece[0])
