"""How long the model draws: lognormal, and the same again for the same seed, prompt and attempt."""

from __future__ import annotations

import math
import random
from collections import OrderedDict

_SPREAD = 0.35  # of ln(seconds): with a median of 8 s, nineteen of twenty come within 4 and 16 s
_REMEMBERED = 50_000


class Latency:
    """Seconds for each request, around `median_s`."""

    def __init__(self, median_s: float, seed: int) -> None:
        self._median_s = median_s
        self._seed = seed
        self._attempts: OrderedDict[str, int] = OrderedDict()

    def attempt(self, prompt_sha256: str) -> int:
        """How often this prompt was asked, this time included; counts it."""
        count = self._attempts.pop(prompt_sha256, 0) + 1
        self._attempts[prompt_sha256] = count
        if len(self._attempts) > _REMEMBERED:
            self._attempts.popitem(last=False)
        return count

    def seconds(self, prompt_sha256: str, attempt: int) -> float:
        if self._median_s <= 0:
            return 0.0
        chance = random.Random(f"{self._seed}|{prompt_sha256}|{attempt}|latency")
        return chance.lognormvariate(math.log(self._median_s), _SPREAD)

    def forget(self) -> None:
        self._attempts.clear()
