"""What an answer cost, from what the provider counted. Plain numbers: prices are the settings' data."""

from __future__ import annotations

from shotmill.gemini.reply import Usage

_MILLION = 1_000_000


def cost_usd(
    usage: Usage | None,
    *,
    images: int,
    price_per_image: float,
    image_tokens_per_image: int,
    input_usd_per_million: float = 0.0,
    text_usd_per_million: float = 0.0,
) -> float:
    """US dollars of one answer.

    Draft images are billed as images, so the tokens of all of them count where the provider names them; else `images`
    (all image parts of the reply) times the price. Prices of input and of other output (text, thoughts) may be left
    out. Other output is what of the total is neither input nor image: the parts that are counted by themselves don't
    add up to it.
    """
    if usage is None or not usage.image_tokens or image_tokens_per_image <= 0:
        pictures = images * price_per_image
    else:
        pictures = usage.image_tokens / image_tokens_per_image * price_per_image
    if usage is None:
        return pictures
    output = max(usage.total_tokens - usage.prompt_tokens, 0) or usage.output_tokens + usage.thought_tokens
    drawn = usage.image_tokens or images * image_tokens_per_image
    other = max(output - drawn, 0)
    return pictures + (usage.prompt_tokens * input_usd_per_million + other * text_usd_per_million) / _MILLION
