"""The keys of this machine: those of `keys.toml` and of the environment, which of them can be used, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

from shotmill.secrets import REDACTOR, Secret
from shotmill.settings.folders import Folders
from shotmill.settings.keys_file import KeyEntry, KeysFile, read_keys_file
from shotmill.settings.names import ENVIRONMENT_KEY, ENVIRONMENT_VARIABLES
from shotmill.settings.placeholders import is_placeholder, why_no_key


@dataclass(frozen=True, slots=True)
class Key:
    """A key that can be used. The provider counts quota at `quota_project` and spending at `billing_account`;
    `rpm` and `rpd` are limits that `keys.toml` sets, None where it sets none. `origin`: where the secret came from.
    """

    name: str
    secret: Secret
    quota_project: str
    billing_account: str
    rpm: int | None = None
    rpd: int | None = None
    origin: Literal["file", "environment"] = "file"

    @property
    def fingerprint(self) -> str:
        return self.secret.fingerprint


class UnusableKey(NamedTuple):
    """A key that is named and can't be used."""

    name: str
    reason: str
    cure: str


MOST_NAMED = 6
_NO_SHARING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key of this machine, in the file's order, `env` last.

    `shared`: the names that have one secret, by its fingerprint, where there are two or more. `env_by_default`: the
    key `env` is used without being named, because `keys.toml` has no key. `notes`: what a person should know of,
    though nothing is broken.
    """

    keys: tuple[Key, ...] = ()
    unusable: tuple[UnusableKey, ...] = ()
    base_urls: tuple[str, ...] = ()
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_SHARING)
    env_by_default: bool = True
    notes: tuple[str, ...] = ()

    def find(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)

    def why_unusable(self, name: str) -> UnusableKey | None:
        return next((key for key in self.unusable if key.name == name), None)


def known_ones(names: Sequence[str]) -> str:
    """`; it has anna and ben`, behind what is said of a name that is not among them; nothing where there are none."""
    if not names:
        return ""
    shown = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else list(names)
    return f"; it has {' and '.join(part for part in (', '.join(shown[:-1]), shown[-1]) if part)}"


def load_keys(folders: Folders, environ: Mapping[str, str]) -> KeyRing:
    """The key ring of this user, with the variables of `environ`. Every secret is taught to the redactor.

    Raises SettingsError for a `keys.toml` that is open to others or has faults.
    """
    return key_ring(read_keys_file(folders.keys_file), environ)


def key_ring(file: KeysFile, environ: Mapping[str, str]) -> KeyRing:
    """As `load_keys`, of entries that were read before."""
    keys: list[Key] = []
    unusable: list[UnusableKey] = []
    for found in (*(_of_entry(entry, environ) for entry in file.entries), _of_environment(environ)):
        if isinstance(found, Key):
            keys.append(found)
        elif found is not None:
            unusable.append(found)
    shared = _shared(keys)
    notes = [f"{', '.join(names)} are one key: the same secret" for names in shared.values()]
    stated = {entry.name: entry for entry in file.entries}
    settled = _one_account_a_project(_one_project_a_secret(keys, stated, notes), stated, notes)
    notes += differing_limits(settled)
    return KeyRing(
        keys=settled,
        unusable=tuple(unusable),
        base_urls=file.base_urls,
        shared=MappingProxyType(shared),
        env_by_default=all(entry.secret is not None and is_placeholder(entry.secret) for entry in file.entries),
        notes=tuple(notes),
    )


def wanted_environment(folders: Folders) -> tuple[str, ...]:
    """The variables that a client sends to the daemon: the two usual ones and every `env = "NAME"`.

    Raises SettingsError as `load_keys` does.
    """
    named = (entry.env for entry in read_keys_file(folders.keys_file).entries if entry.env)
    return tuple(dict.fromkeys((*ENVIRONMENT_VARIABLES, *named)))


def _of_entry(entry: KeyEntry, environ: Mapping[str, str]) -> Key | UnusableKey:
    if entry.env is not None:
        secret = Secret(environ.get(entry.env, "").strip())
        if not secret.reveal():
            reason = f"the environment variable {entry.env} is not set"
            return UnusableKey(entry.name, reason, f"Set {entry.env} where you start Shotmill")
        cure = f"Put the key into {entry.env}"
    else:
        secret = entry.secret or Secret("")
        cure = f"shotmill keys add {entry.name} --replace"
    why = why_no_key(secret)
    if why:
        return UnusableKey(entry.name, why, cure)
    REDACTOR.learn(secret)
    project = entry.quota_project or entry.name
    account = entry.billing_account or project
    origin: Literal["file", "environment"] = "file" if entry.env is None else "environment"
    return Key(entry.name, secret, project, account, entry.rpm, entry.rpd, origin)


def _of_environment(environ: Mapping[str, str]) -> Key | UnusableKey | None:
    """The key `env`. A variable that holds a placeholder is passed over for the other; both are taught to the
    redactor, used or not.
    """
    unusable: UnusableKey | None = None
    usable: Secret | None = None
    for variable in ENVIRONMENT_VARIABLES:
        secret = Secret(environ.get(variable, "").strip())
        if not secret.reveal():
            continue
        why = why_no_key(secret)
        if why:
            unusable = unusable or UnusableKey(
                ENVIRONMENT_KEY, f"{variable}: {why}", f"unset {variable}, or put the key into it"
            )
            continue
        REDACTOR.learn(secret)
        usable = usable or secret
    if usable is None:
        return unusable
    return Key(ENVIRONMENT_KEY, usable, ENVIRONMENT_KEY, ENVIRONMENT_KEY, origin="environment")


def _shared(keys: Sequence[Key]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for key in keys:
        names[key.fingerprint] = (*names.get(key.fingerprint, ()), key.name)
    return {fingerprint: sharing for fingerprint, sharing in names.items() if len(sharing) > 1}


def _one_project_a_secret(keys: Sequence[Key], stated: Mapping[str, KeyEntry], notes: list[str]) -> tuple[Key, ...]:
    """A secret belongs to one cloud project, whatever is said under its other names: the first that is stated wins,
    else the first name's own. Counted twice, a window could be exceeded.
    """
    settled: list[Key] = []
    for key in keys:
        twins = [other for other in keys if other.fingerprint == key.fingerprint]
        entries = [stated[twin.name] for twin in twins if twin.name in stated]
        projects = [entry.quota_project for entry in entries if entry.quota_project]
        accounts = [entry.billing_account for entry in entries if entry.billing_account]
        project = projects[0] if projects else twins[0].quota_project
        own = stated[key.name].quota_project if key.name in stated else None
        if own is not None and own != project:
            notes.append(f"{key.name} is counted in quota project {project}, as {twins[0].name} is, not in {own}")
        settled.append(replace(key, quota_project=project, billing_account=accounts[0] if accounts else project))
    return tuple(settled)


def _one_account_a_project(keys: Sequence[Key], stated: Mapping[str, KeyEntry], notes: list[str]) -> tuple[Key, ...]:
    """A cloud project has one billing account: the first that is stated for any of its keys."""
    accounts: dict[str, str] = {}
    for key in keys:
        entry = stated.get(key.name)
        if entry is not None and entry.billing_account:
            first = accounts.setdefault(key.quota_project, entry.billing_account)
            if first != entry.billing_account:
                notes.append(
                    f"quota project {key.quota_project} is counted in billing account {first} for {key.name} too"
                )
    return tuple(replace(key, billing_account=accounts.get(key.quota_project, key.quota_project)) for key in keys)


def differing_limits(keys: Iterable[Key]) -> list[str]:
    """Where keys of one quota project are given different limits: the provider counts them together, so that only
    the lowest can hold for all."""
    groups: dict[str, list[Key]] = {}
    for key in keys:
        groups.setdefault(key.quota_project, []).append(key)
    return [
        f"keys.toml gives quota project {name} {what} = {' and '.join(str(figure) for figure in sorted(figures))}, "
        f"for keys that share it: {min(figures)} holds for all of them"
        for name, members in groups.items()
        for what, figures in (
            ("rpm", {key.rpm for key in members if key.rpm is not None}),
            ("rpd", {key.rpd for key in members if key.rpd is not None}),
        )
        if len(figures) > 1
    ]
