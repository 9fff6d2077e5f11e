"""What is asked of the model, and its form on the wire."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from shotmill.gemini.outcome import Nudge

SAID = {
    Nudge.NONE: "",
    Nudge.IMAGE_ONLY: "\n\nOutput the final image only.",
    Nudge.DETAIL: "\n\nGive the scene much detail of its own, so that it resembles no known work.",
}
"""Sentences behind the prompt. The second keeps models from answering in words (seen: no image in 21 % of such prompts
without it, in none of 24 with it); short and generic prompts are what comes out too close to a known work."""


@dataclass(frozen=True, slots=True)
class ReferenceImage:
    """An image that is sent along, as received, with its true kind (`image/png`, `image/jpeg`, `image/webp`)."""

    data: bytes = field(repr=False)
    mime: str


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """References in order, then the prompt. Google refuses a `timeout_s` below 10.

    An empty `aspect_ratio` or `image_size` is left to the model. `nudge` adds a sentence to the prompt.
    """

    model: str
    prompt: str
    references: tuple[ReferenceImage, ...] = ()
    aspect_ratio: str = ""
    image_size: str = ""
    timeout_s: float = 240.0
    nudge: Nudge = Nudge.NONE


def wire_contents(request: ImageRequest) -> list[object]:
    """`contents` of the request: one user turn. Encodes megabytes, so it is called in a thread.

    Images in a user turn need no thought signature; only the model's own turns would.
    """
    parts: list[object] = [
        {"inlineData": {"mimeType": image.mime, "data": base64.b64encode(image.data).decode("ascii")}}
        for image in request.references
    ]
    parts.append({"text": request.prompt + SAID[request.nudge]})
    return [{"role": "user", "parts": parts}]
