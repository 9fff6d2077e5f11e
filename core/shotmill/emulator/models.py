"""The models that the emulator serves, with what each allows and costs; read on 2026-11-23.

Sizes in pixels, tokens and prices follow Google's model and price pages. Models that were shut down are kept by name,
so that asking for one is answered as the provider answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PIXELS_1K: Mapping[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "1:4": (512, 2048),
    "1:8": (384, 3072),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:1": (2048, 512),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "8:1": (3072, 384),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
ALL_RATIOS = tuple(PIXELS_1K)
TEN_RATIOS = tuple(ratio for ratio in ALL_RATIOS if ratio not in {"1:4", "1:8", "4:1", "8:1"})
_SCALE = {"1K": 1, "2K": 2, "4K": 4}


@dataclass(frozen=True, slots=True)
class EmulatedModel:
    """One image model. `tokens` are billed for each image by its size; `usd_per_million` is the price of those, and
    `input_usd_per_million` and `text_usd_per_million` that of what is asked with and of words and thoughts, 0 where no
    page states it.
    """

    name: str
    title: str
    ratios: tuple[str, ...]
    tokens: Mapping[str, int]
    usd_per_million: float
    input_usd_per_million: float = 0.0
    text_usd_per_million: float = 0.0
    references: int = 14

    def price_usd(self, size: str, images: int = 1) -> float:
        return self.tokens[size] * images * self.usd_per_million / 1e6

    def listed(self) -> dict[str, Any]:
        """The model as `GET /v1/models` describes it."""
        return {
            "name": f"models/{self.name}",
            "version": "001",
            "displayName": self.title,
            "description": f"{self.title}, drawn by the emulator on this machine.",
            "inputTokenLimit": 131072,
            "outputTokenLimit": 32768,
            "supportedGenerationMethods": ["generateContent", "countTokens", "batchGenerateContent"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 1,
            "thinking": True,
        }


_MODELS = (
    EmulatedModel(
        "gemini-nano-banana-2.1",
        "Nano Banana 2.1",
        ALL_RATIOS,
        {"1K": 1120, "2K": 1680, "4K": 3780},
        usd_per_million=30,
        input_usd_per_million=1.5,
        text_usd_per_million=7.5,
    ),
    EmulatedModel(
        "gemini-3-pro-image", "Nano Banana Pro", TEN_RATIOS, {"1K": 1120, "2K": 1120, "4K": 2000}, usd_per_million=120
    ),
    EmulatedModel("gemini-3.1-flash-lite-image", "Nano Banana 2 Lite", TEN_RATIOS, {"1K": 1120}, usd_per_million=30),
)
MODELS: Mapping[str, EmulatedModel] = {model.name: model for model in _MODELS}

# Named so that a listing never offers them; each answers 404, like any name that the provider does not know.
SHUT_DOWN = (
    "gemini-3.1-flash-image",
    "gemini-3.1-flash-image-preview",
    "gemini-3-pro-image-preview",
    "gemini-2.5-flash-image",
    "gemini-2.5-flash-image-preview",
    "gemini-2.0-flash-preview-image-generation",
    "imagen-4.0-generate-001",
)


def pixels(ratio: str, size: str) -> tuple[int, int]:
    """Width and height that the models of 2026 answer with."""
    width, height = PIXELS_1K[ratio]
    return width * _SCALE[size], height * _SCALE[size]


def nearest_ratio(width: int, height: int, allowed: tuple[str, ...]) -> str:
    """The allowed ratio that comes closest to a picture's own."""
    own = width / height
    return min(allowed, key=lambda ratio: abs(_value(ratio) / own + own / _value(ratio) - 2))


def _value(ratio: str) -> float:
    width, height = PIXELS_1K[ratio]
    return width / height
