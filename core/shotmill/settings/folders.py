"""Where Shotmill keeps what belongs to the user: configuration, state, cache.

`shotmill status` has to answer at once and begins here, so this module imports next to nothing: no `typing`, no
`dataclasses`, and `platformdirs` and `hashlib` only where they are needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# The longest path that a Unix socket may have on every system that we know: macOS takes 103 bytes, Linux 107.
LONGEST_SOCKET_PATH = 103


class Folders:
    """The user's three folders, and the well-known files in them. Immutable; nothing is created by asking."""

    __slots__ = ("cache", "config", "state")

    config: Path
    state: Path
    cache: Path

    def __init__(self, config: Path, state: Path, cache: Path) -> None:
        object.__setattr__(self, "config", config)
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "cache", cache)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Folders:
        """`SHOTMILL_HOME=DIR` puts everything under one folder, else the platform's usual folders are used.

        A relative or `~` DIR is made absolute. On Linux the XDG variables count where they are absolute, as their
        specification asks.
        """
        home = environ.get("SHOTMILL_HOME", "")
        if home:
            root = Path(os.path.abspath(os.path.expanduser(home)))  # noqa: PTH100, PTH111 - a symlink stays as written
            return cls(root / "config", root / "state", root / "cache")
        if sys.platform == "darwin":
            return cls._of_platform()
        return cls(
            _xdg(environ, "XDG_CONFIG_HOME", ".config"),
            _xdg(environ, "XDG_STATE_HOME", ".local/state"),
            _xdg(environ, "XDG_CACHE_HOME", ".cache"),
        )

    @classmethod
    def _of_platform(cls) -> Folders:
        from platformdirs import PlatformDirs

        usual = PlatformDirs("shotmill", appauthor=False)
        return cls(usual.user_config_path, usual.user_state_path, usual.user_cache_path)

    @property
    def keys_file(self) -> Path:
        return self.config / "keys.toml"

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def run(self) -> Path:
        """Where the daemon keeps what lives as long as it does: its socket and its lock."""
        return self.state / "run"

    @property
    def socket(self) -> Path:
        """The daemon's socket.

        A path that is too long for a socket is replaced by one in `/tmp` that belongs to this user and this state
        folder. Anyone may make a folder in `/tmp`: whoever binds or connects there checks that it is the user's own
        and open to nobody else.
        """
        usual = self.run / "d.sock"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_PATH:
            return usual
        import hashlib

        mark = hashlib.sha256(os.fsencode(self.run)).hexdigest()[:8]
        return Path(f"/tmp/shotmill-{os.getuid()}-{mark}/d.sock")  # noqa: S108 - see above: its owner is checked

    @property
    def database(self) -> Path:
        return self.state / "shotmill.db"

    @property
    def spool(self) -> Path:
        """Where received images wait until they stand in their project."""
        return self.state / "spool"

    @property
    def daemon_log(self) -> Path:
        return self.state / "daemon.log"

    @property
    def client_log(self) -> Path:
        """What kept screens and commands from the daemon."""
        return self.state / "client.log"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Folders is frozen: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Folders is frozen: {name}")

    def _parts(self) -> tuple[Path, Path, Path]:
        return self.config, self.state, self.cache

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folders) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return f"Folders(config={str(self.config)!r}, state={str(self.state)!r}, cache={str(self.cache)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Folders, self._parts())


def _xdg(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    stated = environ.get(variable, "")
    if os.path.isabs(stated):  # noqa: PTH117 - a relative one is to be ignored
        return Path(stated) / "shotmill"
    home = environ.get("HOME", "") or os.path.expanduser("~")  # noqa: PTH111 - a home of the caller's environment
    return Path(home) / usual / "shotmill"
