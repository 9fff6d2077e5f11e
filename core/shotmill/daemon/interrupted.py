"""What has to be known of a run to go on with it after its daemon's end.

It is written down once, as the run begins. What the run has used since then of its money stands in the project's
journal, line by line before the request that uses it leaves; so it is read from there.
"""

from __future__ import annotations

import json
from typing import Any

from shotmill.engine.project import OpenProject
from shotmill.engine.run import Run
from shotmill.engine.selection import Options
from shotmill.takes.record import ProjectRecord


def noted(run: Run, project: OpenProject) -> str:
    """Its options, the very beats that it is for, and its money, as JSON."""
    options = run.options
    chosen = bool(options.shots or options.beats or options.limit or options.retry_failed or options.stale)
    styles = project.board.styles if chosen else ()
    wanted = [(beat.style, beat.id) for style in styles for beat in style.beats if beat.wanted]
    found = {
        "options": {**options.to_json(), "only": list(options.only) or wanted},
        "gone_usd": project.money.spent + project.money.in_doubt,
        "in_doubt_usd": run.scheduler.purse.doubt_left,
        "drawn_again_usd": project.record.drawn_again_usd,
    }
    return json.dumps(found)


def options_left(noted: str, record: ProjectRecord) -> Options | None:
    """The options for what is left; None where the run's own budget has nothing left.

    Beats that failed since then have had their attempts, and a limit has chosen its beats: both are in `only`. Each
    doubt that was settled by another drawing since then took what it may have cost out of the allowance.
    """
    found: dict[str, Any] = json.loads(noted)
    told = found["options"]
    budget = told["budget_usd"]
    if budget is not None:
        budget -= max(0.0, record.spent_usd + record.in_doubt_usd - float(found["gone_usd"]))
        if budget <= 0:
            return None
    drawn_again = max(0.0, record.drawn_again_usd - float(found.get("drawn_again_usd", record.drawn_again_usd)))
    only = tuple((str(style), str(beat)) for style, beat in told["only"])
    return Options(
        styles=tuple(told["styles"]),
        budget_usd=budget,
        stale=bool(told["stale"]),
        only=only,
        in_doubt_usd=max(0.0, float(found["in_doubt_usd"]) - drawn_again),
    )
