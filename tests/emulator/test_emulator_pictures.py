"""Pictures: whole, the same for the same request, of each style's own hand, and grown from what was sent along."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from shotmill.emulator.models import ALL_RATIOS, pixels
from shotmill.emulator.pictures.caption import caption_words, is_frame
from shotmill.emulator.pictures.layout import compose
from shotmill.emulator.pictures.palette import chief_colours
from shotmill.emulator.pictures.scene import read_scene
from shotmill.emulator.pictures.studio import HANDS, Commission, choose_hand, draw, encode, sketch
from shotmill.emulator.pictures.things import THINGS

STYLES = ("illustration", "clear", "consistent")
WIDE = (1376, 768)


def commission(style: str = "clear", text: str = "A train in the rain at night", **more: object) -> Commission:
    fields: dict[str, object] = {"size": WIDE, "style": style, "shot": "3", "beat": "3.2", **more}
    return Commission(f"{style.title()} style: Shot 3, Beat 3.2. {text}", **fields)  # type: ignore[arg-type]


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_picture_is_whole_and_always_the_same(style: str, kind: str) -> None:
    raw = encode(draw(commission(style)), kind)
    assert raw == encode(draw(commission(style)), kind)
    image = Image.open(io.BytesIO(raw))
    image.load()
    assert (image.size, image.format) == (WIDE, kind.upper())
    assert min(ImageStat.Stat(image.convert("L").crop((0, 80, 1376, 690))).stddev) > 12


@pytest.mark.parametrize("ratio", ALL_RATIOS)
def test_every_ratio_is_drawn(ratio: str) -> None:
    for style in STYLES:
        drawn = draw(commission(style, "A woman with an umbrella by the sea", size=pixels(ratio, "1K")))
        assert drawn.size == pixels(ratio, "1K")
        assert is_frame(drawn)


def test_styles_have_hands_of_their_own() -> None:
    drawn = [draw(commission(style)) for style in STYLES]
    assert min(difference(a, b) for a, b in pairwise([*drawn, drawn[0]])) > 25
    assert [choose_hand(commission(style)).name for style in STYLES] == list(STYLES)
    assert choose_hand(Commission("a consistent look", WIDE)).name == "consistent"
    assert choose_hand(Commission("x", WIDE, style="woodcut")) in HANDS


def test_the_words_the_beat_the_seed_and_the_attempt_change_the_picture() -> None:
    plain = draw(commission())
    others = [
        commission(text="A boat at dawn on the sea"),
        commission(seed=1),
        commission(attempt=2),
        commission(beat="3.3"),
    ]
    assert all(difference(plain, draw(other)) > 0.5 for other in others)


@pytest.mark.parametrize("style", STYLES)
def test_a_continuing_picture_grows_out_of_its_reference(style: str) -> None:
    before = draw(commission(style, "A night train at the station"))
    sent = Image.open(io.BytesIO(encode(before, "jpeg"))).convert("RGB")
    alone = draw(commission(style, "A lighthouse by the sea", beat="3.3"))
    grown = draw(commission(style, "A lighthouse by the sea", beat="3.3", references=(sent,)))
    assert difference(grown, alone) > 8
    assert 1 < difference(grown, before) < difference(alone, before)


def test_a_frame_is_known_again_after_jpeg_and_shrinking() -> None:
    for style in STYLES:
        sent = Image.open(io.BytesIO(encode(draw(commission(style)), "jpeg"))).convert("RGB")
        assert is_frame(sent)
        sent.thumbnail((1024, 1024))
        assert is_frame(sent)
    assert not is_frame(Image.new("RGB", WIDE, "white"))


def test_a_style_reference_lends_its_colours() -> None:
    plain = draw(commission("clear"))
    green = Image.new("RGB", (600, 600), (20, 150, 40))
    tinted = draw(commission("clear", references=(green,)))
    assert not is_frame(green)
    red, leaf, blue = ImageStat.Stat(tinted).mean
    assert leaf > red and leaf > blue
    assert difference(plain, tinted) > 8
    assert max(chief_colours(green)[0]) == 150


def test_another_picture_of_the_same_ratio_is_the_ground_when_the_prompt_says_so() -> None:
    other = Image.linear_gradient("L").convert("RGB").resize(WIDE)
    on_it = draw(commission(text="Continuous: a dog", references=(other,)))
    assert difference(on_it, other) < 60
    assert difference(on_it, draw(commission(text="Continuous: a dog"))) > 30


def test_drafts_are_smaller_and_rougher() -> None:
    assert sketch(commission(), 0).size == (688, 384)
    assert difference(sketch(commission(), 0), sketch(commission(), 1)) > 0.5


def test_prompts_are_read_for_what_they_show() -> None:
    scene = read_scene("Wide: two friends and a dog on a snowy mountain pass at dusk", "1", "1.1", 0, 1)
    assert (scene.place, scene.time, scene.weather, scene.camera) == ("mountain", "dusk", "snow", "wide")
    assert scene.subjects == ("people", "dog")
    same_shot = read_scene("The dog barks", "1", "1.2", 0, 1)
    assert compose(scene, 1.8).luminary == compose(same_shot, 1.8).luminary


def test_captions_leave_out_labels_and_control_characters() -> None:
    assert caption_words("Clear style: Shot 3, Beat 3.2. Rain\n\x1b[31m falls.") == "Rain ␛[31m falls"


@settings(max_examples=25, deadline=None)
@given(
    prompt=st.text(max_size=80),
    words=st.lists(st.sampled_from([*THINGS, "night", "snow", "fog", "inside", "city", "close", "forest"]), max_size=5),
    ratio=st.sampled_from(["16:9", "9:16", "8:1"]),
)
def test_any_prompt_gives_a_picture(prompt: str, words: list[str], ratio: str) -> None:
    width, height = pixels(ratio, "1K")
    small = (width // 4, height // 4)
    for style in STYLES:
        assert draw(Commission(f"{prompt} {' '.join(words)}", small, style=style)).size == small
