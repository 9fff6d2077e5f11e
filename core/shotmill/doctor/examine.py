"""All checks, side by side, each with a time limit of its own: one that hangs costs the others nothing."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

from shotmill.doctor.check import Check, Surroundings, Test, Verdict
from shotmill.doctor.folding import folded
from shotmill.errors import ShotmillError
from shotmill.project_folder import is_project
from shotmill.secrets import redact
from shotmill.untrusted import printable

_Found = tuple[int, list[Check]]
_ORDER = {Verdict.BROKEN: 0, Verdict.LOOK: 1, Verdict.FINE: 2}


def all_tests() -> tuple[Test, ...]:
    """Every check there is, in the order in which they are shown."""
    from shotmill.doctor import (
        daemon,
        disk,
        files,
        images,
        machine,
        online,
        permissions,
        project,
        record,
        settings,
        terminal,
    )

    return (
        *(*machine.TESTS, *online.TESTS, *terminal.TESTS, *permissions.TESTS, *daemon.TESTS, *settings.TESTS),
        *(*project.TESTS, *files.TESTS, *record.TESTS, *images.TESTS, *disk.TESTS),
    )


def fitting(around: Surroundings) -> list[Test]:
    """The checks that can be made here: those of a project need one, those of the provider need leave to ask it."""
    return [
        test
        for test in all_tests()
        if (around.root or not test.needs_project) and (around.online or not test.needs_network)
    ]


def examining(around: Surroundings, tests: Sequence[Test] | None = None) -> Iterator[tuple[Test, list[Check]]]:
    """Each test with what it found, as they finish; blocks between them, never longer than the slowest may take."""
    chosen = fitting(around) if tests is None else list(tests)
    for number, checks in _finishing(chosen, around):
        yield chosen[number], checks


def examine(around: Surroundings, tests: Sequence[Test] | None = None) -> list[Check]:
    """Make the checks and answer with what they found; blocks as long as the slowest may take."""
    chosen = fitting(around) if tests is None else list(tests)
    return in_order(chosen, {chosen[number].id: checks for number, checks in _finishing(chosen, around)})


def in_order(tests: Sequence[Test], found: dict[str, list[Check]]) -> list[Check]:
    """What `examining` brought so far (checks by the test's id), in the order in which it is shown."""
    return distinct(folded(tests, found))


def distinct(checks: Iterable[Check]) -> list[Check]:
    """One check an id: what the daemon found beside what was found from outside, the worse of the two."""
    kept: dict[str, Check] = {}
    for check in checks:
        before = kept.get(check.id)
        if before is None or _ORDER[check.verdict] < _ORDER[before.verdict]:
            kept[check.id] = check
    return list(kept.values())


def worst_first(checks: Sequence[Check]) -> list[Check]:
    """Broken first, then what is worth a look, then the rest; otherwise in the order given."""
    return sorted(checks, key=lambda check: _ORDER[check.verdict])


def _finishing(tests: Sequence[Test], around: Surroundings) -> Iterator[_Found]:
    found: SimpleQueue[_Found] = SimpleQueue()
    for number, test in enumerate(tests):
        # A daemon thread: one that hangs on a dead file system must not keep the process.
        threading.Thread(target=_one, args=(number, test, around, found), name=f"check {test.id}", daemon=True).start()
    started = time.monotonic()
    open_ones = {number: started + test.seconds for number, test in enumerate(tests)}
    while open_ones:
        number = min(open_ones, key=lambda one: open_ones[one])
        try:
            number, checks = found.get(timeout=max(0.0, open_ones[number] - time.monotonic()))
        except Empty:
            checks = [_late(tests[number])]
        if open_ones.pop(number, None) is not None:
            yield number, checks


def _one(number: int, test: Test, around: Surroundings, found: SimpleQueue[_Found]) -> None:
    try:
        checks = [] if test.needs_project and _is_away(around) else test.run(around)
    except ShotmillError as fault:
        checks = [Check(test.id, test.title, Verdict.BROKEN, _safe(fault.message), _safe(fault.cure))]
    except Exception as fault:
        why = f"could not be checked: {type(fault).__name__}: {fault}"
        where = "\n".join(_safe(line) for line in "".join(traceback.format_exception(fault)).splitlines())
        checks = [Check(test.id, test.title, Verdict.LOOK, _safe(why), "shotmill doctor --verbose", where)]
    found.put((number, [check if check.page else replace(check, page=test.page) for check in checks]))


def _is_away(around: Surroundings) -> bool:
    """Whether nothing can be said of its files: the check of the project says so, once."""
    return around.root is not None and not is_project(around.root)


def _late(test: Test) -> Check:
    why = f"no result after {test.seconds:.0f} s; a disk or a service hangs"
    return Check(test.id, test.title, Verdict.LOOK, why, "shotmill doctor   once more, when it answers", page=test.page)


def _safe(text: str) -> str:
    return printable(redact(text), 1000)
