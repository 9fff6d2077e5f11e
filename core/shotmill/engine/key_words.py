"""Why a key, or what it belongs to, may not send: a few words by code, the same for meters, lists of keys and checks.
The provider's own words stand with the key."""

from __future__ import annotations

_SHORT = {
    "day_quota": "day quota spent",
    "throttled": "the provider asks for a pause",
    "key_invalid": "key not valid",
    "key_leaked": "key reported as leaked",
    "key_restricted": "key restricted",
    "no_quota": "may draw 0 images a day",
    "prepay_depleted": "prepaid balance is empty",
    "payment_required": "the account wants money",
    "spend_cap": "spending cap reached",
    "spend_rate": "spend window full",
    "service_disabled": "API not enabled",
    "suspended": "suspended by Google",
    "project_denied": "project denied access",
    "billing_disabled": "billing is off",
    "billing_needed": "billing is off",
}
NEW_SECRET = frozenset({"", "key_invalid", "key_leaked", "unusable"})
"""Codes of what another key in its place mends; all else is mended where the key or its project is kept."""


def short_of(code: str) -> str:
    """A code that is not known here is told as it is."""
    return _SHORT.get(code, code.replace("_", " "))


def invalid_as(code: str) -> str:
    """What a key is that is refused until a person mends it: not valid, or what else keeps it."""
    return "not valid" if code in ("", "key_invalid", "unusable") else short_of(code)
