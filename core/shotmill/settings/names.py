"""The forms of the names that settings use for keys, cloud projects and environment variables."""

from __future__ import annotations

KEY_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
KEY_NAME_ALLOWED = "the short name of a key: letters, digits, - and _"

# A quota project or billing account: a name of the user's own, or the provider's id.
PROJECT_NAME = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"
PROJECT_NAME_ALLOWED = "a short name: letters, digits, - _ . :"

VARIABLE = r"[A-Za-z_][A-Za-z0-9_]{0,99}"
VARIABLE_ALLOWED = "the name of an environment variable"

ENVIRONMENT_KEY = "env"  # the key that GOOGLE_API_KEY or GEMINI_API_KEY holds; no key of keys.toml has this name
ENVIRONMENT_VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")  # the first that is set wins, as in the provider's SDK
