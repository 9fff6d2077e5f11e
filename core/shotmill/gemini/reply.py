"""What a 200 says, from its raw bytes. Pure; reading one of many megabytes takes long enough to belong in a thread."""

from __future__ import annotations

import binascii
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shotmill.gemini import loose_json
from shotmill.gemini.error_body import error_of
from shotmill.gemini.loose_json import either, mapping, mappings, text, whole


class ReplyError(ValueError):
    """The body is no reply: not JSON or too much of it, not an object or one with nothing of a reply in it, its
    candidates no list; or an image that isn't base64."""


@dataclass(frozen=True, slots=True)
class ImagePart:
    """One image of a reply, still as base64. `mime` is the provider's label, which is not always true."""

    data: str = field(repr=False)
    mime: str
    thought: bool

    def decode(self) -> bytes:
        """The image's bytes; ReplyError if they aren't base64 (the standard alphabet or the one for URLs).

        In pieces: one call for some megabytes would keep the event loop from the interpreter for tens of milliseconds.
        """
        data = self.data.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            if "=" in data:
                raise ValueError("it ends before its end")
            data += "=" * (-len(data) % 4)
            pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
            with _TURN:
                return b"".join([binascii.a2b_base64(piece, strict_mode=True) for piece in pieces])
        except ValueError:
            raise ReplyError("the image in the reply is not base64") from None


_PIECE = 1 << 18  # characters: under a millisecond of work, and whole groups of four
# Work that holds the interpreter can't go on side by side; several threads with it would each keep the loop waiting.
_TURN = threading.Lock()


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used, in tokens; 0 where the provider didn't say.

    `output_tokens` are the candidates' as counted by the provider: images, text, and on some answers thoughts too.
    `image_tokens` are those of all output images, drafts included.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    image_tokens: int = 0
    thought_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A 200, read. Texts are the provider's, raw.

    `prompt_refused` says that the prompt never reached the model: there is feedback on it and no candidate; the reason
    may be missing. `unanswered`: there is neither, though the prompt was counted. `error` is the body of an error that
    came with status 200, as lines of a batch do.
    """

    images: tuple[ImagePart, ...] = ()
    finish_reason: str = ""
    finish_message: str = field(default="", repr=False)
    block_reason: str = ""
    prompt_refused: bool = False
    unanswered: bool = False
    text: str = field(default="", repr=False)
    usage: Usage | None = None
    model_version: str = ""
    response_id: str = ""
    error: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def take(self) -> ImagePart | None:
        """The image to keep: the last that is not a thought, whatever was drafted before it."""
        return next((image for image in reversed(self.images) if not image.thought), None)

    @property
    def prompt_tokens(self) -> int:
        """What the request asked with, 0 where the provider didn't say."""
        return self.usage.prompt_tokens if self.usage is not None else 0

    def final_image(self) -> bytes | None:
        """The take's bytes, None if there is no image; ReplyError if it can't be decoded."""
        take = self.take
        return None if take is None else take.decode()


def read_reply(body: bytes) -> Reply:
    """The reply in the body of a 200; ReplyError for what is none. Missing and null fields are empty; where something
    else stands in the place of the answer itself, there may have been an image that can't be found.
    """
    try:
        with _TURN:
            pieces = loose_json.pieces(body)
    except ValueError as error:
        what = "is not JSON" if isinstance(error, json.JSONDecodeError) else f"can't be read: {error}"
        raise ReplyError(f"the reply {what}") from None
    decoded = _whole(pieces)
    fault = error_of(decoded) or _in_words(decoded.get("error"))
    if not fault and not _is_reply(decoded):
        raise ReplyError("the reply has nothing of a reply in it")
    candidates = mappings(_or_nothing(decoded.get("candidates"), list))
    feedback = either(decoded, "promptFeedback", "prompt_feedback")
    block_reason = _reason(either(mapping(feedback), "blockReason", "block_reason"))
    block_message = text(either(mapping(feedback), "blockReasonMessage", "block_reason_message"))
    ended = (candidate for candidate in candidates if either(candidate, "finishReason", "finish_reason"))
    first = next(ended, candidates[0] if candidates else {})
    contents = [mapping(_or_nothing(candidate.get("content"), dict)) for candidate in candidates]
    refused = bool(block_reason) or (not candidates and isinstance(feedback, dict))
    usage = _usage(either(decoded, "usageMetadata", "usage_metadata"))
    parts = [part for content in contents for part in mappings(_or_nothing(content.get("parts"), list))]
    return Reply(
        images=tuple(_images(parts)),
        finish_reason=_reason(either(first, "finishReason", "finish_reason")),
        finish_message=text(either(first, "finishMessage", "finish_message")) or block_message,
        block_reason=block_reason,
        prompt_refused=refused,
        unanswered=not candidates and not refused and usage is not None,
        text="".join(text(part.get("text")) for part in parts if part.get("thought") is not True),
        usage=usage,
        model_version=text(either(decoded, "modelVersion", "model_version")),
        response_id=text(either(decoded, "responseId", "response_id")),
        error=fault or None,
    )


_FIELDS = ("candidates", "promptfeedback", "usagemetadata", "modelversion", "responseid")


def _is_reply(decoded: Mapping[str, Any]) -> bool:
    """Whether it has a field that only a reply has; one in which all are left out is one, too."""
    return not decoded or any(name.replace("_", "").lower() in _FIELDS for name in decoded)


def _in_words(error: object) -> Mapping[str, Any]:
    return {"message": error} if isinstance(error, str) and error else {}


def _reason(value: object) -> str:
    """A word of an enumeration, without the prefixes that protobuf and some SDKs give it; empty for the one that stands
    for none."""
    word = text(value).upper().rpartition(".")[2]
    word = re.sub("^(?:FINISH|BLOCK|BLOCKED)_REASON_", "", word)
    return "" if word == "UNSPECIFIED" else word


def _whole(pieces: list[object]) -> Mapping[str, Any]:
    """One reply of what may be the fragments of a stream: the parts of all, the last word on everything else."""
    if not pieces or not all(isinstance(piece, dict) for piece in pieces):
        raise ReplyError("the reply is not a JSON object")
    fragments = mappings(pieces)
    if len(fragments) == 1:
        return fragments[0]
    whole: dict[str, Any] = {}
    for fragment in fragments:
        whole |= {name: value for name, value in fragment.items() if value is not None}
    lists = [_or_nothing(fragment.get("candidates"), list) for fragment in fragments]
    candidates = [candidate for some in lists for candidate in mappings(some)]
    return whole | {"candidates": candidates}


def read_models(body: bytes) -> tuple[str, ...]:
    """Ids of the models in the body of a listing, without `models/`; ReplyError for what is no listing."""
    try:
        listing = mapping(loose_json.decode(body))
    except ValueError:
        raise ReplyError("the listing is not JSON") from None
    names = (text(model.get("name")).removeprefix("models/") for model in mappings(listing.get("models")))
    return tuple(name for name in names if name)


def _or_nothing(value: object, kind: type) -> object:
    """`value` if it is of that kind or null."""
    if value is not None and not isinstance(value, kind):
        raise ReplyError(f"the reply holds a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _images(parts: list[Mapping[str, Any]]) -> list[ImagePart]:
    images = []
    for part in parts:
        inline = mapping(either(part, "inlineData", "inline_data"))
        data, mime = text(inline.get("data")), text(either(inline, "mimeType", "mime_type"))
        if data and not mime.lower().startswith(_OTHER_MEDIA):
            images.append(ImagePart(data, mime, part.get("thought") is True))
    return [image for image in images if image.mime.lower().startswith("image/")] or images


_OTHER_MEDIA = ("text/", "audio/", "video/")  # what is labelled otherwise, or wrongly, tells by its bytes


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    details = mappings(either(value, "candidatesTokensDetails", "candidates_tokens_details"))
    return Usage(
        prompt_tokens=whole(either(value, "promptTokenCount", "prompt_token_count")) or 0,
        output_tokens=whole(either(value, "candidatesTokenCount", "candidates_token_count")) or 0,
        image_tokens=sum(
            whole(either(detail, "tokenCount", "token_count")) or 0
            for detail in details
            if text(detail.get("modality")).upper() == "IMAGE"
        ),
        thought_tokens=whole(either(value, "thoughtsTokenCount", "thoughts_token_count")) or 0,
        total_tokens=whole(either(value, "totalTokenCount", "total_token_count")) or 0,
    )
