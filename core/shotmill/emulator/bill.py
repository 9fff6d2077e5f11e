"""What an answer is billed, and the token counts that it names for it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from shotmill.emulator.models import EmulatedModel

REFERENCE_TOKENS = 258


@dataclass(frozen=True, slots=True)
class Bill:
    """Tokens of one answer. `words` are the candidates' beyond their pictures: the provider counts 88 to 630 more than
    its details add up to.
    """

    text_in: int
    references: int
    drawn: int
    words: int
    thoughts: int

    @classmethod
    def by_chance(cls, text_in: int, references: int, drawn: int, chance: random.Random) -> Bill:
        """With as many words and thoughts as successful answers were seen to have."""
        return cls(text_in, references, drawn, chance.randint(88, 630), chance.randint(120, 420))

    def usd(self, model: EmulatedModel) -> float:
        """All of it, as the provider's price page has it."""
        asked = (self.text_in + self.references * REFERENCE_TOKENS) * model.input_usd_per_million
        answered = self.drawn * model.usd_per_million + (self.words + self.thoughts) * model.text_usd_per_million
        return (asked + answered) / 1e6

    def usage(self) -> dict[str, Any]:
        """`usageMetadata`."""
        of_references = self.references * REFERENCE_TOKENS
        details = [{"modality": "TEXT", "tokenCount": self.text_in}]
        if self.references:
            details.append({"modality": "IMAGE", "tokenCount": of_references})
        asked, candidates = self.text_in + of_references, self.drawn + self.words
        usage: dict[str, Any] = {
            "promptTokenCount": asked,
            "candidatesTokenCount": candidates,
            "totalTokenCount": asked + candidates + self.thoughts,
            "promptTokensDetails": details,
            "thoughtsTokenCount": self.thoughts,
            "serviceTier": "standard",
        }
        if self.drawn:
            usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": self.drawn}]
        return usage
