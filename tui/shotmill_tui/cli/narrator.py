"""Turns a daemon's news into the sentences of `shotmill watch`. No clock, no stream: both come with the calls."""

from __future__ import annotations

from typing import Any

from shotmill.client.link import (
    ChangeArrived,
    Connected,
    DaemonGone,
    LinkChanged,
    LinkState,
    OtherVersion,
    Reconnecting,
    SnapshotArrived,
    Stale,
    Update,
)
from shotmill_tui.cli import watch_words as words
from shotmill_tui.cli.place import ACTIVE

SUMMARY_EVERY_S = 60.0
FAR_S = 300.0
"""A wait till then is told anew when its end moves; a shorter one is a try among many."""
_DRAWN = frozenset("v=~*")
_TELL_FOR_YOU = ("key", "disk", "budget")


class Narrator:
    """Every method returns the lines that are to be written now."""

    def __init__(self) -> None:
        self.status: dict[str, Any] | None = None
        self.over = False
        self._link: type[LinkState] | None = None
        self._styles: dict[str, list[list[str]]] = {}
        self._drawn: dict[str, set[str]] = {}
        self._pid, self._line, self._at = 0, 0, 0.0
        self._told: dict[tuple[str, str], str] = {}
        self._told_for_you: set[tuple[str, str]] = set()
        self._summary_at = 0.0
        self._changed = False
        self._today = ""

    def hear(self, update: Update, now: float) -> list[str]:
        """One piece of news. `over` is set when its run has ended; the last line is among what is returned then."""
        if isinstance(update, LinkChanged):
            return self._stamped(self._of_link(update.state), now)
        said = self._snapshot(update.snapshot, now) if isinstance(update, SnapshotArrived) else self._news(update, now)
        if self.status is not None and self.status["run"]["state"] not in ACTIVE and not self.over:
            self.over = True
            said += self._stamped([words.ending(self.status, watched=self._summary_at > 0)], now)
        return said

    def tick(self, now: float) -> list[str]:
        """A summary, when a minute has passed and anything has happened."""
        if self.status is None or not self._changed or now - self._summary_at < SUMMARY_EVERY_S:
            return []
        self._summary_at, self._changed = now, False
        return self._stamped([words.summary(self.status, now)], now)

    def _snapshot(self, snapshot: dict[str, Any], now: float) -> list[str]:
        first = self.status is None
        self.status = snapshot["status"]
        self._styles = {style["name"]: [shot["beats"] for shot in style["shots"]] for style in snapshot["styles"]}
        missed = self._missed(snapshot) if not first else []
        said = self._of_log(missed, now)
        self._drawn = {style["name"]: _drawn(style) for style in snapshot["styles"]}
        lines = snapshot["log"]
        self._pid = snapshot["daemon"]["pid"]
        self._line, self._at = (lines[-1]["n"], lines[-1]["at"]) if lines else (0, self._at)
        if not first:
            return [*said, *self._of_status(now)]
        self._told_for_you = {_known(item) for item in self.status["for_you"]}
        if self.status["run"]["state"] not in ACTIVE:
            return []
        self._summary_at = now
        return [*self._stamped([words.opening(self.status, now)], now), *self._of_status(now)]

    def _missed(self, snapshot: dict[str, Any]) -> list[dict[str, Any]]:
        """Lines that came while nobody listened; another daemon counts its lines from one."""
        if snapshot["daemon"]["pid"] == self._pid:
            return [line for line in snapshot["log"] if line["n"] > self._line]
        return [line for line in snapshot["log"] if line["at"] > self._at]

    def _news(self, update: ChangeArrived, now: float) -> list[str]:
        change = update.change
        if "status" in change:
            self.status = change["status"]
        lines = change.get("log", ())
        said = self._of_log(lines, now)
        if lines:
            self._line, self._at = lines[-1]["n"], lines[-1]["at"]
        for style, shot, beat, mark in change.get("beats", ()):
            self._mark(style, shot, beat, mark)
        self._changed = self._changed or bool(said) or "beats" in change
        return [*said, *(self._of_status(now) if "status" in change else ())]

    def _mark(self, style: str, shot: int, beat: int, mark: str) -> None:
        drawn, name = self._drawn.setdefault(style, set()), self._styles[style][shot][beat]
        (drawn.add if mark in _DRAWN else drawn.discard)(name)

    def _of_log(self, lines: Any, now: float) -> list[str]:
        said = []
        for line in lines:
            style, beat = str(line.get("style")), str(line.get("beat"))
            if line.get("event") in ("done", "exists"):
                self._drawn.setdefault(style, set()).add(beat)
                for who in ("", style):  # what was waited for has come
                    self._told.pop((who, "waits"), None)
            total = sum(len(beats) for beats in self._styles.get(style, ()))
            text = words.log_line(line, len(self._drawn.get(style, ())), total)
            if text:
                said.append(f"{words.stamp(line.get('at') or now, now)} {text}")
        return [*self._new_day(now), *said] if said else []

    def _of_status(self, now: float) -> list[str]:
        """Waits, pauses and what is for the user, each said once."""
        assert self.status is not None  # noqa: S101 - the callers have just set it
        run, title = self.status["run"], words.title(self.status)
        said = []
        if run["state"] == "waiting":
            said += self._wait("", title, run, now)
        if run["state"] == "stopping" and self._is_new("", "stopping", ""):
            said.append(f"{title} is stopping after the images in flight.")
        if run["state"] == "running" and self._told.pop(("", "stopping"), None) is not None:
            said.append(f"{title} goes on.")
        for name, style in self.status["styles"].items():
            said += self._of_style(name, style, run, now)
        for item in self.status["for_you"]:
            if item["kind"] in _TELL_FOR_YOU and _known(item) not in self._told_for_you:
                said.append(words.for_you(item))
        self._told_for_you = {_known(item) for item in self.status["for_you"]}
        return self._stamped(said, now)

    def _of_style(self, name: str, style: dict[str, Any], run: dict[str, Any], now: float) -> list[str]:
        if style["state"] != "paused":
            self._told.pop((name, "paused"), None)
        elif self._is_new(name, "paused", str(style["reason"])):
            return [words.pauses(name, style["reason"])]
        if style["state"] == "waiting" and run["state"] == "running":
            return self._wait(name, words.plain(name, 60), style, now)
        return []

    def _wait(self, key: str, who: str, state: dict[str, Any], now: float) -> list[str]:
        until = words.seconds_of(state.get("waiting_until"))
        far = f"{until // 60:.0f}" if until is not None and until - now > FAR_S else ""
        return [words.waits(who, state, now)] if self._is_new(key, "waits", f"{far} {state['reason']}") else []

    def _is_new(self, who: str, kind: str, what: str) -> bool:
        new = self._told.get((who, kind)) != what
        self._told[who, kind] = what
        return new

    def _of_link(self, state: LinkState) -> list[str]:
        """Tries to reach a daemon are many; each kind of trouble is said once."""
        before, self._link = self._link, type(state)
        if before is self._link:
            return []
        if isinstance(state, Stale):
            return ["No news from the daemon, still listening. The run does not need this watch."]
        if isinstance(state, Reconnecting):
            return ["The line to the daemon broke, trying again. The run does not need this watch."]
        if isinstance(state, DaemonGone):
            return ["The daemon is gone. Nothing is being drawn. What was drawn is safe. Still listening."]
        if isinstance(state, OtherVersion):
            return [f"The daemon is of version {words.plain(state.daemon, 40)}, this is {state.client}."]
        if isinstance(state, Connected) and before in (Stale, Reconnecting, DaemonGone):
            return ["The daemon answers again."]
        return []

    def _stamped(self, said: list[str], now: float) -> list[str]:
        return [*self._new_day(now), *(f"{words.stamp(now, now)} {text}" for text in said)] if said else []

    def _new_day(self, now: float) -> list[str]:
        """A line that names the day, when it is another than that of the lines before."""
        today = words.day(now)
        before, self._today = self._today, today
        return [today] if before not in ("", today) else []


def _drawn(style: dict[str, Any]) -> set[str]:
    return {
        beat
        for shot in style["shots"]
        for beat, mark in zip(shot["beats"], shot["states"], strict=False)
        if mark in _DRAWN
    }


def _known(item: dict[str, Any]) -> tuple[str, str]:
    return str(item.get("kind")), str(item.get("what"))
