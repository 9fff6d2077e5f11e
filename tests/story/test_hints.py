"""What is allowed in a prompts file and probably not meant is told, with the line and what it is taken for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shotmill.story.discover import find_sources
from shotmill.story.hints import hints
from shotmill.story.load import load_story
from shotmill.story.model import Style
from shotmill.story.problems import StoryError


def styles_of(folder: Path, *rows: dict[str, Any]) -> list[Style]:
    (folder / "prompts").mkdir(exist_ok=True)
    (folder / "prompts" / "prompts-ink.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]")
    return list(load_story(find_sources(folder, {})))


def row(beat: str, **more: Any) -> dict[str, Any]:
    return {"beat_number": beat, "ai_prompt": "a house", **more}


@pytest.mark.parametrize("word", ["H", "C", "", "Hard Cut", "Fade to black", "Match cut", "continuous", "cross-fade"])
def test_usual_words_are_no_news(tmp_path: Path, word: str) -> None:
    assert hints(styles_of(tmp_path, row("1.1"), row("1.2", transition_type=word))) == []


@pytest.mark.parametrize("word", ["X", "Cotinuous", "?"])
def test_a_strange_transition_is_told_once_with_what_it_is_taken_for(tmp_path: Path, word: str) -> None:
    found = hints(styles_of(tmp_path, row("1.1"), *(row(f"1.{n}", transition_type=word) for n in (2, 3))))
    assert len(found) == 1
    assert "prompts-ink.json:3" in found[0] and f'"{word}"' in found[0] and "hard cut" in found[0] and "C " in found[0]


def test_a_field_that_is_nearly_one_of_ours_is_named_and_others_are_let_be(tmp_path: Path) -> None:
    (found,) = hints(styles_of(tmp_path, row("1.1", mood="dark"), row("1.2", transition_typ="C")))
    assert 'did you mean "transition_type"' in found and "prompts-ink.json:3" in found


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"beat_number": "1.1", "ai_promt": "a house"}, "ai_prompt"),
        ({"beat_numer": "1.1", "ai_prompt": "a house"}, "beat_number"),
    ],
)
def test_a_required_field_that_is_mistyped_is_named_in_the_error(
    tmp_path: Path, fields: dict[str, str], meant: str
) -> None:
    with pytest.raises(StoryError) as raised:
        styles_of(tmp_path, fields)
    assert f'did you mean "{meant}"' in raised.value.message


def test_a_first_beat_that_would_continue_is_told_as_the_hard_cut_that_it_is(tmp_path: Path) -> None:
    (hint,) = hints(styles_of(tmp_path, row("1.1", transition_type="C"), row("1.2", transition_type="C")))
    assert "prompts-ink.json:2" in hint and '"1.1"' in hint and "hard cut: no beat is before it" in hint
