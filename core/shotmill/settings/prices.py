"""What the replies of a model cost: one image, a reply as usual, and the dearest. The figures are in `models.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from shotmill.settings.models import Model, figures, find_model

USUAL_IMAGE_TOKENS = 1120
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars of one model at one image size, interactive.

    `image_usd` is one picture, for which the provider counts `image_tokens`; a million tokens cost `input_per_million`
    where they are asked with and `text_per_million` where they are words or thoughts of the answer, 0 where no source
    states it. Every picture of a reply is billed, drafts too.
    """

    image_usd: float
    image_tokens: int = USUAL_IMAGE_TOKENS
    input_per_million: float = 0.0
    text_per_million: float = 0.0
    usual_drafts: float = 0.0
    most_drafts: int = 0

    @property
    def one_usd(self) -> float:
        """A reply with one picture and no draft, its words and thoughts as usual."""
        return self._reply(0, "usual")

    @property
    def expected_usd(self) -> float:
        """A reply on average, as long as a project's own don't tell."""
        return self._reply(self.usual_drafts, "usual")

    @property
    def dearest_usd(self) -> float:
        """The dearest reply that is known of: what a budget has to have room for."""
        return self._reply(self.most_drafts, "most")

    def _reply(self, drafts: float, how: str) -> float:
        tokens = figures()[how]
        beside = tokens["input_tokens"] * self.input_per_million + tokens["text_tokens"] * self.text_per_million
        return float(self.image_usd * (1 + drafts) + beside / _MILLION)


@cache
def prices_of(model_id: str, image_size: str) -> Prices:
    """Of a model that is not known: as the dearest that Google sells, since an estimate that is too high spends
    nobody's money. A size that a model does not list costs as its dearest does.
    """
    model = find_model(model_id)
    if model is None or not model.usd:
        unknown = figures()["unknown"]
        model = Model(
            model_id, model_id, "ga", usd=unknown["usd"], per_million=unknown["per_million"], drafts=unknown["drafts"]
        )
    return Prices(
        image_usd=model.usd.get(image_size, max(model.usd.values())),
        image_tokens=model.tokens.get(image_size, USUAL_IMAGE_TOKENS),
        input_per_million=model.per_million.get("text_in", 0.0),
        text_per_million=model.per_million.get("text_out", 0.0),
        usual_drafts=float(figures()["usual"]["drafts"]) if model.drafts else 0.0,
        most_drafts=model.drafts,
    )
