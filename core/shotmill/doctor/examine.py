"""All checks, side by side, each with a time limit of its own: one that hangs costs the others nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from queue import Empty, SimpleQueue

from shotmill.doctor.check import Check, Surroundings, Test, Verdict
from shotmill.errors import ShotmillError
from shotmill.secrets import redact
from shotmill.untrusted import printable

_Found = tuple[int, list[Check]]
_ORDER = {Verdict.BROKEN: 0, Verdict.LOOK: 1, Verdict.FINE: 2}


def all_tests() -> tuple[Test, ...]:
    """Every check there is, in the order in which they are shown."""
    from shotmill.doctor import daemon, disk, machine, project, settings, terminal

    return (*machine.TESTS, *terminal.TESTS, *daemon.TESTS, *settings.TESTS, *project.TESTS, *disk.TESTS)


def examine(around: Surroundings, tests: Sequence[Test] | None = None) -> list[Check]:
    """Make the checks and answer with what they found; blocks as long as the slowest may take."""
    chosen = [test for test in all_tests() if around.root or not test.needs_project] if tests is None else list(tests)
    found: SimpleQueue[_Found] = SimpleQueue()
    for number, test in enumerate(chosen):
        # A daemon thread: one that hangs on a dead file system must not keep the process.
        threading.Thread(target=_one, args=(number, test, around, found), name=f"check {test.id}", daemon=True).start()
    results = _collect(chosen, found)
    return distinct(check for number in range(len(chosen)) for check in results[number])


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


def _collect(tests: Sequence[Test], found: SimpleQueue[_Found]) -> dict[int, list[Check]]:
    results: dict[int, list[Check]] = {}
    started = time.monotonic()
    while len(results) < len(tests):
        open_ones = [(started + test.seconds, number) for number, test in enumerate(tests) if number not in results]
        deadline, number = min(open_ones)
        try:
            done, checks = found.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            done, checks = number, [_late(tests[number])]
        results.setdefault(done, checks)
    return results


def _one(number: int, test: Test, around: Surroundings, found: SimpleQueue[_Found]) -> None:
    try:
        checks = test.run(around)
    except ShotmillError as fault:
        checks = [Check(test.id, test.title, Verdict.BROKEN, _safe(fault.message), _safe(fault.cure))]
    except Exception as fault:
        why = f"could not be checked: {type(fault).__name__}: {fault}"
        checks = [Check(test.id, test.title, Verdict.LOOK, _safe(why), "shotmill doctor --verbose")]
    found.put((number, checks))


def _late(test: Test) -> Check:
    why = f"no result after {test.seconds:.0f} s; a disk or a service hangs"
    return Check(test.id, test.title, Verdict.LOOK, why, "Run shotmill doctor again")


def _safe(text: str) -> str:
    return printable(redact(text), 1000)
