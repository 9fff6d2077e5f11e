"""What is worth a bell, once for each: finished, all waiting, the first thing for you."""

from __future__ import annotations

from shotmill_tui.model.view import View


class Bell:
    """Remembers what the last picture said. The first picture rings for nothing: it is no news."""

    def __init__(self) -> None:
        self._known: tuple[bool, bool, bool] | None = None

    def news(self, view: View) -> list[str]:
        """What came to be since the last picture, each in one sentence."""
        now = (view.run.state == "finished", view.run.state == "waiting", bool(view.for_you))
        before, self._known = self._known, now
        if before is None:
            return []
        told = (
            f"{view.title} finished: {view.done} of {view.total}",
            f"{view.title} waits: {view.run.reason or 'it goes on by itself'}",
            f"{view.title} needs you: {view.for_you[0].what if view.for_you else ''}",
        )
        return [text for text, new, old in zip(told, now, before, strict=True) if new and not old]
