import zipfile
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from shotmill.settings.models import all_models, find_model, prices_read
from shotmill.settings.prices import prices_of
from shotmill.settings.project import DEFAULT_MODEL, GeminiSettings


@pytest.mark.parametrize(
    ("model_id", "prices"),
    [
        ("gemini-nano-banana-2.1", {"1K": 0.0336, "2K": 0.0504, "4K": 0.1134}),
        ("gemini-3-pro-image", {"1K": 0.134, "2K": 0.134, "4K": 0.24}),
        ("gemini-3.1-flash-lite-image", {"1K": 0.034}),
    ],
)
def test_prices_of_what_is_to_be_had(model_id: str, prices: dict[str, float]) -> None:
    model = find_model(model_id)
    assert model is not None
    assert model.state == "ga"
    assert dict(model.usd) == prices
    assert {size: prices_of(model_id, size).image_usd for size in prices} == prices


@pytest.mark.parametrize(
    ("model_id", "images"),
    [("gemini-nano-banana-2.1", 3), ("gemini-2.5-flash-image", 1), ("gemini-9-image", 3), ("gemini-2.0-flash", 3)],
)
def test_the_dearest_reply_has_the_drafts_of_models_that_think(model_id: str, images: int) -> None:
    prices = prices_of(model_id, "1K")
    beside = prices.dearest_usd - prices.image_usd * images
    assert beside == pytest.approx((2000 * prices.input_per_million + 1050 * prices.text_per_million) / 1e6)
    assert prices.image_usd <= prices.one_usd <= prices.expected_usd <= prices.dearest_usd


def test_words_thoughts_and_what_is_asked_with_are_a_part_of_a_replys_price() -> None:
    prices = prices_of("gemini-nano-banana-2.1", "1K")
    assert (prices.input_per_million, prices.text_per_million, prices.image_tokens) == (1.5, 7.5, 1120)
    assert prices.one_usd == pytest.approx(0.0336 + (400 * 1.5 + 630 * 7.5) / 1e6)
    assert prices.expected_usd - prices.one_usd == pytest.approx(0.467 * 0.0336)
    assert prices_of("gemini-9-image", "1K").text_per_million >= prices.text_per_million


def test_the_default_offers_the_default_request() -> None:
    model = find_model(DEFAULT_MODEL)
    assert model is not None
    usual = GeminiSettings()
    assert usual.aspect_ratio in model.ratios
    assert usual.image_size in model.sizes
    assert len(model.ratios) == 14
    assert model.references == 14
    assert model.tokens["4K"] == 3780
    assert model.thinking_default == "medium"


@pytest.mark.parametrize("model", all_models(), ids=lambda model: str(model.id))
def test_every_row_is_sound(model: object) -> None:
    from shotmill.settings.models import Model

    assert isinstance(model, Model)
    if model.state == "shut":
        successor = find_model(model.replacement)
        assert successor is not None
        assert successor.state == "ga"
        assert model.shut is None or model.shut < prices_read()
    else:
        assert model.sizes
        assert model.source
        assert set(model.tokens) == set(model.sizes)
        assert set(model.ratios) >= {"1:1", "16:9", "9:16"}
        if "image_out" in model.per_million:
            for size, usd in model.usd.items():
                assert usd == pytest.approx(model.tokens[size] * model.per_million["image_out"] / 1e6, rel=0.01)


def test_a_price_that_is_not_known_is_never_too_low() -> None:
    dearest = {size: max(model.usd.get(size, 0) for model in all_models()) for size in ("1K", "2K", "4K")}
    for size, usd in dearest.items():
        assert prices_of("gemini-9-image", size).image_usd >= usd
        assert prices_of("imagen-4.0-generate-001", size).image_usd >= usd
    assert prices_of("gemini-9-image", "8K").image_usd == prices_of("gemini-9-image", "4K").image_usd
    assert prices_of("gemini-3.1-flash-lite-image", "2K").image_usd == 0.034


def test_what_was_shut_down_names_its_day() -> None:
    model = find_model("gemini-3.1-flash-image")
    assert model is not None
    assert (model.shut, model.replacement) == (date(2026, 10, 29), "gemini-nano-banana-2.1")
    assert find_model("gemini-3.1-flash-imag") is None


def test_the_data_lies_in_the_package() -> None:
    assert resources.files("shotmill.settings").joinpath("models.toml").is_file()


def test_the_data_is_in_the_wheel(tmp_path: Path) -> None:
    hatchling = pytest.importorskip("hatchling.builders.wheel")
    root = next(parent for parent in Path(__file__).parents if (parent / "pyproject.toml").is_file())
    (wheel,) = hatchling.WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        assert "shotmill/settings/models.toml" in archive.namelist()
