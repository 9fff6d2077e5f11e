"""The limits of a quota project are those of the projects that have a key of it, not of all that are open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from ledger.ledgers import ledger
from quota.quota_world import MODEL, NOON, make_key
from shotmill.daemon.places import Places
from shotmill.engine.project import OpenProject
from shotmill.settings.keys import KeyRing
from shotmill.settings.project import Limits, ProjectSettings, StyleSettings

ANNA, BERT = make_key("anna", "p1"), make_key("bert", "p2")


def project(key: str, rpm: int) -> OpenProject:
    settings = ProjectSettings(
        "", styles={"ink": StyleSettings(keys=(key,))}, limits=Limits(rpm=rpm, rpd=500, rpm_written=True)
    )
    return cast(OpenProject, SimpleNamespace(id=key, settings=settings, styles=[SimpleNamespace(name="ink")]))


async def test_a_project_lowers_no_limit_of_a_quota_that_it_does_not_use(tmp_path: Path) -> None:
    small, large = project("anna", 3), project("bert", 60)
    ring = KeyRing((ANNA, BERT), env_by_default=False)
    with ledger(tmp_path) as (made, _):
        book = await asyncio.to_thread(lambda: Places(made, lambda: ring, lambda: [small, large]).book("google"))
        found = [
            (await asyncio.to_thread(book.account, key.quota_project, MODEL, [key], NOON)).rpm for key in (ANNA, BERT)
        ]
    assert found == [3, 60]
