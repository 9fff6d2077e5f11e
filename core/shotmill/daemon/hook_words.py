"""What a hook is told in one sentence, and when a wait is long enough to speak of. Pure."""

from __future__ import annotations

from shotmill.engine.beat import BeatState
from shotmill.moment import back_at
from shotmill.secrets import redact
from shotmill.untrusted import printable

LONG_WAIT_S = 60.0
"""A wait that is shorter is no news."""
LONGEST_SENTENCE = 300

_ENDED_AS = {
    BeatState.FAILED: "failed",
    BeatState.BLOCKED: "was refused for its content",
    BeatState.IN_DOUBT: "is in doubt",
}


def finished(title: str, drawn: int, total: int, gaps: int) -> str:
    """`Night train is finished: 177 of 180 images, 3 are for you to look at.`"""
    left = f", {gaps} {'is' if gaps == 1 else 'are'} for you to look at" if gaps else ""
    return sentence(f"{title} is finished: {drawn:,} of {total:,} images{left}")


def waiting(title: str, reason: str, until: float | None, now: float) -> str:
    """`Night train waits until Tue 09:00: the day quota is spent.`"""
    when = f" until {back_at(until, now)}" if until is not None else ""
    return sentence(f"{title} waits{when}{': ' + reason if reason else ''}")


def beat_failed(title: str, style: str, beat: str, state: BeatState, reason: str) -> str:
    """`Night train: illustration beat 2.4 was refused for its content: …`"""
    said = f"{title}: {style} beat {beat} {_ENDED_AS.get(state, state.value)}"
    return sentence(f"{said}: {reason}" if reason else said)


def stopped(title: str, reason: str, drawn: int, total: int) -> str:
    """`Night train stopped at 93 of 180 images: the budget is reached.`"""
    why = "the budget is reached" if reason == "budget" else reason
    return sentence(f"{title} stopped at {drawn:,} of {total:,} images{': ' + why if why else ''}")


def sentence(text: str) -> str:
    """One line with a full stop, printable, without any key, of a bounded length."""
    said = plain(text)
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def plain(text: str) -> str:
    """One printable line without any key."""
    return printable(redact(text), LONGEST_SENTENCE).strip()


class WaitWatch:
    """Tells each long wait of a run once.

    A run that waits for the network tries now and then and counts as running while it does; so a wait is over only
    when an image was drawn since it began, not when the state turns.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._told = False

    def drew(self) -> None:
        """An image came: whatever was waited for is over."""
        self._since = None

    def waits(self, until: float | None, now: float) -> float | None:
        """The run waits now; when to tell of it if it still does then, None when it was told of."""
        if self._since is None:
            self._since, self._told = now, False
        if self._told:
            return None
        if until is not None and until - self._since >= LONG_WAIT_S:
            return now
        return max(now, self._since + LONG_WAIT_S)

    def told(self) -> None:
        self._told = True
