"""Who may ask, and how much: keys, the quota projects they belong to, and the file that sets them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from shotmill.errors import UsageError


class State(StrEnum):
    """What the provider thinks of a key or of its quota project."""

    OK = "ok"
    INVALID = "invalid"
    LEAKED = "leaked"
    SUSPENDED = "suspended"
    SERVICE_DISABLED = "service_disabled"
    RESTRICTED = "restricted"
    BILLING_DISABLED = "billing_disabled"
    NO_QUOTA = "no_quota"
    PREPAY_DEPLETED = "prepay_depleted"
    SPEND_CAPPED = "spend_capped"


@dataclass(frozen=True, slots=True)
class QuotaProject:
    """The limits of one cloud project, each for every model by itself; None is no limit.

    `rpm` requests, `tpm` input tokens and `ipm` images in any 60 seconds, `rpd` requests from midnight to midnight in
    Los Angeles, `spend_usd` dollars in any ten minutes of the whole `billing_account`.
    """

    name: str
    rpm: int = 9
    rpd: int = 500
    tpm: int | None = None
    ipm: int | None = None
    spend_usd: float | None = None
    billing_account: str = ""
    state: State = State.OK

    def faster(self, speed: float) -> QuotaProject:
        """The same project with every limit multiplied; a minute stays a minute, and no limit falls below one."""
        return QuotaProject(
            self.name,
            max(1, round(self.rpm * speed)),
            max(1, round(self.rpd * speed)),
            None if self.tpm is None else max(1, round(self.tpm * speed)),
            None if self.ipm is None else max(1, round(self.ipm * speed)),
            None if self.spend_usd is None else self.spend_usd * speed,
            self.billing_account or self.name,
            self.state,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """One API key; `state` is its own, beside its project's."""

    name: str
    api_key: str = field(repr=False)
    quota_project: str
    state: State = State.OK


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key by its secret, and every quota project by its name."""

    keys: Mapping[str, Key] = field(repr=False)
    projects: Mapping[str, QuotaProject]

    def faster(self, speed: float) -> Keyring:
        return Keyring(self.keys, {name: project.faster(speed) for name, project in self.projects.items()})

    def listed(self) -> list[dict[str, Any]]:
        """The keys as the ready line names them."""
        return [
            {
                "name": key.name,
                "api_key": key.api_key,
                "quota_project": key.quota_project,
                "rpm": self.projects[key.quota_project].rpm,
                "rpd": self.projects[key.quota_project].rpd,
            }
            for key in self.keys.values()
        ]


_DEFAULT_KEYS = {
    "anna": "film-1",
    "ben": "film-1",
    "carl": "film-2",
    "dora": "film-3",
    "eva": "film-4",
    "finn": "film-5",
}


def default_keyring() -> Keyring:
    """Six keys of five quota projects, each 9 requests a minute and 500 a day; anna and ben share theirs."""
    keys = [
        Key(name, f"emulator-key-{name}-{number:04d}", project)
        for number, (name, project) in enumerate(_DEFAULT_KEYS.items(), start=1)
    ]
    return Keyring(
        {key.api_key: key for key in keys}, {name: QuotaProject(name) for name in sorted(set(_DEFAULT_KEYS.values()))}
    )


def read_keyring(path: Path) -> Keyring:
    """The keys file of `--keys`; raises UsageError that names the file and what is wrong with it.

    `{"quota_projects": {"film-1": {"rpm": 9, "rpd": 500, "tpm": null, "ipm": null, "spend_usd": null,
    "billing_account": "studio", "state": "ok"}}, "keys": [{"name": "anna", "api_key": "…", "quota_project": "film-1",
    "state": "ok"}]}`; everything but a key's name is optional.
    """
    try:
        return parse_keyring(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", cure="give --keys a file that exists") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path} is no keys file: {error}", cure="see `shotmill emulator --help` for its form"
        ) from error


def parse_keyring(data: Mapping[str, Any]) -> Keyring:
    """The same from data; raises ValueError, TypeError or KeyError."""
    projects = {
        name: QuotaProject(**{"name": name, **settings, "state": State(settings.get("state", "ok"))})
        for name, settings in dict(data.get("quota_projects", {})).items()
    }
    keys: dict[str, Key] = {}
    for number, item in enumerate(data["keys"], start=1):
        name = str(item["name"])
        project = str(item.get("quota_project") or name)
        projects.setdefault(project, QuotaProject(project))
        secret = str(item.get("api_key") or f"emulator-key-{name}-{number:04d}")
        keys[secret] = Key(name, secret, project, State(item.get("state", "ok")))
    return Keyring(keys, projects)
