"""The guide can't drift from the checks, and a bundle holds no secret."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from io import StringIO
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import secret
from shotmill.doctor import guide
from shotmill.doctor.bundle import BundleRefused, gather, timings, write_bundle
from shotmill.doctor.check import Surroundings
from shotmill.doctor.examine import all_tests, examine, fitting
from shotmill.doctor.leaks import find_leak
from shotmill.doctor.withheld import settings_without_hooks, settings_without_prompts, without_prompts
from shotmill.errors import UsageError
from shotmill.untrusted import printable
from shotmill_tui.cli import commands
from shotmill_tui.cli.help import shown
from shotmill_tui.cli.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
KEY = secret("anna")
BY_ENV = "own-shape.of-a-key.0123456789.nopqrstuv"


def test_there_is_a_page_for_each_trouble() -> None:
    assert [page.number for page in guide.all_pages() if page.number] == list(range(1, 11))
    assert {test.page for test in all_tests()} <= {page.name for page in guide.all_pages()}


def test_the_document_is_made_of_the_pages() -> None:
    assert (ROOT / "docs" / "troubleshooting.md").read_text("utf-8") == guide.document(), "make docs"


def test_every_check_stands_in_its_page() -> None:
    for test in all_tests():
        assert f"* {test.title}: {test.says}" in guide.page_text(guide.find_page(test.page))


def test_commands_that_pages_and_checks_name_are_there() -> None:
    texts = [guide.document(), *(path.read_text() for path in (ROOT / "core/shotmill/doctor").glob("*.py"))]
    named = {word for text in texts for word in re.findall(r"shotmill ([a-z]+)", text)}
    known = set(commands.BY_NAME) | {"import", "in", "of", "is", "runs", "brings", "has"}
    assert named - known <= {"doctor", "help"}, named - known


def test_a_page_is_found_by_number_word_and_nearly() -> None:
    assert guide.find_page("8").name == "slow"
    assert guide.find_page("cant stop").number == 4
    with pytest.raises(UsageError) as nearly:
        guide.find_page("slwo")
    assert nearly.value.cure == "shotmill help slow"
    with pytest.raises(UsageError) as nearly:
        guide.find_page("netwrok")
    assert nearly.value.cure == "shotmill help stuck"


@pytest.mark.parametrize("word", ["nonsense", "xyzzy", "banana", "11"])
def test_a_word_that_is_like_none_leads_to_the_list_only(word: str) -> None:
    with pytest.raises(UsageError) as unknown:
        guide.find_page(word)
    assert unknown.value.cure == "shotmill help   lists the pages"


@pytest.mark.parametrize("page", guide.all_pages(), ids=lambda page: page.name)
def test_no_mark_of_markdown_is_left_in_what_help_prints(page: guide.Page) -> None:
    text = "\n".join(shown(guide.page_text(page), Terminal(StringIO(), StringIO(), StringIO())))
    assert not re.search(r"`|\*\S|^#", text, re.MULTILINE)


def test_help_prints_pages_commands_and_the_list(mill: Home) -> None:
    assert "It is slow" in mill.command("help", "8").stdout
    assert "→" not in mill.command("help", "8").stderr
    assert "--retry-failed" in mill.command("help", "start").stdout
    listed = mill.command("help").stdout
    assert all(page.title in listed for page in guide.all_pages())
    assert mill.command("help", "nonsense").returncode == 2


@pytest.fixture
def around(mill: Home, tmp_path: Path) -> Surroundings:
    film = make_film(tmp_path / "film", "", settings='[styles.ink]\nprompt_prefix = "a secret film"')
    log = film.root / ".shotmill" / "log.jsonl"
    log.parent.mkdir()
    lines = [{"event": "done", "seconds": seconds, "level": "info", "text": ""} for seconds in (4.0, 8.0, 6.0)]
    lines.append({"event": "note", "level": "error", "text": f"the answer holds {KEY}"})
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    keys = mill.folders.keys_file
    keys.write_text(f'{keys.read_text()}\n[keys.byenv]\nenv = "GEMINI_KEY_ANNA"\n')
    environ = {**mill.environ, "OTHER_TOKEN": "token-0123456789abcdef", "GEMINI_KEY_ANNA": BY_ENV}
    return Surroundings(mill.folders, environ, film.root)


def test_a_bundle_has_what_helps_and_no_secret(mill: Home, around: Surroundings, tmp_path: Path) -> None:
    ended = mill.command("doctor", "--bundle", str(tmp_path / "b.zip"), str(around.root))
    assert "Wrote" in ended.stderr
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert {"report.txt", "checks.json", "keys.json", "timings.json", "log.txt", "shotmill.toml"} <= set(parts)
    assert json.loads(parts["timings.json"])["median_s"] == 6.0
    assert json.loads(parts["keys.json"])["keys"] == 1
    everything = "".join(parts.values())
    assert "CANARY" not in everything
    assert "a secret film" not in everything
    assert "A train in the rain" not in everything
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0


BROKEN = """[
 {"beat_number": "1.1", "ai_prompt": "a"},
 {"beat_number": "The widow's secret, expected by nobody", "ai_prompt": "a"},
 {"beat_number": "1.3", "ai_prompt": "a", "transition_type": ["The widow"]},
 "The widow walks, expected by nobody"
]"""


def test_a_broken_prompt_is_told_by_its_place_only(around: Surroundings) -> None:
    """The check's fact, the status and both logs repeat what was found; the bundle says where and what was expected."""
    assert around.root is not None
    (around.root / "prompts" / "prompts-ink.json").write_text(BROKEN)
    checks = examine(around, [test for test in fitting(around) if test.id == "prompts"])
    assert "The widow" in checks[0].fact
    with (around.root / ".shotmill" / "log.jsonl").open("a") as log:
        log.write(json.dumps({"level": "error", "text": f"not started: {printable(checks[0].fact)}"}) + "\n")
    around.folders.daemon_log.parent.mkdir(parents=True, exist_ok=True)
    around.folders.daemon_log.write_text(f"2026-11-23 17:45:08,671 ERROR shotmill: {checks[0].fact}\n")
    parts = gather(around, checks, 0.0)
    for name in ("report.txt", "checks.json", "status.json", "log.txt", "daemon.log"):
        assert "widow" not in parts[name], name
        assert "nobody" not in parts[name], name
        assert "prompts-ink.json:5" in parts[name], name
        assert "expected a prompt: an object with beat_number" in parts[name], name
    assert "The widow" in gather(around, checks, 0.0, with_prompts=True)["report.txt"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('p/a.json:3: found "x, expected y", expected a comma', "p/a.json:3: expected a comma"),
        ('p/a.js:3:7: beat "x" is there twice, first in line 2; expected one', "p/a.js:3:7: expected one"),
        ("started: p/a.txt:2: found words and no end…", "started: p/a.txt:2: not as expected"),
        ('a.json:1: found "x", expected y b.js:2: found "z", expected v', "a.json:1: expected y b.js:2: expected v"),
        ("overloaded, again in 2 s", "overloaded, again in 2 s"),
    ],
)  # fmt: skip
def test_what_stays_of_a_message(message: str, said: str) -> None:
    assert without_prompts(message) == said


def test_words_around_prompts_are_left_out_however_they_are_written() -> None:
    text = '# kept\n[styles.ink]\nprompt_prefix = """The\nwidow"""\n[styles]\nclear = {prompt_suffix = "The widow"}\n'
    kept = settings_without_prompts(text)
    assert "widow" not in kept
    assert "# kept" in kept
    assert "widow" not in settings_without_prompts('prompt_prefix = "The widow')


def test_prompts_only_when_asked_and_as_one_text(mill: Home, around: Surroundings, tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    assert "with your prompts" in mill.command(
        "doctor", "--with-prompts", "--bundle", str(path), str(around.root)
    ).stderr  # fmt: skip
    assert "A train in the rain" in path.read_text()
    assert "a secret film" in path.read_text()
    again = mill.command("doctor", "--bundle", str(path), str(around.root))
    assert again.returncode == 2
    assert "there already" in again.stderr


HIDDEN = [
    *(key[::-1] for key in (KEY, BY_ENV)),
    *(base64.b64encode(f"x{key}".encode()).decode() for key in (KEY, BY_ENV)),
    *(f"{key[:20]} {key[20:]}" for key in (KEY, BY_ENV)),
    *(" ".join(key[at : at + 8] for at in range(0, len(key), 8)) for key in (KEY, BY_ENV)),
    KEY[5:25],
    BY_ENV[5:25],
    "token-0123456789abcdef",
    "-----BEGIN PRIVATE KEY-----",
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_bundle_with_a_secret_in_any_form_is_not_written(around: Surroundings, tmp_path: Path, hidden: str) -> None:
    assert around.root is not None
    settings = around.root / "shotmill.toml"
    settings.write_text(f"[gemini]\n# {hidden}\n")
    with pytest.raises(BundleRefused) as refused:
        write_bundle(tmp_path / "b.zip", gather(around, [], 0.0), around)
    assert not (tmp_path / "b.zip").exists()
    assert "shotmill.toml" in refused.value.message
    assert "line 2" in refused.value.message
    assert hidden not in refused.value.message
    assert str(settings) in refused.value.cure


def test_a_text_without_secrets_is_no_leak(around: Surroundings) -> None:
    assert find_leak("Nothing here is a key, not even […hijk].", around) is None


def test_timings_of_nothing() -> None:
    assert timings([]) == {"events": {}, "images": 0}


@pytest.mark.parametrize(
    "hooks",
    [
        '[hooks]  # mine\nfinished = ["curl", "token-of-mine"]\n',
        'hooks.finished = ["curl", "token-of-mine"]\n',
        '[[hooks.finished]]\nurl = "token-of-mine"\n',
        'hooks = { finished = ["token-of-mine"] }\n',
        '[hooks.more]\nurl = "token-of-mine"\n',
        '[hooks\nfinished = ["token-of-mine"]\n',
    ],
)
def test_a_hook_stays_out_of_a_bundle_however_it_is_spelt(hooks: str) -> None:
    assert "token-of-mine" not in settings_without_hooks(hooks + '[screen]\ntheme = "darkroom"\n')
    assert 'theme = "darkroom"' in settings_without_hooks('[screen]\ntheme = "darkroom"\n')


def test_a_refused_bundle_names_the_place_that_the_secret_comes_from(around: Surroundings, tmp_path: Path) -> None:
    hidden = KEY[::-1]
    status = {"run": {"state": "idle"}, "for_you": [{"what": "x"}, {"what": f"said {hidden}"}]}
    of_key = {"keys": {hidden: {"state": "ready"}}}
    check = {"id": "c", "title": "Prompts", "fact": hidden}
    for parts, named, cure in (
        ({"report.txt": hidden, "log.txt": hidden}, "log.txt", "log.jsonl"),
        ({"report.txt": f"x\nbroken  Prompts: {hidden}"}, "report.txt", "the check Prompts found"),
        ({"report.txt": f"broken  {hidden}: x"}, "report.txt", "a check of shotmill doctor found"),
        ({"checks.json": json.dumps([{"title": "Keys"}, check], indent=1)}, "checks.json", "the check Prompts found"),
        (
            {"status.json": json.dumps(status)},
            "status.json",
            "for_you[1].what of shotmill status --json: shotmill",
        ),
        ({"status.json": json.dumps(of_key)}, "status.json", "It is keys of shotmill status --json: rename that key"),
        ({"keys.json": json.dumps({"unusable": [hidden]})}, "keys.json", str(around.folders.keys_file)),
        ({"timings.json": json.dumps({"events": {hidden: 1}})}, "timings.json", "events in timings.json"),
    ):
        with pytest.raises(BundleRefused) as refused:
            write_bundle(tmp_path / "b.zip", parts, around)
        assert f"{named} holds" in refused.value.message and cure in refused.value.cure, refused.value.cure
        assert hidden not in refused.value.told
