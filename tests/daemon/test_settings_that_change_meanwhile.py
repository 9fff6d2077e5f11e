"""A shotmill.toml that is changed while its project is drawn: the run goes on as it began, and the log says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, workshop_in
from shotmill.daemon.settings_watch import SettingsWatch, differing
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.settings.project import GeminiSettings, Limits, ProjectSettings, StyleSettings


async def test_a_change_is_told_once_with_when_it_holds(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))
    before = (film.root / "shotmill.toml").read_text()
    provider = Answering(picture((1, 2, 3)))
    provider.gate = asyncio.Event()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        watch = SettingsWatch(workshop)

        async def told() -> list[str]:
            lines = len(project.log.recent())
            await watch.look()
            return [str(line["text"]) for line in project.log.recent()[lines:] if line["event"] == "note"]

        assert await told() == []
        (film.root / "shotmill.toml").write_text(before.replace(":9", ":10010"))
        (said,) = await told()
        assert "gemini.base_url" in said and "next start" in said
        assert await told() == []
        (film.root / "shotmill.toml").write_text("[gemini]\nbase_ur = 1\n")
        assert "can't be used as it is now" in (await told())[0]
        (film.root / "shotmill.toml").write_text(before + "\n")
        assert "as it was" in (await told())[0]
        provider.gate.set()
        await over(workshop, project)
        (film.root / "shotmill.toml").write_text(before.replace(":9", ":11011"))
        assert await told() == []


def test_what_differs_is_named_as_in_the_file() -> None:
    before = ProjectSettings("film", styles={"ink": StyleSettings(keys=("anna",))})
    now = ProjectSettings("film", 3.0, GeminiSettings(base_url="emulator"), Limits(rpm=3), styles={})
    assert differing(before, now) == ["gemini.base_url", "limits.rpm", "project.budget_usd", "styles.ink.keys"]
    assert differing(before, before) == []
