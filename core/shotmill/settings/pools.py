"""Which keys a style may use, and which limits hold for a quota project. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.names import ENVIRONMENT_KEY
from shotmill.settings.project import Auto, Limits, StyleSettings


@dataclass(frozen=True, slots=True)
class Pool:
    """The keys of a style, each secret once. `passed_over`: names that the style has and this machine can't use;
    `KeyRing.why_unusable` says why, and knows nothing of a name that this machine lacks altogether.
    """

    keys: tuple[Key, ...]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """Requests a minute and a day for a quota project, and whether a person wrote them."""

    rpm: int | Auto
    rpd: int
    rpm_written: bool = field(default=False, compare=False)
    rpd_written: bool = field(default=False, compare=False)


def pool_for(style: StyleSettings, ring: KeyRing) -> Pool:
    """The keys that `style` names, in its order; without a `keys` line every key of `keys.toml`, or `env` where that
    file has none.
    """
    if style.keys is None:
        named = [key for key in ring.keys if key.name != ENVIRONMENT_KEY or ring.env_by_default]
        return Pool(_once(named))
    found = {name: ring.find(name) for name in style.keys}
    return Pool(
        keys=_once(key for key in found.values() if key is not None),
        passed_over=tuple(name for name, key in found.items() if key is None),
    )


def limits_for(quota_project: str, keys: Iterable[Key], *project_limits: Limits) -> QuotaLimits:
    """What `keys.toml` says for any key of the quota project, the lowest; what it leaves open, the lowest that a
    project's `shotmill.toml` says, and where none says any the default. A number is lower than `"auto"`.
    """
    of_project = [key for key in keys if key.quota_project == quota_project]
    of_keys = [key.rpm for key in of_project if key.rpm is not None]
    limits = project_limits or (Limits(),)
    said = [limit for limit in limits if limit.rpm_written] or limits
    rpm = of_keys or [limit.rpm for limit in said if limit.rpm != "auto"]
    rpm_written = bool(rpm) and (bool(of_keys) or said is not limits)
    of_keys = [key.rpd for key in of_project if key.rpd is not None]
    said = [limit for limit in limits if limit.rpd_written] or limits
    rpd = of_keys or [limit.rpd for limit in said]
    rpd_written = bool(of_keys) or said is not limits
    return QuotaLimits(min(rpm) if rpm else "auto", min(rpd), rpm_written, rpd_written)


def _once(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Each secret under the first of its names."""
    first: dict[str, Key] = {}
    for key in keys:
        first.setdefault(key.fingerprint, key)
    return tuple(first.values())
