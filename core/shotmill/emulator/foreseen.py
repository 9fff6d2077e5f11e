"""What an emulator will answer, told beforehand: the same seed, prompt and attempt give the same time and bill."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from shotmill.emulator.asked import Asked, Reference
from shotmill.emulator.latency import Latency
from shotmill.emulator.models import MODELS
from shotmill.emulator.reply import Manner, bill_of, pictures_billed

_ANY = Reference("", 1, 1, Image.new("RGB", (1, 1)))
"""A reference is billed the same whatever it shows."""


@dataclass(frozen=True, slots=True)
class ForeseenAnswer:
    """The answer to one request for a picture."""

    seconds: float
    usd: float


@dataclass(frozen=True, slots=True)
class Foresight:
    """Of an emulator with this `seed`, kind of pictures and median latency. Requests are foreseen in their order: those
    for one prompt are its attempts.
    """

    model: str
    size: str
    manner: Manner
    latency_s: float
    _latency: Latency = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_latency", Latency(self.latency_s, self.manner.seed))

    def next(self, prompt: str, references: int) -> ForeseenAnswer:
        """The next request for this prompt; nothing is billed by a model that the emulator does not have."""
        asked = Asked(prompt, "1:1", self.size, True, (_ANY,) * references)
        sha, model = asked.prompt_sha256, MODELS.get(self.model)
        attempt = self._latency.attempt(sha)
        usd = 0.0
        if model is not None and self.size in model.tokens:
            usd = bill_of(asked, model, self.manner, attempt, pictures_billed(self.manner, sha, attempt)).usd(model)
        return ForeseenAnswer(self._latency.seconds(sha, attempt), usd)
