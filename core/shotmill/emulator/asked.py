"""What a `generateContent` request asks for, checked as the provider checks it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

from shotmill.emulator import refusals
from shotmill.emulator.bill import REFERENCE_TOKENS
from shotmill.emulator.models import ALL_RATIOS, EmulatedModel, nearest_ratio

_TOP_LEVEL = {
    "contents", "generationConfig", "safetySettings", "systemInstruction", "tools", "toolConfig", "cachedContent",
    "serviceTier", "model", "store",
}  # fmt: skip
_STYLE = re.compile(r"\b([A-Za-z][\w-]*)\s+style\s*:", re.IGNORECASE)
_SHOT = re.compile(r"\bshot[\s_]+(\d+)", re.IGNORECASE)
_BEAT = re.compile(r"\bbeat[\s_]+(\d[\w.]*\w|\d)", re.IGNORECASE)
_MODALITIES = {"TEXT", "IMAGE", "AUDIO", "MODALITY_UNSPECIFIED"}


@dataclass(frozen=True, slots=True)
class Reference:
    """An inline image as it was sent, and decoded to RGB at no more than 1024 pixels."""

    sha256: str
    width: int
    height: int
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture wanted. `style`, `shot` and `beat` are what the prompt's own words say, else empty."""

    prompt: str
    ratio: str
    size: str
    wants_image: bool
    references: tuple[Reference, ...]
    style: str = ""
    shot: str = ""
    beat: str = ""

    @property
    def prompt_sha256(self) -> str:
        return hashlib.sha256(self.prompt.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def text_tokens(self) -> int:
        """Of the prompt, about as the provider counts them: four characters each."""
        return max(1, len(self.prompt) // 4)

    @property
    def tokens(self) -> int:
        """Input tokens, those of images with them."""
        return self.text_tokens + REFERENCE_TOKENS * len(self.references)


def read_asked(raw: bytes, model: EmulatedModel, beat: str = "", style: str = "") -> Asked:
    """Decodes and checks a request's body; `beat` and `style` label it where its prompt does not.

    Raises RefusedError with the provider's 400. Blocking: it decodes images.
    """
    body = _parse(raw)
    parts = _parts(body)
    prompt = "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    references = tuple(_reference(part["inlineData"]) for part in parts if "inlineData" in part)
    if not prompt and not references:
        raise refusals.invalid("no_contents", "* GenerateContentRequest.contents: contents is not specified\n")
    if len(references) > model.references:
        raise refusals.invalid(
            "too_many_images",
            f"Too many input images: {len(references)}. {model.name} allows at most {model.references}.",
        )
    config = _object(body.get("generationConfig") or {}, "generation_config")
    ratio, size = _shape(config, model, references)
    modalities = [str(word).upper() for word in config.get("responseModalities") or ("TEXT", "IMAGE")]
    if not set(modalities) <= _MODALITIES:
        raise refusals.invalid(
            "response_modalities", f"Invalid value at 'generation_config.response_modalities': {modalities}"
        )
    return Asked(
        prompt,
        ratio,
        size,
        "IMAGE" in modalities,
        references,
        style=(_word(_STYLE, prompt) or style).lower(),
        shot=_word(_SHOT, prompt),
        beat=_word(_BEAT, prompt) or beat,
    )


def _word(pattern: re.Pattern[str], prompt: str) -> str:
    match = pattern.search(prompt)
    return match.group(1) if match else ""


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except ValueError as error:
        raise refusals.invalid("no_json", f"Invalid JSON payload received. {error}") from error
    body = _object(_camel(data), "")
    for name in body:
        if name not in _TOP_LEVEL:
            raise refusals.invalid(
                "unknown_field", f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
            )
    return body


def _camel(value: Any) -> Any:
    """The same with camelCase names: the provider takes both spellings, and the SDK mixes them."""
    if isinstance(value, dict):
        return {re.sub(r"_([a-z])", lambda m: m.group(1).upper(), str(k)): _camel(v) for k, v in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refusals.invalid("no_object", f"Invalid value at '{where}': an object is expected.")
    return value


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every part of every content; a model's picture that comes back without its signature is refused."""
    contents = body.get("contents") or []
    if not isinstance(contents, list):
        contents = [contents]
    found: list[dict[str, Any]] = []
    for place, item in enumerate(contents, start=1):
        content = _object(item, "contents")
        parts = content.get("parts") or []
        for position, entry in enumerate(parts if isinstance(parts, list) else [parts], start=1):
            part = _object(entry, "contents.parts")
            if content.get("role") == "model" and "inlineData" in part and not part.get("thoughtSignature"):
                error = refusals.refused("400-thought-signature-missing")
                error.body["error"]["message"] = (
                    f"Image part is missing a thought_signature in content position {place}, part position {position}."
                )
                raise error
            if "fileData" in part:  # the emulator keeps no files, so none can be found
                raise refusals.refused("404-entity-not-found")
            found.append(part)
    return found


def _reference(blob: Any) -> Reference:
    try:
        text = str(_object(blob, "inline_data")["data"]).translate(str.maketrans("-_", "+/"))
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        with Image.open(io.BytesIO(raw)) as image:
            width, height = image.size
            image.draft("RGB", (1024, 1024))
            picture = image.convert("RGB")
    except (KeyError, ValueError, OSError, SyntaxError, binascii.Error, Image.DecompressionBombError) as error:
        raise refusals.refused("400-unable-to-process-image") from error
    picture.thumbnail((1024, 1024))
    return Reference(hashlib.sha256(raw).hexdigest(), width, height, picture)


def _shape(config: dict[str, Any], model: EmulatedModel, references: tuple[Reference, ...]) -> tuple[str, str]:
    """The ratio and size: `imageConfig`, or the newer spelling `responseFormat.image`."""
    newer = _object(config.get("responseFormat") or {}, "response_format").get("image")
    wanted = _object(newer or config.get("imageConfig") or {}, "generation_config.image_config")
    ratio = wanted.get("aspectRatio") or ""
    if ratio and ratio not in model.ratios:
        raise refusals.invalid("400-aspect-ratio", _ratio_message(model))
    size = wanted.get("imageSize") or "1K"
    if size not in model.tokens:
        allowed = ", ".join(f"'{name}'" for name in model.tokens)
        raise refusals.invalid(
            "400-image-size",
            "* GenerateContentRequest.generation_config.image_config.image_size: "
            f"image_size must be one of {allowed}.\n",
        )
    if not ratio:
        ratio = nearest_ratio(references[-1].width, references[-1].height, model.ratios) if references else "1:1"
    return str(ratio), str(size)


def _ratio_message(model: EmulatedModel) -> str:
    """The recorded text, which lists fourteen ratios; a model that has ten lists those."""
    message: str = refusals.body("400-aspect-ratio")["error"]["message"]
    if model.ratios == ALL_RATIOS:
        return message
    quoted = [f"'{ratio}'" for ratio in model.ratios]
    return message.split("must be one of")[0] + f"must be one of {', '.join(quoted[:-1])}, or {quoted[-1]}.\n"
