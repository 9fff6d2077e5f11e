import json
from pathlib import Path

from cli.command_line import Home


def test_an_estimate_needs_no_daemon_and_sends_nothing(home: Home) -> None:
    project = home.folder / "film"
    (project / "prompts").mkdir(parents=True)
    rows = [{"beat_number": f"1.{n}", "ai_prompt": "a house"} for n in range(1, 28)]
    (project / "prompts" / "prompts-clear.json").write_text(json.dumps(rows))
    (project / "shotmill.toml").write_text('[gemini]\nbase_url = "emulator"\n')
    ended = home.run("estimate", "--json", str(project))
    found = json.loads(ended.out)
    assert found["images"] == 27 and found["by_style"] == {"clear": 27}
    assert 0 < found["seconds"] < 60 and 0.5 < found["usd"] < 2
    assert "27 images" in home.run("estimate", str(project)).out
    assert not Path(home.folders.socket).exists() and not Path(home.folders.database).exists()
    some = json.loads(home.run("estimate", "--json", "--beat", "1.3", "--beat", "1.20", str(project)).out)
    assert some["images"] == 2
    assert json.loads(home.run("estimate", "--json", "--limit", "5", str(project)).out)["images"] == 5
    (project / "shotmill.toml").write_text('[gemini]\nbase_url = "emulator"\n[limits]\nin_flight = 1\n')
    held = home.run("estimate", str(project)).out
    assert ", as many at once as limits.in_flight allows.\nA higher number" in held and "\nPace: " in held
    (project / "prompts" / "prompts-ink.json").write_text(json.dumps(rows[:3]))
    both = home.run("estimate", str(project)).out
    assert "allows. The last to end is clear.\n" in both
    none = home.run("estimate", "--style", "chalk", str(project))
    assert none.code == 2
    assert "clear" in none.err


def test_a_model_that_is_not_known_is_told_before_anything_is_sent(home: Home) -> None:
    project = home.folder / "film"
    (project / "prompts").mkdir(parents=True)
    (project / "prompts" / "prompts-clear.json").write_text('[{"beat_number": "1.1", "ai_prompt": "a house"}]')
    settings = '[gemini]\nmodel = "gemini-nano-banana-9"\n[styles.clear]\nkeys = ["nobody"]\n'
    (project / "shotmill.toml").write_text(settings)
    ended = home.run("estimate", str(project))
    assert ended.code == 0
    assert "gemini-nano-banana-9" in ended.err
    assert "gemini-3-pro-image" in ended.err
    assert "look: clear names nobody, and this machine has no usable key of that name" in ended.err


def test_an_estimate_is_what_the_emulator_then_draws_and_bills(home: Home) -> None:
    project = home.folder / "film"
    (project / "prompts").mkdir(parents=True)
    rows = [{"beat_number": f"1.{n}", "ai_prompt": f"house {n}"} for n in range(1, 7)]
    (project / "prompts" / "prompts-clear.json").write_text(json.dumps(rows))
    (project / "shotmill.toml").write_text('[gemini]\nbase_url = "emulator"\n')
    (project / ".shotmill").mkdir()
    (project / ".shotmill" / "emulator.json").write_text('{"speed": 100, "seed": 3}')
    one = json.loads(home.run("estimate", "--json", "--beat", "1.2", str(project)).out)
    told = json.loads(home.run("estimate", "--json", str(project)).out)
    before = json.loads(home.run("status", "--json", str(project)).out)["run"]
    assert before["cost_left_usd"] == round(told["usd"], 4) != round(6 * one["usd"], 4)
    ended = home.run("start", "--wait", "--beat", "1.2", str(project))
    assert ended.code == 0 and f"1 image to draw, about ${one['usd']:.2f} play money" in ended.err, ended.err
    (project / "prompts" / "prompts-clear.json").write_text(json.dumps(rows[:1] + rows[2:]))
    left = json.loads(home.run("estimate", "--json", str(project)).out)
    ended = home.run("start", "--wait", str(project))
    assert ended.code == 0 and f"5 images to draw, about ${left['usd']:.2f} play money" in ended.err, ended.err
    (project / "prompts" / "prompts-clear.json").write_text(json.dumps(rows))
    status = json.loads(home.run("status", "--json", str(project)).out)
    assert status["styles"]["clear"]["done"] == told["images"] == 6
    assert status["run"]["spent_usd"] == told["usd"] > 6 * 0.0336
