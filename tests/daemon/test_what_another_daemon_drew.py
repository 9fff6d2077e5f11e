"""A journal that another daemon added to is read again, whoever looked into it meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, workshop_in
from shotmill.story.problems import StoryError
from shotmill.takes.entries import Fresh
from shotmill.takes.journal import Journal


async def test_a_look_at_a_beat_does_not_hide_it(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=["1.1"])
    async with workshop_in(tmp_path / "state", Answering(picture((10, 20, 30)))) as workshop:
        project = await opened(workshop, film)
        theirs = Fresh(1.8e9, "ink", "1.1")
        Journal(project.layout).append(theirs, durable=True)
        workshop.beat(project, "ink", "1.1")
        await project.reload()
        assert project.record.beat("ink", "1.1") is not None


async def test_prompts_that_are_broken_at_that_moment_do_not_hide_it(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=["1.1"])
    async with workshop_in(tmp_path / "state", Answering(picture((10, 20, 30)))) as workshop:
        project = await opened(workshop, film)
        Journal(project.layout).append(Fresh(1.8e9, "ink", "1.1"), durable=True)
        prompts = next((project.root / "prompts").iterdir())
        whole = prompts.read_bytes()
        prompts.write_text("[")
        with pytest.raises(StoryError):
            await project.reload()
        prompts.write_bytes(whole)
        await project.reload()
        assert project.record.beat("ink", "1.1") is not None
