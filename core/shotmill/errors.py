"""Errors that a person can meet: what happened, what to do about it, and the exit code of the contract."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; fixed by the contract."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    GAPS = 3
    STOPPED = 4
    NOTHING_RUNS = 5
    UNREACHABLE = 6
    BUDGET = 7
    INTERRUPTED = 130


class ShotmillError(Exception):
    """Something a person can mend.

    `code` is a stable word for programs (the API's `error.code`), `message` says what happened and where,
    `cure` says what to do, `exit_code` is what a command ends with. None of them ever holds a secret.
    """

    code = "fault"
    exit_code = ExitCode.FAULT

    def __init__(self, message: str, *, cure: str = "", code: str = "", exit_code: ExitCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        if code:
            self.code = code
        if exit_code is not None:
            self.exit_code = exit_code

    @property
    def told(self) -> str:
        """Message and cure on one line, as logs have them."""
        return f"{self.message}  → {self.cure}" if self.cure else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.cure, self.code, self.exit_code))


def _rebuild(kind: type[ShotmillError], message: str, cure: str, code: str, exit_code: ExitCode) -> ShotmillError:
    return kind(message, cure=cure, code=code, exit_code=exit_code)


class UsageError(ShotmillError):
    """Wrong usage or settings, prompts that can't be read, two beats of one id."""

    code = "usage"
    exit_code = ExitCode.USAGE


class NothingRunsError(ShotmillError):
    """No prompts, no usable key, or a folder that can't be written."""

    code = "nothing_runs"
    exit_code = ExitCode.NOTHING_RUNS


class UnreachableError(ShotmillError):
    """The daemon can't be reached."""

    code = "unreachable"
    exit_code = ExitCode.UNREACHABLE
