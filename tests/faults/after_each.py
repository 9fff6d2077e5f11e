"""The invariants after each test that has a home: imported into a conftest, this hook looks when the test is done.

It runs before any fixture is taken down, so that disks are mounted and providers there, and only after a test that
held: one that failed has said enough.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from daemon.home import Home
from faults.invariants import Canary, check, projects_under


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    given = getattr(item, "funcargs", {})
    mill, folder, canary = given.get("mill"), given.get("tmp_path"), given.get("canary")
    if isinstance(mill, Home):
        places = [mill.path, *([folder] if isinstance(folder, Path) else [])]
        check(mill, projects_under(*places), canary if isinstance(canary, Canary) else None)
    return result
