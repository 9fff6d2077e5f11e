"""What the emulator saw: counters of everything, and the last ten thousand requests one by one."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 10_000


@dataclass(slots=True)
class Sighting:
    """One request. `status` is 0 where no whole answer was sent, `code` the short word for what became of it.

    `billed` says whether the provider would put a picture on the bill, `images` how many (drafts cost as much).
    """

    at: str
    style: str
    shot: str
    beat: str
    key: str
    quota_project: str
    model: str
    prompt_sha256: str = ""
    references: tuple[str, ...] = ()
    status: int = 0
    code: str = ""
    fault: str = ""
    billed: bool = False
    images: int = 0
    usd: float = 0.0
    latency_s: float = 0.0


class Ledger:
    """Bounded memory: counters have one entry a key, quota project or code; requests beyond the last are forgotten."""

    def __init__(self) -> None:
        self._last: deque[Sighting] = deque(maxlen=KEPT)
        self._totals: Counter[str] = Counter()
        self._usd = 0.0
        self._statuses: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._by_key: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._by_project: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, sighting: Sighting) -> None:
        """Records a request whose end is known."""
        self._last.append(sighting)
        billed = Counter(requests=1, billed_images=int(sighting.billed), billed_parts=sighting.images)
        refused = Counter({"refused": 1}) if sighting.status >= 400 else Counter()
        for counter in (self._totals, self._by_key[sighting.key], self._by_project[sighting.quota_project]):
            counter.update(billed + refused)
        self._usd += sighting.usd
        self._statuses[str(sighting.status)] += 1
        if sighting.code and sighting.code != "ok":
            self._refusals[sighting.code] += 1

    def summary(self) -> dict[str, Any]:
        """`/emulator/seen` without the quotas' part."""
        beats: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for sighting in self._last:
            beats[sighting.beat].append(asdict(sighting))
        return {
            "requests": self._totals["requests"],
            "billed_images": self._totals["billed_images"],
            "billed_parts": self._totals["billed_parts"],
            "billed_usd": round(self._usd, 6),
            "statuses": dict(self._statuses),
            "refusals": dict(self._refusals),
            "by_key": {name: dict(counts) for name, counts in sorted(self._by_key.items())},
            "by_quota_project": {name: dict(counts) for name, counts in sorted(self._by_project.items())},
            "by_beat": dict(beats),
        }

    def last(self, count: int) -> list[Sighting]:
        """The newest requests, newest first."""
        return list(reversed(self._last))[:count]
