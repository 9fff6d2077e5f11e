"""A daemon of another version: looked at, told nothing, and what to do is said."""

from __future__ import annotations

from pathlib import Path

import shotmill
from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from life.unwaited import launched, state_of


def another_version(folder: Path) -> str:
    """A PYTHONPATH on which the same program calls itself 9.9.9."""
    real = Path(shotmill.__file__).parent
    copy = folder / "other" / "shotmill"
    copy.mkdir(parents=True)
    for entry in real.iterdir():
        if entry.name not in ("__init__.py", "__pycache__"):
            (copy / entry.name).symlink_to(entry)
    text = (real / "__init__.py").read_text()
    assert f'"{shotmill.__version__}"' in text
    (copy / "__init__.py").write_text(text.replace(f'"{shotmill.__version__}"', '"9.9.9"'))
    return str(copy.parent)


def test_what_changes_nothing_works_and_the_rest_names_the_cure(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    with launched(mill, PYTHONPATH=another_version(tmp_path)):
        until(lambda: state_of(mill) == "ready", "a daemon of another version")
        assert mill.answer("GET", "/v1/status").version == "9.9.9"

        looked = mill.command("status", str(film.root))
        assert looked.returncode == 0, looked.stderr
        assert "9.9.9" in mill.command("daemon", "status").stdout

        refused = mill.command("start", str(film.root))
        assert refused.returncode == 2
        assert "9.9.9" in refused.stderr
        assert "shotmill daemon restart" in refused.stderr
        assert provider.requests() == 0

        restarted = mill.command("daemon", "restart")
        assert restarted.returncode == 0, restarted.stderr
    assert mill.answer("GET", "/v1/status").version == shotmill.__version__
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 0, done.stderr
