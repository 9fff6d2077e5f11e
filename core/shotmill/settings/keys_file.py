"""`keys.toml`, read strictly: its entries as they stand, before any of them is looked up or judged as a key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotmill.secrets import REDACTOR, Secret, redact
from shotmill.settings.endpoint import AddressError, parse_address
from shotmill.settings.names import (
    ENVIRONMENT_KEY,
    KEY_NAME,
    KEY_NAME_ALLOWED,
    PROJECT_NAME,
    PROJECT_NAME_ALLOWED,
    VARIABLE,
    VARIABLE_ALLOWED,
)
from shotmill.settings.placeholders import why_no_key
from shotmill.settings.private_file import read_private
from shotmill.settings.schema import RefusedError, Settings, Table, listed, matching, whole
from shotmill.settings.toml_file import TomlFile

_BELONGS = {"base_urls": "the top of the file, above the first table"}


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One `[keys.NAME]`. Either `secret` or `env`, the variable that holds it; None: not said."""

    name: str
    secret: Secret | None
    env: str | None
    quota_project: str | None = None
    billing_account: str | None = None
    rpm: int | None = None
    rpd: int | None = None


@dataclass(frozen=True, slots=True)
class KeysFile:
    """The whole file; `base_urls` in normal form (`https://host`, the port where it is unusual)."""

    entries: tuple[KeyEntry, ...] = ()
    base_urls: tuple[str, ...] = ()


def read_keys_file(path: Path) -> KeysFile:
    """The entries of `path`; none when there is no such file.

    Raises SettingsError with every fault, or with the command that closes the file to others. No value of the file is
    ever repeated in an error.
    """
    text = read_private(path)
    return KeysFile() if text is None else parse_keys(path, text)


def parse_keys(path: Path, text: str) -> KeysFile:
    """As `read_keys_file`, of a text that `path` holds or is about to hold."""
    settings = Settings(TomlFile(path, text, hides_values=True))
    top = settings.root
    base_urls = top.take("base_urls", listed(_origin, "addresses"), ())
    table = top.table("keys")
    entries = tuple(_entry(table, name) for name in table.values)
    top.close()
    settings.finish()
    return KeysFile(entries, tuple(dict.fromkeys(base_urls)))


def _entry(keys: Table, name: str) -> KeyEntry:
    _check_name(keys, name)
    table = keys.table(name)
    secret = table.take("api_key", _secret, None)
    env = table.take("env", _variable, None)
    project = matching(PROJECT_NAME, PROJECT_NAME_ALLOWED)
    entry = KeyEntry(
        name=name,
        secret=secret,
        env=env,
        quota_project=table.take("quota_project", project, None),
        billing_account=table.take("billing_account", project, None),
        rpm=table.take("rpm", whole(1, 100_000), None),
        rpd=table.take("rpd", whole(1, 10_000_000), None),
    )
    if isinstance(keys.values[name], dict) and table.has("api_key") == table.has("env"):
        both = table.has("env")
        keys.fault(
            name, f"must have api_key or env{', not both' if both else ': the key, or the variable that holds it'}"
        )
    table.close(_BELONGS)
    return entry


def _check_name(keys: Table, name: str) -> None:
    try:
        matching(KEY_NAME, KEY_NAME_ALLOWED)(name)
    except RefusedError as refusal:
        keys.fault(name, refusal.said)
    if name == ENVIRONMENT_KEY:
        keys.fault(name, "is the name of the key in GEMINI_API_KEY; give this one another")


def _secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise RefusedError('must be a key in "quotes"')
    secret = Secret(value.strip())
    if not why_no_key(secret):
        REDACTOR.learn(secret)
    return secret


def _variable(value: object) -> str:
    name = matching(VARIABLE, VARIABLE_ALLOWED)(value)
    if redact(name) != name:
        raise RefusedError("must be the name of an environment variable; a key itself is written as api_key")
    return name


def _origin(value: object) -> str:
    if not isinstance(value, str):
        raise RefusedError('must be an address in "quotes"')
    try:
        address = parse_address(value)
    except AddressError as bad:
        raise RefusedError(f"must be an address: {bad}") from None
    if address.in_clear:
        raise RefusedError("must be an https address: a key sent to an http one could be read on the way")
    return address.origin
