"""What is worth a bell, once for each: finished, all waiting, the first thing for you."""

from __future__ import annotations

from shotmill_tui.model.view import View


class Bell:
    """Remembers what has rung for the run. The first picture rings for nothing: it is no news. A wait rings again only
    after an image came, and things for you only after there were none and an image came: a line that comes and goes
    is no news each time."""

    def __init__(self) -> None:
        self._run: str | None = None
        self._rung: set[str] = set()
        self._done = 0
        self._first = True

    def news(self, view: View) -> list[str]:
        """What came to be since the last picture, each in one sentence."""
        now = _state(view)
        if self._first or view.run.id != self._run:
            kept = now if self._first else {name for name in now if name in self._rung and name == "for you"}
            self._first, self._run, self._rung, self._done = False, view.run.id, set(kept), view.done
        elif view.done > self._done:
            self._rung &= set(now) | {"finished"}
            self._done = view.done
        fresh = [name for name in now if name not in self._rung]
        self._rung.update(fresh)
        return [now[name] for name in fresh]


def _state(view: View) -> dict[str, str]:
    """What is so, with the sentence that tells of it."""
    found = {}
    if view.run.state == "finished":
        found["finished"] = f"{view.title} finished: {view.done} of {view.total}"
    if view.run.state == "waiting":
        found["waiting"] = f"{view.title} waits: {view.run.reason or 'it goes on by itself'}"
    if view.for_you:
        found["for you"] = f"{view.title} needs you: {view.for_you[0].what}"
    return found
