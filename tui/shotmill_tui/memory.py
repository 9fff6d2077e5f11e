"""Coming back shows the same panel and cursor, and once what happened in the meantime."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

from shotmill_tui.drawing.loglines import Reading
from shotmill_tui.model import parse
from shotmill_tui.model.away import while_away
from shotmill_tui.model.hints import Keys
from shotmill_tui.model.lens import Lens
from shotmill_tui.model.logbook import LEVELS
from shotmill_tui.session import Session


class Memory:
    """A small file, by project. Losing it loses nothing but the place."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def restore(self, session: Session, now: float, zone: tzinfo | None, keys: Keys) -> str:
        """Puts focus and cursor back; a first visit begins at the first style that is not done. Answers with the
        sentence for one who was away ten minutes, else ""."""
        view = session.view
        if view is None:
            return ""
        kept = parse.obj(self._read(), view.project)
        lens = Lens(_level(parse.text(kept, "level", 10)), parse.text(kept, "words", 200))
        reading = Reading(lens, bool(kept.get("wrap")))
        session.desk = replace(session.desk, shown=parse.text(kept, "shown", 5), reading=reading)
        names = [style.name for style in view.styles]
        if (name := parse.text(kept, "style", 200)) in names:
            session.focus(names.index(name))
            session.go_to(name, parse.text(kept, "beat", 200))
        else:
            session.focus(next((index for index, one in enumerate(view.styles) if one.to_do or one.drawing), 0))
        return while_away(view, kept, session.log.all, now, zone, keys)

    def keep(self, session: Session, standing: dict[str, Any]) -> None:
        """`standing` is that of the last look at the picture, see `model/away.py`."""
        view = session.view
        if self._path is None or view is None:
            return
        known = self._read()
        beat = session.beat
        known[view.project] = {
            **standing,
            "shown": session.desk.shown,
            "style": session.style.name if session.style else "",
            "beat": beat[1] if beat else "",
            "level": session.desk.reading.lens.level,
            "words": session.desk.reading.lens.words,
            "wrap": session.desk.reading.wrap,
        }
        with suppress(OSError):  # a full or read-only disk must not keep anyone from leaving
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(known), "utf-8")
            fresh.replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self._path.read_text("utf-8")) if self._path else {}
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _level(kept: str) -> str:
    return kept if kept in LEVELS else ""
