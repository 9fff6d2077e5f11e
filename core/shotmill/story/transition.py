"""Does a beat continue from the one before it, or is it a hard cut?"""

from __future__ import annotations

import re
from functools import lru_cache

_FIRST_WORD = re.compile(r"[^\W\d_]+")
_SHORT = frozenset({"c", "cont", "contd"})


@lru_cache(maxsize=1024)
def is_continuous(word: str) -> bool:
    """True for `C` and for words that begin like Continuous or Match; what isn't continuous is a hard cut.

    The first word decides: `Match cut` continues, `Hard cut, continuous light` does not.
    """
    match = _FIRST_WORD.search(word[:100])
    if match is None:
        return False
    first = match.group().casefold()
    return first in _SHORT or first.startswith(("contin", "match"))
