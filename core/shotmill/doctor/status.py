"""A project's status object: from the daemon where it has the project open, else from the folder itself."""

from __future__ import annotations

import os
from typing import Any

from shotmill.client import http
from shotmill.doctor.check import Surroundings
from shotmill.errors import ShotmillError, UnreachableError

ASK_WITHIN = 2.0
"""Seconds for a question to the daemon: one that is stopped must not hold a check up for long."""


def status_of(around: Surroundings) -> dict[str, Any]:
    """Raises `ShotmillError` for settings or prompts that can't be read, where no daemon knows the project."""
    return live_status(around) or offline(around)


def live_status(around: Surroundings) -> dict[str, Any] | None:
    """The daemon's own status of the project; None without a daemon, or where it has not opened it. Opens nothing."""
    root = os.path.realpath(around.project)
    try:
        answer = http.request(around.folders.socket, "GET", "/v1/status", timeout=ASK_WITHIN)
    except UnreachableError:
        return None
    for status in answer.get("projects", []):
        if os.path.realpath(str(status["project"]["path"])) == root:
            found: dict[str, Any] = status
            return found
    return None


def offline(around: Surroundings) -> dict[str, Any]:
    """As the folder alone tells it."""
    from shotmill.engine.offline import offline_status

    try:
        return offline_status(around.project)
    except OSError as error:
        raise ShotmillError(f"{around.root} can't be read: {error.strerror}", cure="shotmill help progress") from error
