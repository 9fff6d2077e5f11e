"""Checks that only the daemon can make: what it holds in memory of keys, quotas, runs and their pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shotmill.doctor.check import Check, Verdict
from shotmill.doctor.runs import judged_run
from shotmill.doctor.slow import judged_pace
from shotmill.engine.clock_watch import CURE_OF_DAEMON
from shotmill.engine.key_words import short_of
from shotmill.engine.status import View
from shotmill.engine.waiting import BY_ITSELF, Waiting
from shotmill.gemini.provider_clock import said_of
from shotmill.moment import back_at
from shotmill.settings.names import ENVIRONMENT_KEY
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from shotmill.daemon.life import Life
    from shotmill.daemon.workshop import Workshop
    from shotmill.engine.project import OpenProject
    from shotmill.ledger.of_keys import KeyTest

SLOW_LOOP_MS = 150.0


def daemon_checks(workshop: Workshop, life: Life, project: OpenProject | None) -> list[dict[str, Any]]:
    """Checks as docs/api.md has them."""
    checks = [_loop(life)]
    if project is not None:
        view = workshop.view(project)
        checks += _keys(workshop, project, view)
        checks += _quotas(workshop, project)
        checks += judged_run(view.status(), workshop.clock.now())
        checks += _pace(workshop, project, view)
        if project.disk.trouble is not None:
            checks.append(judged_refusal(project.disk.trouble))
        checks += judged_clock(project.clock_watch.off_s)
    return [check.to_json() for check in checks]


def judged_refusal(trouble: Waiting) -> Check:
    """What keeps images from being put away. A decoder is no disk: the check of the disk may be fine beside it."""
    said = printable(trouble.reason, 300)
    cure = f"{printable(trouble.cure, 300).rstrip('. ')}. A run goes on by itself."
    name = ("decoder", "Decoder") if trouble.code == "decoder" else ("disk", "Disk")
    return Check(*name, Verdict.BROKEN, said, cure, page="progress")


def judged_clock(off_s: float) -> list[Check]:
    """The clock as the answers of a run told of it, in seconds ahead; under the id of the check that asks for it."""
    if not off_s:
        return []
    said = f"when the last answer came, it was {said_of(off_s)}"
    return [Check("clock.skew", "Clock", Verdict.BROKEN, said, CURE_OF_DAEMON, page="stuck")]


def _loop(life: Life) -> Check:
    lag = life.describe()["loop_lag_ms"]["max"]
    said = f"answers within {lag:.0f} ms"
    if lag > SLOW_LOOP_MS:
        cure = "The machine is busy; fewer images at once: in_flight under [limits] in shotmill.toml"
        return Check("loop", "Event loop", Verdict.LOOK, said, cure, page="slow")
    return Check("loop", "Event loop", Verdict.FINE, said, page="slow")


def _keys(workshop: Workshop, project: OpenProject, view: View) -> list[Check]:
    """Known to the provider is not the same as may draw: that shows at the first image."""
    if workshop.book_of(project) is None:
        return []  # an endpoint that may not be sent keys has a check of its own
    endpoint = workshop.places.endpoint_name(project)
    tested = {
        key.name: workshop.key_tests.of(endpoint, key)
        for pool in workshop.places.keys_of(project).values()
        for key in pool
    }
    now = workshop.clock.now()
    return [judged_key(key, tested.get(str(key["name"])), now) for key in view.meters.key_list()]


def judged_key(key: dict[str, Any], tested: KeyTest | None, now: float) -> Check:
    """A key as `Meters.key_list` has it. Of what a clock mends the provider's words grow old: they count down."""
    name, state = str(key["name"]), str(key["state"])
    is_known = tested is not None and not tested.is_bad
    untested = "known to the provider; whether it draws" if is_known else "not tried yet: whether it draws"
    words = printable(str(key["reason"] or ""), 300)
    said = words or {
        "ready": "draws",
        "untested": f"{untested} shows at the first image",
    }.get(state, state.replace("_", " "))
    if key["until"] is not None:
        said = f"{short_of(str(key['code']))}, back {back_at(float(key['until']), now)}"
    verdict = {
        "invalid": Verdict.BROKEN,
        "no_quota": Verdict.BROKEN,
        "cooling": Verdict.LOOK,
        "exhausted": Verdict.LOOK,
    }
    cure = printable(str(key["cure"] or ""), 300)
    if state in ("exhausted", "cooling"):
        cure = cure or BY_ITSELF
    elif state in ("invalid", "no_quota") and name == ENVIRONMENT_KEY:
        cure = "unset the variable (GEMINI_API_KEY or GOOGLE_API_KEY), or put another key into it"
    elif state in ("invalid", "no_quota"):
        cure = cure or f"shotmill keys add {name} --replace"
        if "shotmill" not in cure:
            cure += f" Or: shotmill keys remove {name}"
    page = "stuck" if state in ("invalid", "no_quota", "untested", "ready") else "stops"
    more = words if words != said else ""
    return Check(f"key.{name}", f"Key {name}", verdict.get(state, Verdict.FINE), said, cure, more, page)


def _quotas(workshop: Workshop, project: OpenProject) -> list[Check]:
    """Refusals for the minute though our own count had room: keys that share a quota without saying so."""
    book = workshop.book_of(project)
    if book is None:
        return []
    model = project.settings.gemini.model
    checks = [_together(workshop, group) for group in book.behaving_like_one()]
    explained = book.explained_by_others()
    for (name, of_model), account in list(book.accounts.items()):
        if of_model == model and account.refused_with_room and name not in explained:
            said = f"{name}: {account.refused_with_room} refusals for the minute though our own count had room"
            cure = f"Others use this quota too: set a lower rpm for its keys in keys.toml (now {account.rpm})"
            checks.append(Check(f"quota.{name}", "Quota", Verdict.LOOK, said, cure, page="slow"))
    return checks


def _together(workshop: Workshop, group: tuple[str, ...]) -> Check:
    first, *others = group
    move = next((key.name for key in workshop.keys.ring.keys if key.quota_project in others), others[0])
    named = " and ".join(_key_names(workshop, name) for name in group)
    said = f"{named} behave like one cloud project: refused though our own count had room"
    cure = f"shotmill keys move {move} {first}"
    return Check(f"quota.{'.'.join(group)}", "Quota", Verdict.LOOK, said, cure, page="slow")


def _key_names(workshop: Workshop, quota_project: str) -> str:
    names = [key.name for key in workshop.keys.ring.keys if key.quota_project == quota_project]
    return f"{quota_project} ({', '.join(names)})" if names and names != [quota_project] else quota_project


def _pace(workshop: Workshop, project: OpenProject, view: View) -> list[Check]:
    run = workshop.runs.get(project.id)
    if workshop.book_of(project) is None:
        return []
    return [judged_pace(view.pace_now(), view.ahead(), going=run is not None and run.active)]
