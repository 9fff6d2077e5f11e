"""One fault that keeps several checks from being made is told once, by the check whose own matter it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shotmill.doctor.check import Check, Test, Verdict

_OWNERS = {
    "settings": "shotmill.toml is",
    "keys.file": "the keys file is",
    "keys": "the keys are",
    "prompts": "the prompts are",
}
"""Tests by their id, whose faults others meet as well; of two that meet one fault the first here tells it."""


def folded(tests: Sequence[Test], found: Mapping[str, list[Check]]) -> list[Check]:
    """All checks in the order of their tests. Those that ended with the fault of another become one line, worth a
    look: what they would have found is not known.
    """
    kept = {test.id: list(found.get(test.id, ())) for test in tests}
    after: list[Check] = []
    for owner, what in _OWNERS.items():
        fault = _whole_result(owner, kept.get(owner))
        if fault is None:
            continue
        met = [test for test in tests if test.id != owner and _is_same(_whole_result(test.id, kept[test.id]), fault)]
        if not met:
            continue
        for test in met:
            kept[test.id] = []
        said = f"{', '.join(test.title for test in met)}: can't look before {what} in order"
        cure = "Mend that first, then: shotmill doctor"
        after.append(Check(f"after.{owner}", "Not looked at", Verdict.LOOK, said, cure, page=fault.page))
    return [check for test in tests for check in kept[test.id]] + after


def _whole_result(test: str, checks: Sequence[Check] | None) -> Check | None:
    """What a test found, where it is nothing but one fault under the test's own name: as an error of it becomes."""
    if checks is None or len(checks) != 1 or checks[0].id != test or checks[0].verdict is not Verdict.BROKEN:
        return None
    return checks[0]


def _is_same(check: Check | None, fault: Check) -> bool:
    """A file that is open to others is told in other words by the check of its rights, with the same cure."""
    return check is not None and (check.fact == fault.fact or (check.cure == fault.cure and check.cure != ""))
