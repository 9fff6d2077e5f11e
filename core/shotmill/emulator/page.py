"""A small page of what the emulator saw, for a person with a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from shotmill.emulator.seen import Sighting

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #8884; white-space: nowrap; }
.scroll { overflow-x: auto; }
"""


def page(seen: Mapping[str, Any], last: Iterable[Sighting]) -> str:
    """The whole page as HTML; everything that came from outside is escaped."""
    rows = [
        (one.at, one.style, one.beat, one.key, one.status or "no answer", one.code, "yes" if one.billed else "",
         f"{one.latency_s:.1f}", len(one.references) or "")
        for one in last
    ]  # fmt: skip
    windows = [tuple(window.values()) for window in seen["windows"]]
    return "".join(
        (
            "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5>"
            "<meta name=viewport content='width=device-width'>"
            f"<title>Shotmill emulator</title><style>{_STYLE}</style><h1>Shotmill emulator</h1>",
            f"<p>{seen['requests']} requests, {seen['billed_images']} pictures billed, "
            f"${seen['billed_usd']:.2f} that nobody pays.</p>",
            _table("Answers that were no picture", ("code", "count"), sorted(seen["refusals"].items())),
            _counts("Keys", seen["by_key"]),
            _table(
                "Fullest minute",
                ("quota project", "model", "arrived in 60 s", "accepted in 60 s", "today", "rpm", "rpd"),
                windows,
            ),
            _table(
                "Newest requests",
                ("at", "style", "beat", "key", "status", "code", "billed", "seconds", "references"),
                rows,
            ),
            "</html>",
        )
    )


def _counts(title: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    names = ("requests", "billed_images", "refused")
    rows = [(who, *(counted.get(name, 0) for name in names)) for who, counted in counts.items()]
    return _table(title, ("key", "requests", "billed", "refused"), rows)


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th scope=col>{escape(name)}" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in row) for row in rows)
    if not body:
        return ""
    return f"<h2>{escape(title)}</h2><div class=scroll><table><tr>{head}{body}</table></div>"
