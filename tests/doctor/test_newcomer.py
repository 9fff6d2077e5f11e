"""Somebody who has the README and a folder of prompts with three faults in it, and does only what the program says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.home import Home
from doctor.patient import key_of, provider_with

ROOT = Path(__file__).resolve().parents[2]
TRIAL = "shotmill start --limit 3 --wait"
PLACE = re.compile(r"([\w./-]+\.(?:json|js|txt|md|toml)):(\d+)(?::(\d+))?: .*?expected (.*)")
COMMAND = re.compile(r"[a-z][\w-]*( |$)")
SIGNS = {"a comma": ",", "a colon": ":", "a closing quote": '"'}
"""What somebody types who is told that it is expected."""


class Newcomer:
    """Knows the README's words, reads what is printed and does what stands behind an arrow: types a command as it
    stands, puts an expected sign where a message names line and column, pastes the one key where one is asked for."""

    def __init__(self, home: Home, folder: Path, key: str) -> None:
        self.folder = folder
        self.typed: list[str] = []
        self.mended: list[str] = []
        self._home = home
        self._key = key
        # The rights of a file hold for root too, once it has given up the power to pass over them.
        is_root = os.geteuid() == 0
        self._as_anyone = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if is_root else []

    def run(self, words: str) -> subprocess.CompletedProcess[str]:
        """Type a line in the project's folder."""
        self.typed.append(words)
        parts = shlex.split(words)
        if parts[0] == "shotmill":
            parts[0] = str(Path(sys.executable).with_name("shotmill"))
        return subprocess.run(
            [*self._as_anyone, *parts],
            cwd=self.folder,
            env=self._home.environ,
            input=f"{self._key}\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def follow(self, said: str) -> None:
        """Each arrow of an output, with the lines above it that say what it is about."""
        about: list[str] = []
        for line in said.splitlines():
            text = line.strip()
            if not text.startswith("→"):
                about.append(text)
                continue
            self._act(text.removeprefix("→").strip(), "\n".join(about))
            about = []

    def _act(self, cure: str, about: str) -> None:
        command = cure.split("   ")[0].strip()  # what stands behind a wide gap is said about it
        if COMMAND.match(command) and shutil.which(command.split(" ")[0], path=self._path):
            done = self.run(command)
            assert done.returncode == 0, (command, done.stderr)
            return
        named = PLACE.search(about)
        assert named is not None, f"nothing that could be done: {cure} ({about})"
        sign = next(sign for words, sign in SIGNS.items() if named[4].startswith(words))
        path = next(self.folder.rglob(Path(named[1]).name))
        lines = path.read_text().split("\n")
        at, column = int(named[2]) - 1, int(named[3] or 1) - 1
        lines[at] = lines[at][:column] + sign + lines[at][column:]
        path.write_text("\n".join(lines))
        self.mended.append(named[0])

    @property
    def _path(self) -> str:
        return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def newcomer(mill: Home, tmp_path: Path) -> Iterator[Newcomer]:
    """In a folder whose prompts lack a comma and whose images can't be written, with a template's key. The provider's
    address stands in its settings."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv is not there to take that away")
    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    folder = tmp_path / "film"
    (folder / "prompts").mkdir(parents=True)
    rows = ",\n".join(f' {{"beat_number": "1.{n}",\n  "ai_prompt": "clear style: Beat 1.{n}"}}' for n in range(1, 6))
    (folder / "prompts" / "prompts-clear.json").write_text(f"[\n{rows}\n]".replace('"1.2",', '"1.2"'))
    (folder / "generated_images").mkdir(mode=0o555)
    with provider_with(tmp_path, {"anna": "ok"}) as provider:
        (folder / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{provider.base_url}"\n')
        yield Newcomer(mill, folder, key_of("anna"))
    (folder / "generated_images").chmod(0o755)


def drawn(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("generated_images/clear/Shot_1/*.png"))


def test_a_trial_is_finished_by_doing_what_each_refusal_says(newcomer: Newcomer) -> None:
    """The trial refuses three times, each time with a cure that can be typed or a place that can be mended."""
    ends = []
    for _ in range(4):
        ended = newcomer.run(TRIAL)
        ends.append(ended.returncode)
        if ended.returncode == 0:
            break
        newcomer.follow(ended.stderr)
    assert ends == [2, 5, 5, 0], (newcomer.typed, ended.stderr)
    assert drawn(newcomer.folder) == [f"Beat_1.{n}.png" for n in range(1, 4)]
    cures = [words for words in newcomer.typed if words != TRIAL]
    assert sorted(cures) == [f"chmod u+rwx {newcomer.folder}/generated_images", "shotmill keys add anna --replace"]
    assert len(newcomer.mended) == 1


@pytest.mark.slow
def test_a_trial_is_finished_by_the_doctor_of_the_readme(newcomer: Newcomer) -> None:
    """The README: `shotmill doctor` checks everything and says how to mend what is broken."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(words in readme for words in ("shotmill doctor", TRIAL, "prompts/prompts-"))
    for _ in range(4):
        report = newcomer.run("shotmill doctor")
        if report.returncode == 0:
            break
        broken = re.findall(r"^ (?:✗|x) .*(?:\n(?! ?(?:✗|x|look|✓|v) ).*)*", report.stdout, re.MULTILINE)
        assert broken, report.stdout
        newcomer.follow("\n".join(dict.fromkeys(broken)))
    assert report.returncode == 0, report.stdout
    assert newcomer.run(TRIAL).returncode == 0
    assert len(drawn(newcomer.folder)) == 3
