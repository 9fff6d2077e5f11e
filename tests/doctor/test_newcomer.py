"""Somebody who has the README and a folder with three faults in it, and does only what the program says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.home import Home
from doctor.patient import key_of, provider_with

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ARROW = re.compile(r"^\s*→ (.*)$", re.MULTILINE)


class Newcomer:
    """Types what stands behind an arrow, mends the line that a message names, and has one key to paste."""

    def __init__(self, home: Home, folder: Path, key: str) -> None:
        self.home = home
        self.folder = folder
        self.key = key
        self.typed: list[str] = []

    def run(self, words: str) -> subprocess.CompletedProcess[str]:
        """Type a line in the project's folder; where a key is asked for, it is pasted."""
        self.typed.append(words)
        parts = shlex.split(words)
        if parts[0] == "shotmill":
            parts[0] = str(Path(sys.executable).with_name("shotmill"))
        return subprocess.run(
            parts,
            cwd=self.folder,
            env=self.home.environ,
            input=f"{self.key}\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def broken(self) -> list[dict[str, Any]]:
        """What `shotmill doctor` calls broken."""
        found = json.loads(self.run("shotmill doctor --json").stdout)["checks"]
        return [check for check in found if check["verdict"] == "broken"]

    def follow(self, check: dict[str, Any]) -> None:
        """Do what a check says: a command as it stands, else the line of the file that is named."""
        cure = check["cure"].split("   ")[0].strip()
        if cure.split(" ")[0] in ("shotmill", "mv", "chmod"):
            ended = self.run(cure)
            assert ended.returncode == 0, (cure, ended.stderr)
        else:
            self.mend_line(check["fact"])

    def mend_line(self, said: str) -> None:
        """The message names file, line and what is missing; a person adds the comma before it."""
        named = re.search(r"([\w/.-]+\.json):(\d+)", said)
        assert named is not None, said
        assert "comma" in said, said
        path = next(self.folder.rglob(Path(named[1]).name))
        lines = path.read_text().split("\n")
        number = int(named[2])
        at = next(at for at in (number - 2, number - 1) if lines[at].rstrip()[-1:] not in ",[{")
        lines[at] = lines[at].rstrip() + ","
        path.write_text("\n".join(lines))


def faulty(folder: Path, base_url: str) -> None:
    """Prompts with a line that lacks its comma, a file where images have to go, and a provider."""
    (folder / "prompts").mkdir(parents=True)
    rows = [{"beat_number": f"1.{number}", "ai_prompt": f"clear style: Beat 1.{number}"} for number in (1, 2)]
    text = json.dumps(rows, indent=1).replace('"beat_number": "1.2",', '"beat_number": "1.2"')
    (folder / "prompts" / "prompts-clear.json").write_text(text)
    (folder / "generated_images").write_text("what is this?")
    (folder / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n')


def test_three_faults_are_mended_by_following_the_program(mill: Home, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(words in readme for words in ("shotmill doctor", "shotmill start --wait", "prompts/prompts-"))
    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    with provider_with(tmp_path, {"anna": "ok"}) as provider:
        folder = tmp_path / "film"
        faulty(folder, provider.base_url)
        newcomer = Newcomer(mill, folder, key_of("anna"))

        first = newcomer.run("shotmill start --wait")
        assert first.returncode in (2, 5)
        assert ARROW.search(first.stderr), first.stderr
        for _ in range(6):  # the README: "shotmill doctor checks everything and says how to mend what is broken"
            wrong = newcomer.broken()
            if not wrong:
                break
            for check in {each["cure"]: each for each in wrong}.values():
                newcomer.follow(check)
        assert wrong == []

        last = newcomer.run("shotmill start --wait")
        assert last.returncode == 0, last.stderr
        assert sorted(path.name for path in folder.glob("generated_images/clear/Shot_1/*.png")) == [
            "Beat_1.1.png",
            "Beat_1.2.png",
        ]
        typed = [words.split(" ")[0] for words in newcomer.typed]
        assert set(typed) == {"shotmill", "mv"}
        assert "shotmill keys add anna --replace" in newcomer.typed


def test_without_the_doctor_each_refusal_names_the_next_step(mill: Home, tmp_path: Path) -> None:
    """The same by `start` alone: it refuses three times, each time with a cure, and the fourth time it draws."""
    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    with provider_with(tmp_path, {"anna": "ok"}) as provider:
        folder = tmp_path / "film"
        faulty(folder, provider.base_url)
        newcomer = Newcomer(mill, folder, key_of("anna"))
        codes = []
        for _ in range(4):
            ended = newcomer.run("shotmill start --wait")
            codes.append(ended.returncode)
            if ended.returncode == 0:
                break
            cure = ARROW.findall(ended.stderr)[-1]
            command = re.search(r"(?:shotmill|mv) [^,;]*", cure)
            if cure.startswith("Move it away"):
                named = re.search(r"(/\S+) is a plain file", ended.stderr)
                assert named is not None, ended.stderr
                assert newcomer.run(f"mv {named[1]} {named[1]}.old").returncode == 0
            elif command is not None and "Correct the lines" not in cure:
                words = command[0].split("   ")[0].strip()
                assert newcomer.run(words).returncode == 0, (words, ended.stderr)
            else:
                newcomer.mend_line(ended.stderr)
        assert codes == [2, 5, 5, 0], newcomer.typed
