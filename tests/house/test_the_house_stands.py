"""The rooms know only whom they should: the direction of imports, and what each process loads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"google.genai", "aiohttp", "PIL", "pydantic"}


def loaded_by(code: str) -> set[str]:
    """The modules of a fresh interpreter after it ran `code`."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(said.stdout.split("\n"))


def names_of(root: Path) -> list[str]:
    return [
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in sorted(root.rglob("*.py"))
        if path.name not in ("__main__.py", "__init__.py")
    ]


def importing(names: list[str]) -> str:
    return "import importlib\nfor name in " + repr(names) + ":\n    importlib.import_module(name)"


def test_import_contracts_hold() -> None:
    pytest.importorskip("importlinter", reason="import-linter comes with the development extra")
    program = Path(sys.executable).with_name("lint-imports")
    said = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_no_module_of_the_core_brings_a_screen_along() -> None:
    modules = names_of(ROOT / "core")
    assert len(modules) > 100
    loaded = loaded_by(importing(modules))
    assert not {name for name in loaded if name.split(".")[0] in ("textual", "rich", "shotmill_tui")}


def test_the_screen_s_process_never_loads_what_the_daemon_needs() -> None:
    names = names_of(ROOT / "tui")
    screens = [name for name in names if not name.startswith("shotmill_tui.cli.")]
    loaded = loaded_by(importing(screens))
    assert "textual.app" in loaded
    assert not HEAVY & loaded
    # `demo` draws its reference picture and opens the screen: no command may bring the SDK along either.
    assert not {"google.genai", "aiohttp"} & loaded_by(importing(names))


def test_the_readme_s_keys_are_the_screen_s() -> None:
    from shotmill_tui.keymap import key_table

    assert key_table().strip() in (ROOT / "README.md").read_text("utf-8"), "put keymap.key_table() into README.md"


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_that_the_documents_name_are_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), f"{name} links to {link}"


def test_the_rooms_of_the_architecture_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = re.findall(r"^\| `((?:core|tui)/[^`]+/)`.*\| (.*) \|$", text, re.MULTILINE)
    assert len(rooms) >= 12
    for room, begin in rooms:
        for file in re.findall(r"`([^`]+)`", begin):
            beside = ROOT / room / file
            assert beside.exists() or (ROOT / Path(room).parent / file).exists(), f"{room} has no {file}"
