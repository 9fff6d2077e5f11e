"""A successful answer as the provider writes it: drafts, perhaps a word, the picture, and what it cost."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import dataclass
from typing import Any

from shotmill.emulator.asked import Asked
from shotmill.emulator.bill import Bill
from shotmill.emulator.models import EmulatedModel, pixels
from shotmill.emulator.pictures.studio import Commission, card, draw, encode, sketch

_DRAFTS_SHARE = 0.35
_TEXT_SHARE = 0.2
_WORDS = ("Here is the frame.", "The frame, as described.", "Here is your image:")


@dataclass(frozen=True, slots=True)
class Manner:
    """How this emulator answers: `kind` is `jpeg`, `png` or `mixed`; `drafts` whether thinking shows its sketches;
    `cards` whether a caption on a ground of one colour does for a picture."""

    seed: int = 0
    kind: str = "mixed"
    drafts: bool = True
    cards: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The JSON of an answer and how many pictures it bills."""

    body: dict[str, Any]
    images: int


def make_reply(asked: Asked, model: EmulatedModel, manner: Manner, attempt: int, fault: str = "") -> Reply:
    """Draws and wraps. The same request, seed and attempt give the same bytes. Blocking: about 0.1 s of CPU at 1K.

    `fault` may be `text_only`, `wrong_mime` or `truncated_image`, which are made here.
    """
    chance = _chance(manner, asked.prompt_sha256, attempt)
    if fault == "text_only" or not asked.wants_image:
        parts: list[dict[str, Any]] = [{"text": "I can describe the frame: " + asked.prompt[:200]}]
        return Reply(_wrapped(parts, bill_of(asked, model, manner, attempt, 0), model, chance), 0)
    kind = _kind(manner, chance)
    commission = Commission(
        asked.prompt,
        pixels(asked.ratio, asked.size),
        asked.style,
        asked.shot,
        asked.beat,
        seed=manner.seed,
        attempt=attempt,
        references=tuple(reference.picture for reference in asked.references),
    )
    drafts = _drafts(manner, chance)
    parts = [_draft(commission, number, thought=chance.random() < 0.6) for number in range(drafts)]
    if chance.random() < _TEXT_SHARE:
        parts.append({"text": chance.choice(_WORDS)})
    raw = encode(card(commission) if manner.cards else draw(commission), kind)
    parts.append(_final(raw, kind, fault, chance))
    return Reply(_wrapped(parts, bill_of(asked, model, manner, attempt, drafts + 1), model, chance), drafts + 1)


def pictures_billed(manner: Manner, prompt_sha256: str, attempt: int = 1) -> int:
    """How many pictures such a reply will hold, drafts with it; draws nothing."""
    chance = _chance(manner, prompt_sha256, attempt)
    _kind(manner, chance)
    return 1 + _drafts(manner, chance)


def bill_of(asked: Asked, model: EmulatedModel, manner: Manner, attempt: int, images: int) -> Bill:
    """What a reply with so many pictures is billed; draws nothing."""
    chance = _chance(manner, asked.prompt_sha256, attempt, "bill")
    return Bill.by_chance(asked.text_tokens, len(asked.references), model.tokens[asked.size] * images, chance)


def _chance(manner: Manner, prompt_sha256: str, attempt: int, of: str = "reply") -> random.Random:
    return random.Random(f"{manner.seed}|{prompt_sha256}|{attempt}|{of}")


def _kind(manner: Manner, chance: random.Random) -> str:
    return manner.kind if manner.kind != "mixed" else chance.choice(("jpeg", "jpeg", "jpeg", "png"))


def _drafts(manner: Manner, chance: random.Random) -> int:
    return chance.choice((1, 1, 2)) if manner.drafts and chance.random() < _DRAFTS_SHARE else 0


def _draft(commission: Commission, number: int, *, thought: bool) -> dict[str, Any]:
    """A rougher picture that was drawn on the way; some are marked as thoughts, some only signed."""
    raw = encode(sketch(commission, number), "jpeg")
    part = {"inlineData": {"mimeType": "image/jpeg", "data": _base64(raw)}, "thoughtSignature": _signature(raw)}
    return part | {"thought": True} if thought else part


def _final(raw: bytes, kind: str, fault: str, chance: random.Random) -> dict[str, Any]:
    label = {"jpeg": "image/jpeg", "png": "image/png"}[kind]
    if fault == "wrong_mime":
        label = "image/png" if kind == "jpeg" else "image/jpeg"
    if fault == "truncated_image":
        raw = raw[: len(raw) * chance.randint(40, 80) // 100]
    return {"inlineData": {"mimeType": label, "data": _base64(raw)}, "thoughtSignature": _signature(raw)}


def _wrapped(parts: list[dict[str, Any]], bill: Bill, model: EmulatedModel, chance: random.Random) -> dict[str, Any]:
    return {
        "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": bill.usage(),
        "modelVersion": model.name,
        "responseId": base64.urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("="),
    }


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _signature(raw: bytes) -> str:
    return base64.b64encode(b"emulator" + hashlib.sha256(raw).digest()).decode("ascii")
