"""The first line's word and the second line's one sentence: what sets the pace, or why nothing moves, until when,
and what would help. One pure function of the picture, the link and the clock."""

from __future__ import annotations

from datetime import tzinfo

from shotmill.client.link import LinkState
from shotmill.engine.key_words import short_of
from shotmill_tui.model import words
from shotmill_tui.model.hints import Hint
from shotmill_tui.model.pace import pace_sentence
from shotmill_tui.model.reach import with_picture, without_picture
from shotmill_tui.model.told import Told, sentence
from shotmill_tui.model.view import Style, View

CANT_BE_OPENED = Told("stopped", "can't be opened", "This project can't be opened as it is.",
                      "It can't be opened as it is.",
                      hints=(Hint("diagnostics", "shows what is wrong"),))  # fmt: skip
STARTS, GOES_ON = Hint("start", "starts"), Hint("start", "goes on")
TRIES, MENDS = Hint("again", "tries again"), Hint("keys", "to mend")
MOST_NAMED = 3
SHOWS_THEM = Hint("next", "shows them", ": ")


def tell(view: View | None, link: LinkState, now: float, zone: tzinfo | None) -> Told:
    if view is None:
        return without_picture(link, now, zone)
    return with_picture(view, _run(view, now, zone), link, now, zone)


def _run(view: View, now: float, zone: tzinfo | None) -> Told:
    run = view.run
    if run.state == "stopping":
        return _stopping(view)
    if run.state == "waiting":
        return _waiting(view, now, zone)
    if run.state == "stopped":
        return _stopped(view, now, zone)
    if run.state == "finished":
        return _finished(view, now, zone)
    if run.state == "running":
        return _running(view, now, zone)
    return _ready(view)


def left(view: View) -> str:
    """`87 images, about $2.92, about 4 min`; what is not known is left out."""
    parts = [words.count(view.to_do, "image")]
    if view.run.cost_left > 0:
        parts.append(f"about {view.run.price(view.run.cost_left)}")
    if view.run.eta_s:
        parts.append(f"about {words.about(view.run.eta_s)}")
    return ", ".join(parts)


def _ready(view: View) -> Told:
    if not view.styles:
        text = "No prompts found here."
        return Told("ready", "nothing to draw", text, text, hints=(Hint("diagnostics", "shows what is missing"),))
    if not view.to_do:
        text, hints = _gaps(view)
        text = text or _all_there(view)
        return Told("ready", "ready", text, text, hints=hints)
    text = f"{left(view)}."
    return Told("ready", "ready", text, text, hints=(STARTS,))


def _running(view: View, now: float, zone: tzinfo | None) -> Told:
    paused = [style for style in view.styles if style.state == "paused"]
    waiting = [style for style in view.styles if style.state == "waiting"]
    moving = [style for style in view.styles if style.state == "running"]
    if paused:
        return _paused(paused)
    if waiting and moving:
        return _part_waits(waiting[0], len(moving), len(view.styles), now, zone)
    long, short, ticks = pace_sentence(view, now, zone)
    hints = (Hint("next", "shows it", ": "),) if view.pace.limit == "person" else ()
    return Told("running", "running", long, short, ticks, hints)


def _paused(styles: list[Style]) -> Told:
    """Every paused style by its reason; those with the same one stand together."""
    named: dict[str, list[str]] = {}
    for style in styles:
        named.setdefault(style.reason or "equal failures in a row", []).append(style.name)
    each = [f"{words.listed(names)}: {reason}" for reason, names in named.items()]
    who = styles[0].name if len(styles) == 1 else f"{len(styles)} styles"
    more = f"; {len(each) - 1} more" if len(each) > 1 else ""
    hints = (Hint("again", "try again"),)
    return Told("running", f"running, {who} paused", f"{'; '.join(each)}.", f"{each[0]}{more}.", hints=hints)


def _part_waits(style: Style, moving: int, styles: int, now: float, zone: tzinfo | None) -> Told:
    word = f"running, {moving} of {styles} styles"
    back = f", back {words.back_at(style.waiting_until, now, zone)}" if style.waiting_until else ""
    short = f"{style.name}: {sentence(_short(style.code, style.reason or 'waits') + back)}"
    if style.code in _BY_A_KEY:
        return Told("running", word, short, short, hints=(_BY_A_KEY[style.code],))
    hints = (TRIES,) if style.waiting_until is None or style.code == "spend_cap" else ()
    return Told("running", word, f"{short} {_cure(style.code, style.cure)}", short, hints=hints)


def _stopping(view: View) -> Told:
    if not view.drawing:
        text = "The last image is being put away."
        return Told("stopping", "stopping", text, text, hints=(GOES_ON,))
    soon = f", about {words.about(view.run.eta_s)}" if view.run.eta_s else ""
    text = f"{words.count(view.drawing, 'image')} still to come{soon}."
    return Told("stopping", "stopping", text, text, hints=(GOES_ON, Hint("stop_now", "stop now", "   ")))


def _waiting(view: View, now: float, zone: tzinfo | None) -> Told:
    limit = view.pace.limit
    until = view.run.waiting_until or view.pace.until
    if limit == "network":
        return _network(view, until, now, zone)
    if limit == "disk":
        return _disk(view)
    word = f"waiting until {words.back_at(until, now, zone)}" if until else "waiting"
    if limit == "overload":
        text = f"The provider is overloaded{_next_try(until, now)}. No try is used up."
        return Told("waiting", "waiting for the provider", text, text, until is not None)
    code = view.run.code or limit
    why = sentence(view.run.reason) or "Every key rests."
    other = f"{why[:1].upper()}{why[1:]} It goes on by itself."
    long, short = _WAITS.get(code, (other, other))
    return Told("waiting", word, long, short, hints=(TRIES,) if code == "spend_cap" else ())


def _network(view: View, until: float | None, now: float, zone: tzinfo | None) -> Told:
    since = f"Away since {words.moment(view.pace.since, now, zone)}" if view.pace.since else "The network is away"
    text = f"{since}{_next_try(until, now)}. No try is used up."
    return Told("waiting", "waiting for the network", text, text, until is not None)


def _next_try(until: float | None, now: float) -> str:
    return f", next try in {words.length(until - now)}" if until is not None and until > now else ""


def _disk(view: View) -> Told:
    free, needed = view.pace.free, view.pace.needed
    if free is not None and needed is not None:
        short = f"{words.size(free)} free, {words.size(needed)} needed. Goes on when there is room."
        return Told("waiting", "waiting for disk space", short.replace("Goes on", "Goes on by itself"), short)
    known = next(((one.what, one.cure) for one in view.for_you if one.kind == "disk"), ("", ""))
    what, cure = view.run.reason or known[0], view.run.cure or known[1]
    short = _DISK.get(view.run.code) or sentence(what) or "The disk refuses."
    long = " ".join(filter(None, (sentence(what) or short, sentence(cure), "Goes on by itself then.")))
    words_of = {"disk_full": "waiting for disk space", "decoder": "waiting for the decoder"}
    word = words_of.get(view.run.code, "waiting for the disk")
    return Told("waiting", word, long, short)


def _stopped(view: View, now: float, zone: tzinfo | None) -> Told:
    run = view.run
    at = f" {words.moment(run.ended_at, now, zone)}" if run.ended_at else ""
    if run.reason == "budget":
        used = words.usd(run.spent + run.in_doubt)
        spent = f"{used} of {run.price(run.budget)}" if run.budget is not None else f"{used} spent"
        long = f"{spent}. The rest costs about {run.price(run.cost_left)}."
        asks = Hint("start", "asks for a new limit")
        return Told("stopped", "stopped at the budget", long, f"{spent}.", hints=(asks,))
    if run.reason == "interrupted":
        out = _out_then(view)
        return Told("stopped", f"interrupted{at}", f"The daemon ended while drawing. {out}", out, hints=(GOES_ON,))
    if run.code in _STOPS:
        keys = (_BY_A_KEY[run.code],) if run.code in _BY_A_KEY else ()
        short = _without_quota(view) or _STOPS[run.code]
        long = short if keys else f"{short} {_cure(run.code, run.cure)}"
        return Told("stopped", f"stopped{at}", long, short, hints=(*keys, GOES_ON))
    if who := [key.name for key in view.keys if key.code == run.code != ""]:
        short = f"{words.listed(who)}: {short_of(run.code)}."
        return Told("stopped", f"stopped{at}", f"{short} {sentence(run.cure)}", short, hints=(MENDS, GOES_ON))
    if view.for_you and not view.to_do:
        text = f"{words.count(len(view.for_you), 'thing')} only you can mend"
        return Told("stopped", f"stopped{at}", text, text, hints=(SHOWS_THEM,))
    reason = "" if run.reason in ("", "asked", "restart") else sentence(run.reason) + " "
    text = f"{reason}{left(view)} left."
    long = f"{reason}{sentence(run.cure)}" if run.cure else text
    return Told("stopped", f"stopped{at}", long, text, hints=(GOES_ON,))


def _without_quota(view: View) -> str:
    """Which cloud projects may draw nothing, where that ended the run; empty where it can't be told in a line."""
    names = [one.name for one in view.quota if one.state == "no_quota"]
    if view.run.code != "no_quota" or not 0 < len(names) <= MOST_NAMED:
        return ""
    return f"{words.listed(names)} may draw 0 images."


def _out_then(view: View) -> str:
    """`4 images were out: 3 saved, 1 in doubt.`, as far as it is known."""
    found = view.run.interrupted
    if found is not None and any(found):
        saved, doubted = found
        told = [f"{number} {word}" for number, word in ((saved, "saved"), (doubted, "in doubt")) if number]
        was = "was" if saved + doubted == 1 else "were"
        return f"{words.count(saved + doubted, 'image')} {was} out: {', '.join(told)}."
    doubt = sum(style.counts.get("?", 0) for style in view.styles)
    return f"{words.count(doubt, 'image')} in doubt." if doubt else "Nothing was lost."


def _finished(view: View, now: float, zone: tzinfo | None) -> Told:
    at = f" {words.moment(view.run.ended_at, now, zone)}" if view.run.ended_at else ""
    gaps, hints = _gaps(view)
    if view.to_do and view.run.limit:
        return _trial(view, at, gaps)
    if view.to_do and not gaps:  # a run of a part of the project
        text = f"{left(view)} left."
        return Told("finished", f"finished{at}", text, text, hints=(GOES_ON,))
    if not gaps:
        text = _all_there(view)
        return Told("finished", f"finished{at}", text, text)
    word = f"finished{at}, {words.thousands(view.done)}/{words.thousands(view.total)}"
    # The sign of success is for a run that has something to show.
    return Told("finished" if view.done else "stopped", word, f"{gaps}{_held(view)}", gaps, hints=hints)


def _trial(view: View, at: str, gaps: str) -> Told:
    """A run that was limited to some beats: the rest was no part of it, and is not begun."""
    drawn = f"Trial finished: {words.thousands(view.done)} of {words.thousands(view.total)} drawn"
    short = f"{drawn}{f', {gaps}' if gaps else ''}."
    hints = ((Hint("next", "shows them"),) if gaps else ()) + (Hint("start", "draws the rest"),)
    return Told("finished", f"finished{at}", f"{short} The rest: {left(view)}.", short, hints=hints)


def _gaps(view: View) -> tuple[str, tuple[Hint, ...]]:
    """`3 refused for their content, 1 in doubt`, and the key that shows them."""
    kinds = (("#", "refused for their content"), ("x", "failed"), ("?", "in doubt"))
    found = [(sum(style.counts.get(plain, 0) for style in view.styles), text) for plain, text in kinds]
    each = (f"{number} {text if number > 1 else text.replace('their', 'its')}" for number, text in found if number)
    told = ", ".join(each)
    return told, ((SHOWS_THEM,) if told else ())


def _held(view: View) -> str:
    """`, 3 wait for it`, behind what is said of doubts, where nothing else is left to draw."""
    waiting, doubts = (sum(style.counts.get(plain, 0) for style in view.styles) for plain in "-?")
    if not doubts or not waiting or waiting < view.to_do:
        return ""
    wait, it = "waits" if waiting == 1 else "wait", "it" if doubts == 1 else "these"
    return f", {words.thousands(waiting)} {wait} for {it}"


_WAITS = {
    "day_quota": ("The day quota of every key is spent. It goes on by itself.",) * 2,
    "spend_rate": (
        "The account's ten-minute spend window is full. It goes on by itself within minutes.",
        "The ten-minute spend window is full. It goes on by itself.",
    ),
    "spend_cap": (
        "The month's spending cap is reached. Raise it in AI Studio, or wait for the 1st.",
        "The month's cap is spent: raise it in AI Studio.",
    ),
}
"""What is waited for and what helps, long and short, by the trouble's code."""
_STOPS = {
    "no_quota": "The cloud projects of these keys may draw 0 images.",
    "prepay_depleted": "The account's prepaid balance is empty.",
}
_CURES = {
    "spend_rate": "It goes on by itself within minutes.",
    "spend_cap": "Raise the cap in AI Studio, or wait for the 1st.",
    "prepay_depleted": "Add credit in AI Studio.",
}
_BY_A_KEY = {
    "day_quota": Hint("keys", "", " A key of another project would go on now: ", wide=True),
    "no_quota": Hint("keys", "", " Link billing in AI Studio, or use a key of another project: ", wide=True),
}
_DISK = {
    "not_writable": "The folder can't be written: permission denied.",
    "read_only": "The disk is read-only.",
    "place_gone": "The folder is not there any more.",
    "other_folder": "Another folder is at its place.",
    "too_many_files": "Too many files are open.",
    "unsafe_place": "Something stands where a plain folder belongs.",
    "ledger_disk": "The daemon's database can't be written.",
}


def _short(code: str, reason: str) -> str:
    """Why a style waits; what is the provider's own may be long."""
    known = {"no_quota": "its project may draw 0 images", "prepay_depleted": "its prepaid balance is empty"}
    return known.get(code, reason)


def _cure(code: str, said: str) -> str:
    """By the code of the trouble, never by what its reason says."""
    return _CURES.get(code) or sentence(said) or "It goes on by itself."


def _all_there(view: View) -> str:
    return f"All {words.thousands(view.total)} images are there." if view.total > 1 else "Its one image is there."
