"""A run as a few lines: a thin bar a style, and one line for all of it. Pure but for the samples it keeps."""

from __future__ import annotations

from collections import deque

from shotmill.moment import back_at
from shotmill.untrusted import printable
from shotmill_tui.cli.status_words import for_you, reason
from shotmill_tui.cli.table import clipped, width
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import about, clock, moment, money_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 3
"""Things that only the user can mend, below the bars; `status` has them all."""
WINDOW = 60.0
"""Seconds over which a rate is measured: one minute, as quotas are."""


class Rate:
    """Images a minute of one style, over the last minute."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> None:
        if not self._samples or self._samples[-1][1] != done:
            self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()

    def a_minute(self, now: float) -> float | None:
        """None until ten seconds of watching say something."""
        if not self._samples or now - self._samples[0][0] < 10:
            return None
        first, before = self._samples[0]
        return 60 * (self._samples[-1][1] - before) / (now - first)


class Progress:
    """The last status that was heard, as lines of a given width."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._status: dict[str, Any] | None = None
        self._rates: dict[str, Rate] = {}
        self._heard = 0.0
        self._told: set[str] = set()

    def hear(self, status: dict[str, Any], now: float) -> None:
        self._status, self._heard = status, now
        for name, counts in status["styles"].items():
            self._rates.setdefault(name, Rate()).add(now, counts["done"])

    def lines(self, now: float, columns: int, trouble: str = "", *, why: bool = True) -> list[str]:
        """One line a style and one below them, then `why` it waits and what is for the user; all fit into `columns`."""
        if self._status is None:
            return [clipped(f" {trouble or 'waiting for the daemon'}", columns)]
        styles = self._status["styles"]
        label = min(24, max((width(printable(name)) for name in styles), default=0))
        figures = max((len(f"{counts['done']:,}/{counts['total']:,}") for counts in styles.values()), default=0)
        lines = [self._style(name, styles[name], label, figures, now, columns) for name in styles]
        lines.append(clipped(" " + self._total(now, trouble), columns))
        if not why:
            return lines
        mend = for_you(self._status["for_you"], self._terminal, MOST)[1:]
        return [*lines, *(clipped(line, columns) for line in (*_why(self._status["run"], now), *mend))]

    def news(self, now: float) -> list[str]:
        """For files: why the run waits, and what only the user can mend, each as it comes up, with its cure."""
        if self._status is None:
            return []
        run, entries = self._status["run"], self._status["for_you"]
        # A disk is what is waited for and what a person mends: whichever is known first is said, and once.
        disks = [for_you([one], self._terminal)[1:] for one in entries if one["kind"] == "disk"]
        found = {"disk": disks[0]} if disks else {}
        if why := _why(run, now):
            found["disk" if disks else f"{run['state']} {run.get('code')}"] = why
        for one in entries:
            if one["kind"] != "disk":
                mend = for_you([one], self._terminal)[1:]
                found[mend[0]] = mend
        fresh = [found[name] for name in found if name not in self._told]
        self._told = set(found)
        return [line for first, *more in fresh for line in (f"{clock(now)}{first}", *more)]

    def plain(self, now: float) -> str:
        """The same as one line for files: `12:05:00 93 of 180 done, ends about 12:09, $3.12 of $10.00, 3 for you`."""
        if self._status is None:
            return f"{clock(now)} waiting for the daemon"
        run, styles = self._status["run"], self._status["styles"]
        done, total = (sum(counts[name] for counts in styles.values()) for name in ("done", "total"))
        parts = [f"{done:,} of {total:,} done"]
        if run["state"] != "running":
            parts.append(_state(run, now))
        if run.get("eta_s") is not None:
            parts.append(f"ends about {moment(self._heard + run['eta_s'], now)}")
        parts.append(money_of(run))
        if self._status["for_you"]:
            parts.append(f"{len(self._status['for_you'])} for you")
        return f"{clock(now)} {', '.join(parts)}"

    def _style(self, name: str, counts: dict[str, Any], label: int, figures: int, now: float, columns: int) -> str:
        shown = clipped(printable(name), label)
        count = f"{counts['done']:,}/{counts['total']:,}".rjust(figures)
        head = f" {shown}{' ' * (label - width(shown))} "
        bar = max(8, min(40, columns - len(head) - figures - 36))
        line = f"{head}{self._bar(counts, bar)} {count}  {self._tail(name, counts, now)}"
        return clipped(line, columns)

    def _bar(self, counts: dict[str, Any], cells: int) -> str:
        share = counts["done"] / counts["total"] if counts["total"] else 0.0
        full = int(share * cells)
        if self._terminal.plain_marks:
            return "#" * full + "-" * (cells - full)
        half = "╸" if full < cells and share * cells - full >= 0.5 else ""
        done = self._terminal.paint("━" * full + half, "green", self._terminal.err)
        return done + self._terminal.paint("─" * (cells - full - len(half)), "dim", self._terminal.err)

    def _tail(self, name: str, counts: dict[str, Any], now: float) -> str:
        parts = []
        rate = self._rates[name].a_minute(now)
        if rate and counts["done"] < counts["total"]:
            parts.append(f"{rate:.0f} a minute")
        if counts["in_flight"]:
            parts.append(f"{counts['in_flight']} drawing")
        if counts["state"] in ("waiting", "paused"):
            parts.append(counts["state"] + (f": {printable(counts['reason'], 60)}" if counts.get("reason") else ""))
        for word, colour in (("failed", "red"), ("blocked", "magenta"), ("in_doubt", "orange")):
            if counts[word]:
                parts.append(
                    f"{counts[word]} {self._terminal.paint(word.replace('_', ' '), colour, self._terminal.err)}"
                )
        return "  ".join(parts)

    def _total(self, now: float, trouble: str) -> str:
        assert self._status is not None  # noqa: S101 - `lines` asked
        run, styles = self._status["run"], self._status["styles"]
        done, total = (sum(counts[name] for counts in styles.values()) for name in ("done", "total"))
        parts = [f"{done:,}/{total:,} images"]
        if run["state"] != "running":
            parts.append(_state(run, now))
        rates = [rate for rate in (each.a_minute(now) for each in self._rates.values()) if rate]
        if rates:
            parts.append(f"{sum(rates):.0f} a minute")
        if run.get("eta_s") is not None:
            left = self._heard + run["eta_s"] - now
            parts.append(f"about {about(left)} left" if left > 0 else "about to end")
        parts.append(money_of(run))
        if self._status["for_you"]:
            parts.append(f"{len(self._status['for_you'])} for you")
        return "   ".join([*parts, trouble] if trouble else parts)


def _why(run: dict[str, Any], now: float) -> list[str]:
    """What a run waits for, and what would help; nothing while it goes on."""
    if run["state"] != "waiting":
        return []
    cure = printable(str(run.get("cure") or ""), 300)
    return [f"  {_state(run, now)}: {reason(run)}", *([f"    → {cure}"] if cure else [])]


def _state(run: dict[str, Any], now: float) -> str:
    until = run.get("waiting_until")
    if run["state"] == "waiting" and until:
        from shotmill_tui.cli.words import from_iso

        return f"waiting until {back_at(from_iso(until) if isinstance(until, str) else float(until), now)}"
    return str(run["state"])
