"""The bell rings once for each of: finished, all waiting, the first thing for you."""

from __future__ import annotations

from shotmill_tui.model.view import View


class Bell:
    """Remembers what the last picture said. The first picture rings for nothing: it is no news."""

    def __init__(self) -> None:
        self._known: tuple[bool, bool, bool] | None = None

    def rings(self, view: View) -> bool:
        now = (view.run.state == "finished", view.run.state == "waiting", bool(view.for_you))
        before, self._known = self._known, now
        return before is not None and any(new and not old for new, old in zip(now, before, strict=True))
