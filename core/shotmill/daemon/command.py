"""The daemon's process: what it gives up, its lock, its log, and the exit code that says how it ended.

Exit codes of `daemon run`: 0 ended as asked or idle, 3 ended at once with requests in doubt, 70 an unexpected fault,
74 its state can't be used, 75 another daemon is running.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from shotmill.client.surroundings import OPENS
from shotmill.daemon.daemon_log import log_to
from shotmill.daemon.hardening import harden, keys_from, start_again_without_keys
from shotmill.daemon.loop_lag import LoopLag, loop_that_tells
from shotmill.daemon.ready import Ready
from shotmill.daemon.service import Service
from shotmill.daemon.serving import FAULT, RUNNING, STATE, Given, serve
from shotmill.daemon.socket_place import AlreadyRunning, DaemonLock
from shotmill.daemon.state_disk import check_disk
from shotmill.errors import ShotmillError
from shotmill.secrets import redact
from shotmill.settings.folders import Folders

TURN_S = 0.001
"""How long a thread may keep the interpreter from the loop's; Python's own 5 ms, several times over, were felt."""
_log = logging.getLogger("shotmill")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="shotmill daemon run")
    parser.add_argument("verb", choices=["run"], nargs="?", default="run")
    parser.add_argument("--ready-fd", type=int, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--keys-fd", type=int, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    folders = Folders.of(os.environ)
    keys = {} if arguments.keys_fd is None else keys_from(arguments.keys_fd)
    if arguments.keys_fd is None:
        start_again_without_keys(os.environ, folders, argv)
    harden()
    ready = Ready(arguments.ready_fd)
    try:
        shared_disk = check_disk(Path(folders.state), os.environ)
        lock = DaemonLock(Path(folders.run), across_hosts=shared_disk)
        lock.take()
        log_to(Path(folders.daemon_log))
        service = Service(os.environ)
        logout = os.environ.get("SHOTMILL_LOGOUT", "plain")
        lag = LoopLag()
        sys.setswitchinterval(TURN_S)
        with asyncio.Runner(loop_factory=lambda: loop_that_tells(lag)) as runner:
            opens = os.environ.pop(OPENS, "")  # no business of the programs that it will start
            given = Given(folders, lock, ready, service, keys, logout, shared_disk, lag, opens)
            code = runner.run(serve(given))
        lock.release()
        return code
    except AlreadyRunning as error:
        ready.tell(error)
        return RUNNING
    except ShotmillError as error:
        _log.error("%s %s", error.message, error.cure)
        ready.tell(error)
        return STATE
    except Exception as error:
        _log.exception("the daemon ends with an unexpected fault")
        ready.tell(ShotmillError(redact(f"{type(error).__name__}: {error}"), cure=f"see {folders.daemon_log}"))
        return FAULT
