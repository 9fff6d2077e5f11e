"""A question is a line in the footer's place, never a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from shotmill.untrusted import printable
from shotmill_tui.model.pieces import Line, fit, join, tail_text, width, wrap_text

LONGEST = 1000  # characters; nothing that is asked for is longer
SHOWN_OF_A_SECRET = 12
LEAST_TYPED = 12
"""Cells in which what is typed can still be read."""
ROOMY = 100  # columns from which answers stand in full


@dataclass(frozen=True, slots=True)
class Answer:
    """`key` as Textual names it. An answer without `act` only puts the question away; `brief` is its label
    below 100 columns. The one on Enter is the default, and stands brighter than the others."""

    key: str
    shown: str
    label: str
    act: Callable[[], None] | None = None
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """`of_run` is asked of the run as it is: it goes when the daemon goes.

    Enter says yes, but where a yes can't be taken back or may pay twice: there it says no (`KEEPS`), and `y` says yes.
    """

    text: str
    answers: tuple[Answer, ...]
    of_run: bool = False

    def answer(self, key: str) -> Answer | None:
        """That of a key; `y` and `n` say yes and no to every question that has these."""
        exact = next((one for one in self.answers if one.key == key), None)
        word = {"y": "yes", "n": "no"}.get(key, key)
        return exact or next((one for one in self.answers if one.label.replace(",", " ").split()[0] == word), None)

    def lines(self, room: int) -> list[Line]:
        """One line where it fits, else the text above its answers."""
        answers = join([_answer_piece(one, room) for one in self.answers], "   ")
        asked: Line = ((f" {self.text}", "accent"),)
        if width(asked) + 3 + width(answers) + 1 <= room:
            return [fit((*asked, ("   ", ""), *answers), room)]
        text = [fit(((f" {line}", "accent"),), room) for line in wrap_text(self.text, max(1, room - 2))]
        return [*text, *_answer_lines(self.answers, room)]


KEEPS = Answer("enter", "Enter", "no (default)")


def _answer_piece(one: Answer, room: int) -> Line:
    label = one.brief if one.brief and room < ROOMY else one.label
    return (one.shown, "key"), (f" {label}", "text" if one.key == "enter" else "dim")


def _answer_lines(answers: Sequence[Answer], room: int) -> list[Line]:
    """Answers wrap whole: none of them is ever cut off where it could have a line of its own."""
    lines: list[Line] = []
    current: Line = ()
    for one in answers:
        piece = _answer_piece(one, room)
        joined = join([current, piece], "   ") if current else piece
        if current and width(joined) + 2 > room:
            lines.append(fit(((" ", ""), *current), room))
            current = piece
        else:
            current = joined
    return [*lines, fit(((" ", ""), *current), room)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to type in: `changed` is told each value, `done` the last one.
    `verb` is what Enter does; what is `hidden` is a secret: only its length is shown; `of_run` as in a question. What
    is `suggested` gives way to what is typed; backspace takes it as it is."""

    label: str
    value: str = field(repr=False)
    changed: Callable[[str], None]
    done: Callable[[str], None]
    verb: str = "keep"
    hidden: bool = False
    of_run: bool = False
    suggested: bool = False

    def typed(self, character: str | None, key: str) -> Entry:
        if key == "backspace":
            return replace(self, value=self.value[:-1], suggested=False)
        text = "".join((character or "").split()) if self.hidden else printable(character or "")
        before = "" if self.suggested and text else self.value
        return replace(self, value=(before + text)[:LONGEST], suggested=self.suggested and not text)

    @property
    def seen(self) -> str:
        """What may stand on the screen of it."""
        return "*" * min(len(self.value), SHOWN_OF_A_SECRET) if self.hidden else self.value

    def lines(self, room: int) -> list[Line]:
        """One line where the label leaves room to type, else the label above; of a long value the end is seen."""
        hints: Line = (("   ", ""), ("Enter", "key"), (f" {self.verb}   ", "dim"), ("Esc", "key"), (" leave", "dim"))
        label: Line = ((f" {self.label} ", "dim"),)
        above: list[Line] = []
        if width(label) + LEAST_TYPED + width(hints) + 2 > room:
            above = [fit(((f" {line}", "dim"),), room) for line in wrap_text(self.label, max(1, room - 2))]
            label = ((" ", ""),)
        seen = tail_text(self.seen, max(LEAST_TYPED, room - width(label) - width(hints) - 2))
        return [*above, fit((*label, (seen, "text"), (" ", "text cursor"), *hints), room)]
