"""A project that will be opened in a moment begins to be read before, once, and leaves nothing behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from daemon.film import Film, make_film, prompt_text
from shotmill import apart
from shotmill.engine.reading import Reader
from shotmill.settings.faults import SettingsError
from shotmill.story import load
from shotmill.story.model import Style
from shotmill.story.problems import StoryError

BEATS = ("1.1", "1.2")


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return make_film(tmp_path / "film", "http://127.0.0.1:9", beats=BEATS)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that is begun; each project is a great one."""
    monkeypatch.setattr(apart, "GREAT_BYTES", 1)
    monkeypatch.setattr(load, "GREAT_BYTES", 1)
    processes: list[subprocess.Popen[bytes]] = []
    begin = apart._begin

    def noted(module: str) -> subprocess.Popen[bytes] | None:
        process = begin(module)
        assert process is not None
        processes.append(process)
        return process

    monkeypatch.setattr(apart, "_begin", noted)
    return processes


def texts(styles: tuple[Style, ...]) -> list[str]:
    return [prompt.text for style in styles for prompt in style.prompts]


def test_the_next_reading_has_what_was_begun_and_the_one_after_reads_anew(
    film: Film, begun: list[subprocess.Popen[bytes]]
) -> None:
    image = film.image("ink", "1.1")
    image.parent.mkdir(parents=True)
    image.write_bytes(b"an image")
    reader = Reader(film.root)
    reader.begin()
    assert len(begun) == 2, "one for the prompts, one for the images"
    with reader.reading() as found:
        assert len(begun) == 2
        styles = found.styles()
        assert texts(styles) == [prompt_text("ink", beat) for beat in BEATS]
        assert list(found.listings(styles)["ink"]["Shot_1"] or ()) == [image.name]
    assert all(process.returncode is not None for process in begun)
    film.reword("ink", "1.2", "another text")
    with reader.reading() as found:
        assert texts(found.styles())[1] == "another text"
    assert len(begun) > 2


def test_what_was_changed_meanwhile_is_read_anew(film: Film, begun: list[subprocess.Popen[bytes]]) -> None:
    reader = Reader(film.root)
    reader.begin()
    film.reword("ink", "1.2", "another text")
    with reader.reading() as found:
        assert texts(found.styles())[1] == "another text"
    reader.begin()
    settings = film.root / "shotmill.toml"
    settings.write_text('[project]\ntitle = "Another"\n')
    with reader.reading() as found:
        assert found.settings.title == "Another"
    reader.begin()
    settings.write_text("[gemini\n")
    with pytest.raises(SettingsError), reader.reading():
        pass
    assert all(process.returncode is not None for process in begun)


def test_what_nobody_asks_for_ends_when_it_is_closed(film: Film, begun: list[subprocess.Popen[bytes]]) -> None:
    reader = Reader(film.root)
    reader.begin()
    assert all(process.returncode is None for process in begun)
    reader.close()
    assert all(process.returncode is not None for process in begun)
    reader.close()
    with reader.reading() as found:
        assert len(texts(found.styles())) == 2


def test_what_is_wrong_is_told_by_the_reading_itself(film: Film) -> None:
    reader = Reader(film.root)
    (film.root / "shotmill.toml").write_text("[gemini\n")
    reader.begin()
    with pytest.raises(Exception, match=r"shotmill\.toml"), reader.reading():
        pass
    (film.root / "shotmill.toml").unlink()
    (film.root / "prompts" / "prompts-ink.json").write_text("[")
    reader.begin()
    with pytest.raises(StoryError), reader.reading() as found:
        found.styles()
