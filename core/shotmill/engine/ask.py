"""What is asked of the model for a beat, and its fingerprint: when that changes, the beat's take is stale."""

from __future__ import annotations

import hashlib

from shotmill.settings.project import StyleSettings
from shotmill.story.model import Prompt


def asked_text(prompt: Prompt, style: StyleSettings) -> str:
    """The prompt as it is sent: the style's prefix, the beat's text, the style's suffix, on lines of their own."""
    if not style.prompt_prefix and not style.prompt_suffix:  # as with most, of 100,000 that are compared at a start
        return prompt.text
    return "\n".join(part for part in (style.prompt_prefix, prompt.text, style.prompt_suffix) if part)


def text_sha(text: str) -> str:
    """32 hex digits of the SHA-256: enough to tell texts apart, short in a journal of 100,000 lines."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def attempt_id(at: float, random_bits: int) -> str:
    """An attempt's id: the millisecond, then 40 random bits; ids sort as the attempts began."""
    return f"{int(at * 1000):012x}{random_bits & (1 << 40) - 1:010x}"
