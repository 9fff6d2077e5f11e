"""The table's other parts: replies without an image, and exchanges without a complete answer. Data only."""

from __future__ import annotations

from shotmill.gemini.outcome import Fate, Nudge, Scope
from shotmill.gemini.row import MENDED, SOON, Row

IMAGE = Row("image", Fate.IMAGE, billed=True)

_REWORD = "Reword the beat's prompt, or change its references."


def _blocked(code: str, cure: str = _REWORD, *, of_references: bool = False) -> Row:
    return Row(code, Fate.BLOCKED, counts=True, words="refused for its content", cure=cure, of_references=of_references)


def _by_chance(code: str, cure: str, nudge: Nudge = Nudge.NONE) -> Row:
    """The filter judges the drawn image: another drawing of the same prompt may pass, once."""
    return Row(
        code,
        Fate.AGAIN,
        counts=True,
        tries=1,
        then=Fate.BLOCKED,
        nudge=nudge,
        words="the drawn image was withheld",
        cure=cure,
    )


_RECITATION = _by_chance("recitation", "Add detail to the prompt: it came out too close to a known work.", Nudge.DETAIL)


def _no_image(code: str) -> Row:
    return Row(
        code,
        Fate.AGAIN,
        counts=True,
        tries=2,
        nudge=Nudge.IMAGE_ONLY,
        words="the model answered without an image",
        cure="Let the prompt describe a picture; one that asks a question or for a text is answered in words.",
    )


# By promptFeedback.blockReason; REFUSED_PROMPT for every other reason, and for feedback that names none.
REFUSED_PROMPT = _blocked("prompt_blocked")
BLOCK_REASONS: dict[str, Row] = {
    "OTHER": _blocked(
        "input_blocked",
        "Often a reference and not the prompt: look at the style's references and at the image before; "
        "saving them anew as JPEG has helped.",
        of_references=True,
    ),
    "IMAGE_SAFETY": _blocked(
        "input_blocked", "Change the beat's references: one of them was refused.", of_references=True
    ),
}

# Neither a candidate nor feedback: most likely the same, with the feedback lost on the way.
UNANSWERED = Row(
    "prompt_blocked", Fate.AGAIN, counts=True, tries=1, then=Fate.BLOCKED, words="an empty answer", cure=_REWORD
)

# By candidates[0].finishReason, where no image came.
ENDINGS: dict[str, Row] = {
    "SAFETY": _blocked("safety"),
    "PROHIBITED_CONTENT": _blocked("prohibited_content"),
    "IMAGE_PROHIBITED_CONTENT": _blocked("prohibited_content"),
    "BLOCKLIST": _blocked("blocklist", "Reword the beat's prompt: it holds a word that Google blocks."),
    "SPII": _blocked("personal_data", "Take personal data out of the beat's prompt."),
    "MODEL_ARMOR": _blocked("model_armor"),
    "ESCALATION": _blocked("escalation"),
    "LANGUAGE": _blocked("language", "Write the beat's prompt in a language that the model knows."),
    "IMAGE_SAFETY": _by_chance("image_safety", _REWORD),
    "IMAGE_OTHER": _by_chance("image_other", _REWORD),
    "OTHER": _by_chance("other", _REWORD),
    "IMAGE_RECITATION": _RECITATION,
    "RECITATION": _RECITATION,
    "NO_IMAGE": _no_image("no_image"),
    "STOP": _no_image("no_image"),
    "MALFORMED_RESPONSE": _no_image("no_image"),
    "MALFORMED_FUNCTION_CALL": _no_image("no_image"),
    "UNEXPECTED_TOOL_CALL": _no_image("no_image"),
    "TOO_MANY_TOOL_CALLS": _no_image("no_image"),
    "MISSING_THOUGHT_SIGNATURE": _no_image("no_image"),
    "CONTINUATION": _no_image("no_image"),
    "MAX_TOKENS": _no_image("no_image"),
    "PUP_LIMITED_DISABLED": Row(
        "account_limited",
        Fate.AGAIN,
        Scope.KEY,
        MENDED,
        words="the account is limited for breaches of policy",
        cure="Look at the account in Google AI Studio: Google limited it for breaches of its use policy.",
    ),
    "": _no_image("no_image"),
}
# Drawn and billed, and yet not there: as a link, or lost on the way. It is not bought again unasked.
MISSING = Row(
    "image_missing",
    Fate.UNUSABLE,
    billed=True,
    words="the image that was billed is not in the answer",
    cure="Check base_url and what stands between; then: shotmill start --retry-failed",
)
UNKNOWN_ENDING = Row("unknown_finish", Fate.AGAIN, counts=True, tries=1, words="the model ended for an unknown reason")

# A complete answer that is neither an error nor a reply: perhaps an image was made, and it is not bought again unasked.
UNEXPECTED = Row(
    "unexpected",
    Fate.UNUSABLE,
    billed=None,
    words="perhaps paid: not an answer of the API",
    cure="Check base_url and the proxy; then: shotmill start --retry-failed",
)
UNREADABLE = Row("answer_unreadable", Fate.UNUSABLE, billed=None, words="the answer is no reply of the API")


def _not_sent(code: str, words: str, cure: str) -> Row:
    return Row(code, Fate.NOT_SENT, Scope.NETWORK, SOON, words=words, cure=cure)


def _in_doubt(code: str, words: str, cure: str = "") -> Row:
    return Row(code, Fate.IN_DOUBT, billed=None, words=words, cure=cure)


_LOST = _in_doubt("connection_lost", "the connection broke before a whole answer came")

# By Exchange.failure. A word that stands on one side only is never met on the other.
NOT_SENT: dict[str, Row] = {
    "dns": _not_sent("dns", "the endpoint's name has no address", "Check the network and its name server."),
    "refused": _not_sent("refused", "the endpoint refused the connection", "Check base_url and the network."),
    "unreachable": _not_sent("unreachable", "there is no way to the endpoint", "Check the network."),
    "connect_timeout": _not_sent("connect_timeout", "no connection to the endpoint in time", "Check the network."),
    "reset": _not_sent("reset", "the connection was refused while it was made", "Check the network and a firewall."),
    "tls": _not_sent(
        "tls", "the endpoint could not prove who it is", "Check this machine's clock, its certificates and the network."
    ),
    "proxy": _not_sent("proxy", "the proxy would not connect", "Check HTTPS_PROXY, and the login that it wants."),
    "local": _not_sent(
        "local", "this machine has no connection left", "Raise the limit of open files (ulimit -n), or lower in_flight."
    ),
    "bad_url": Row(
        "bad_url", Fate.NOT_SENT, Scope.RUN, MENDED, words="the endpoint's address is none", cure="Check base_url."
    ),
    "bad_key": Row(
        "bad_key",
        Fate.NOT_SENT,
        Scope.KEY,
        MENDED,
        words="the key holds characters that can't be sent",
        cure="Store the key again: shotmill keys add NAME --replace.",
    ),
}
NOT_SENT_OTHERWISE = _not_sent("not_sent", "the request could not be sent", "Check the network.")

IN_DOUBT: dict[str, Row] = {
    "timeout": _in_doubt("timed_out", "no whole answer in time", "If it happens often, raise gemini.timeout_s."),
    "cut": _in_doubt("answer_cut", "the answer ended before it was whole"),
    "protocol": _in_doubt("answer_cut", "the answer was not HTTP", "Check the proxy and the network."),
    "too_large": _in_doubt("answer_too_large", "the answer was larger than any image"),
    "closed": _LOST,
    "reset": _LOST,
}
IN_DOUBT_OTHERWISE = _LOST
