"""Texts that stand where a key should: what templates and guides leave to be filled in, and what can't be a key."""

from __future__ import annotations

import re

from shotmill.secrets import Secret

SHORTEST_KEY = 6  # a shorter one could not be taken out of logs without taking out words

_PLACEHOLDER = re.compile(
    r"""
      (?:aiza(?:sy)?|aq\.?|sk-?)?[x.*…_\s-]*            # nothing, dots, crosses; also behind a real key's beginning
    | <.*> | \[.*\] | \{.*\} | \$.*                     # <key>, ${KEY}, {{ key }}, $KEY
    | (?:put|paste|insert|enter|replace|add)[\s_-].*    # paste-your-key-here
    | (?:your|my|the)(?:[\s_-].*|api.?key.*|key)        # YOUR_GEMINI_API_KEY_1
    | .*[\s_-]here
    | (?:(?:gemini|google)[\s_-]?)?(?:api)?[\s_-]?key(?:[\s_-]?\d*)
    | change[\s_-]?me | replace[\s_-]?me | to[\s_-]?do | tbd | none | null | placeholder | example | dummy | secret
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CARRIABLE = re.compile(r"[\x21-\x7e]+")


def is_placeholder(secret: Secret | str) -> bool:
    """Whether this is what a template leaves for a key, not a key. No key is judged by how it begins."""
    text = secret.reveal() if isinstance(secret, Secret) else secret
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def why_no_key(secret: Secret) -> str:
    """Why this can't be a key, without repeating it; empty when it may be one."""
    text = secret.reveal()
    if is_placeholder(text):
        return "it is a placeholder, not a key" if text.strip() else "it is empty"
    if _CARRIABLE.fullmatch(text) is None:
        return "it holds a space or a character that no key has"
    if len(text) < SHORTEST_KEY:
        return "it is too short for a key"
    return ""
