"""One beat in one style: state, prompt, references, every try with its answer, takes."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from shotmill.errors import ShotmillError
from shotmill.untrusted import printable_lines
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.look import Look
from shotmill_tui.model import parse, words
from shotmill_tui.model.marks import DONE, by_event, by_state, mark
from shotmill_tui.model.pieces import Line, crop_text, join, pad_text, plain_text, spread, width, wrap_text
from shotmill_tui.reasons import Context
from shotmill_tui.screens.runs import RunActions

_LABEL = 12
_NARROWEST = 30  # cells beside a try's figures in which its message still reads well


class BeatScreen(RunActions):
    kind: ClassVar[str] = "beat"

    def __init__(self, style: str, beat: str) -> None:
        super().__init__()
        self._style, self._beat = style, beat
        self._found: dict[str, Any] | None = None
        self._trouble = ""
        self._asked_for = ""

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    def _load(self) -> None:
        self.run_worker(self._ask(), exclusive=True)

    async def _ask(self) -> None:
        mill = self.mill
        self._asked_for = self._mark()
        path = f"/v1/projects/{{id}}/beats/{quote(self._style, safe='')}/{quote(self._beat, safe='')}"
        try:
            self._found = await mill.connection.command("GET", path)
        except ShotmillError as error:
            self._trouble = "  ".join(part for part in (error.message, error.cure) if part)
        self.redraw()

    def _mark(self) -> str:
        view = self.mill.session.view
        return view.mark_of(self._style, self._beat) if view else ""

    def context(self) -> Context:
        session = self.mill.session
        return Context(self.kind, session.view, session.link, self._mark())

    def redraw(self) -> None:
        if self._found is not None and self._mark() != self._asked_for:
            self._load()
        super().redraw()

    def head_lines(self, room: int) -> list[Line]:
        kind = mark(self._mark())
        cost = parse.number(self._found, "cost_usd")
        right: Line = ((f"{words.price(cost, play_money=self._is_play_money())} ", "dim"),) if cost else ()
        beat: Line = ((f" Beat {self._beat}", "title"), ("   ", ""))
        state: Line = (("   ", ""), self.mill.look().mark(kind), (f" {kind.word}", "text"))
        style = crop_text(self._style, room - width(beat) - width(state) - width(right) - 2)
        left = (*beat, (style, "text"), *state)
        return [spread(left, right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        if self._trouble:
            lines: list[Line] = [((f" {part}", "text"),) for part in wrap_text(self._trouble, room - 2)]
        elif self._found is None:
            lines = [((" Asking the daemon.", "dim"),)]
        else:
            lines = beat_lines(self._found, self.mill.look(), room, play_money=self._is_play_money())
        return self.scrolled([(), *lines], room, height)

    def do_again(self) -> None:
        if self._mark() == "?":
            self.settle("retry", self._style, self._beat)
        else:
            super().do_again()

    def do_leave_out(self) -> None:
        self.settle("skip", self._style, self._beat)

    def move(self, key: str) -> None:
        if key in ("left", "right"):
            self._go(-1 if key == "left" else 1)
        else:
            super().move(key)

    def _go(self, step: int) -> None:
        """To the beat before or after in this style; the floor's cursor goes along."""
        session = self.mill.session
        style = next((one for one in session.view.styles if one.name == self._style), None) if session.view else None
        beats = [beat for shot in style.shots for beat in shot.beats] if style else []
        at = beats.index(self._beat) + step if self._beat in beats else -1
        if not 0 <= at < len(beats):
            self.mill.notice("This is the first beat" if step < 0 else "This is the last beat")
            return
        self._beat, self._found, self._trouble, self.top = beats[at], None, "", 0
        session.go_to(self._style, self._beat)
        self._load()
        self.redraw()

    def copied(self) -> list[str]:
        lines = beat_lines(self._found or {}, self.mill.look(), 100, play_money=self._is_play_money())
        return [plain_text(line).rstrip() for line in lines]

    def _is_play_money(self) -> bool:
        view = self.mill.session.view
        return view is not None and view.run.play_money


def beat_lines(beat: dict[str, Any], look: Look, room: int, *, play_money: bool = False) -> list[Line]:
    """All that is known, the most asked for first."""
    lines: list[Line] = []
    if beat.get("state") == "in_doubt":
        lines += [*_in_doubt(beat, look, room, play_money=play_money), ()]
    if phrase := parse.text(beat, "script_phrase"):
        lines += [*_labelled("script", [phrase], room, "dim"), ()]
    prompt = beat.get("prompt")
    lines += [*_labelled("prompt", printable_lines(prompt if isinstance(prompt, str) else ""), room), ()]
    cut = f"continues {parse.text(beat, 'after')}" if beat.get("continues") else "hard cut"
    references = list(parse.words(beat, "references")) or ["none"]
    lines += [*_labelled("transition", [cut], room), *_labelled("references", references, room)]
    if stale := parse.text(beat, "stale_because"):
        lines += _labelled("stale", [stale], room)
    lines += [*_labelled("file", [_file(beat)], room), ()]
    lines += [*_tries(beat, look, room), (), *_takes(beat, look)]
    return lines


def _file(beat: dict[str, Any]) -> str:
    """Where the image lies, or will lie."""
    file = parse.text(beat, "file")
    drawn = by_state(parse.text(beat, "state", 20)).plain in DONE
    return file if drawn and file else f"not drawn yet: {file}" if file else "not drawn yet"


def _in_doubt(beat: dict[str, Any], look: Look, room: int, *, play_money: bool) -> list[Line]:
    """`Sent 02:14:07, the line broke before an answer. Perhaps paid: $0.03.` and what can be done."""
    tries = parse.items(beat, "attempts")
    last = tries[-1] if tries else {}
    at, cost = parse.when(last, "at"), parse.number(last, "cost_usd")
    reason = parse.text(last, "message") or "no whole answer came"
    paid = f" Perhaps paid: {words.price(cost, play_money=play_money)}." if cost else " Perhaps paid."
    text = (f"Sent {words.clock(at, look.zone)}, " if at else "") + reason.rstrip(".") + "." + paid
    sign, role = look.mark(by_state("in_doubt"))
    lines: list[Line] = [((" " * 3, ""), (part, "text")) for part in wrap_text(text, room - 4)]
    lines[0] = ((f" {sign} ", role), *lines[0][1:])
    again, out = look.hint("again", "try again (perhaps pay twice)"), look.hint("leave_out", "leave it out")
    return [*lines, (("   ", ""), *join([part for part in (again, out) if part], "   "))]


def _labelled(label: str, texts: list[str], room: int, role: str = "text") -> list[Line]:
    parts = [part for text in texts for part in wrap_text(text, max(10, room - _LABEL - 3))]
    return [
        ((f" {pad_text(label if index == 0 else '', _LABEL)} ", "dim"), (part, role))
        for index, part in enumerate(parts)
    ]


def _tries(beat: dict[str, Any], look: Look, room: int) -> list[Line]:
    lines: list[Line] = []
    for index, one in enumerate(parse.items(beat, "attempts")):
        at, cost, seconds = parse.when(one, "at"), parse.number(one, "cost_usd"), parse.number(one, "seconds")
        fate = parse.text(one, "fate", 20)
        sign = by_event({"image": "done", "unusable": "failed"}.get(fate, fate))
        took = f"{seconds:6.1f} s" if seconds else " " * 8  # 0 is said where nobody knows it: in doubt, or still out
        message = parse.text(one, "message") or parse.text(one, "code") or fate
        lead: Line = (
            (f" {pad_text('tries' if index == 0 else '', _LABEL)} ", "dim"),
            (words.clock(at, look.zone) if at is not None else " " * 8, "dim"), (" ", ""),
            look.mark(sign) if sign else (" ", ""), (f" {took}  ", "text"),
            (f"{words.usd(cost) if cost else '':>6}  ", "dim"), (f"{pad_text(parse.text(one, 'key', 40), 8)} ", "dim"),
        )  # fmt: skip
        lines += _said("" if fate in ("image", "done") else message, lead, room)
    return lines or _labelled("tries", ["none yet"], room)


def _said(message: str, lead: Line, room: int) -> list[Line]:
    """What the provider said, whole: behind the try's figures, and below them where that is too narrow."""
    beside = room - width(lead) - 1
    if beside >= _NARROWEST:
        first, *more = wrap_text(message, beside) or [""]
        return [(*lead, (first, "text")), *(((" " * width(lead), ""), (part, "text")) for part in more)]
    indent = _LABEL + 2
    below = wrap_text(message, max(10, room - indent - 1)) if message else []
    return [lead, *(((" " * indent, ""), (part, "text")) for part in below)]


def _takes(beat: dict[str, Any], look: Look) -> list[Line]:
    lines: list[Line] = []
    for index, one in enumerate(parse.items(beat, "takes")):
        at, size = parse.when(one, "at"), parse.number(one, "bytes")
        lines.append((
            (f" {pad_text('takes' if index == 0 else '', _LABEL)} ", "dim"), (f"{parse.whole(one, 'take'):<3}", "text"),
            (f"{words.clock(at, look.zone)}  " if at is not None else "", "dim"),
            (f"{words.size(size)}  " if size is not None else "", "dim"), (parse.text(one, "key", 40), "dim"),
            ("  current" if one.get("current") else "", "accent"),
        ))  # fmt: skip
    return lines
