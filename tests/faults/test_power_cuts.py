"""The power goes: at each moment a daemon's disk is rebuilt with all that was not synced left out, and recovered from.

Whatever was acknowledged is there whole, and whatever was sent is drawn or told. In another variant everything that was
written did survive; a real disk is somewhere between the two.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.witness import Witness
from faults.invariants import lines_of
from faults.medium import CALLS, Call, Medium, calls
from shotmill.clock import SystemClock
from shotmill.daemon.opening import open_project
from shotmill.daemon.workshop import Workshop

BEATS = ("1.1", "1.2")
TRACE = ("strace", "-f", "-y", "-q", "--seccomp-bpf", "-s", "100000000", "-e", f"trace={CALLS}")


@dataclass(frozen=True)
class Cut:
    """The disk at one moment, and what has to be found on it: beats that were sent, answers that were sealed."""

    moment: str
    files: Mapping[str, bytes | None]
    sent: frozenset[str]
    acknowledged: frozenset[str]


class Story:
    """What a trace tells beside the disk: which beats left, and which answers the engine may rely on."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self._lines: set[str] = set()
        self._sealed: set[str] = set()

    def hear(self, call: Call) -> bool:
        """Whether a request left."""
        if call.name in ("fsync", "fdatasync"):
            if call.on.endswith(".part"):
                self._sealed.add(Path(call.on).stem)
            elif call.on.endswith("/spool"):
                self.acknowledged |= self._sealed
            return False
        if not call.on.startswith(("TCP", "socket")):
            return False
        data = b"".join(call.strings)
        if data.startswith(b"POST /"):
            self._lines.add(call.on)
        before = len(self.sent)
        if call.on in self._lines:
            self.sent |= {beat for beat in BEATS if f"Beat {beat}.".encode() in data}
        return len(self.sent) > before


def cuts(trace: str, medium: Medium) -> list[Cut]:
    """One at each sync, each new name and each request; strict, and with everything that was written."""
    story, found, seen = Story(), list[Cut](), set[int]()
    for call in calls(trace):
        changed, left = medium.apply(call), story.hear(call)
        if not (left or (changed and call.name not in ("write", "writev", "pwrite64"))):
            continue
        for strict in (True, False):
            files = medium.files(strict=strict)
            print_of = hash((tuple(sorted((path, data) for path, data in files.items() if data)), len(story.sent)))
            if print_of not in seen and story.sent:
                seen.add(print_of)
                moment = (
                    f"{len(found)}: after {call.name} {call.on or call.strings[:1]}, {'strict' if strict else 'all'}"
                )
                found.append(Cut(moment, files, frozenset(story.sent), frozenset(story.acknowledged)))
    return found


def rebuild(cut: Cut, roots: list[Path]) -> None:
    for root in roots:
        shutil.rmtree(root, ignore_errors=True)
    for name, data in cut.files.items():
        path = Path(name)
        if data is None:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            path.write_bytes(data)


async def recovered(mill: Home, root: Path, threads: ThreadPoolExecutor) -> None:
    """What the next daemon does before anything is sent."""
    workshop = Workshop(mill.folders, SystemClock(), threads)
    await asyncio.to_thread(workshop.open)
    project = await open_project(workshop, str(root))
    await project.found.inspected(5.0)
    await workshop.close()


def judge(cut: Cut, film: Film) -> None:
    lines = lines_of(film)
    takes = {line["attempt"]: line for line in lines if line["kind"] == "take"}
    ends = {line["attempt"]: line for line in lines if line["kind"] == "end"}
    lost = cut.acknowledged - set(takes)
    assert not lost, f"{cut.moment}: {lost} was sealed and is no take"
    for take in takes.values():
        data = (film.root / take["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == take["sha256"], f"{cut.moment}: {take['file']} is not whole"
    told = {str(line["beat"]) for line in (*takes.values(), *ends.values())}
    assert cut.sent <= told, f"{cut.moment}: {cut.sent - told} was sent, and would be asked for again without a word"


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not there")
def test_whatever_the_power_takes_what_was_acknowledged_is_there_and_what_was_sent_is_told(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, beats=BEATS, limits="rpm = 100000\nrpd = 100000\nin_flight = 1"
    )
    mill.folders.state.mkdir(parents=True)
    roots = [film.root, Path(mill.folders.state)]
    medium = Medium(roots)
    trace = tmp_path / "trace"
    daemon = mill.spawn_daemon(*TRACE, "-o", str(trace))
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == len(BEATS)
    os.kill(mill.daemon_pid(), signal.SIGTERM)
    assert daemon.ended() == 0
    moments = cuts(trace.read_text("latin-1"), medium)
    assert len(moments) > 20
    assert moments[-1].sent == set(BEATS)
    assert len(moments[-1].acknowledged) == len(BEATS)
    with ThreadPoolExecutor(4) as threads:
        for cut in moments:
            rebuild(cut, roots)
            asyncio.run(recovered(mill, film.root, threads))
            judge(cut, film)


def test_the_model_forgets_what_was_not_synced(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    (root / "old").write_bytes(b"before")
    medium = Medium([root])

    def after(*lines: str) -> tuple[dict[str, bytes | None], dict[str, bytes | None]]:
        for call in calls("\n".join(line.replace("ROOT", str(root)) for line in lines)):
            medium.apply(call)
        return tuple(  # type: ignore[return-value]
            {path.removeprefix(f"{root}"): data for path, data in medium.files(strict=strict).items()}
            for strict in (True, False)
        )

    strict, everything = after(
        '7  openat(AT_FDCWD</>, "ROOT/new", O_WRONLY|O_CREAT, 0600) = 4<ROOT/new>',
        r'7  write(4<ROOT/new>, "a\0\377", 3 <unfinished ...>',
        '8  write(9<socket:[1]>, "POST /", 6) = 6',
        "7  <... write resumed>) = 3",
        '7  write(4<ROOT/new>, "bcd", 3) = 2',
    )
    assert strict == {"": None, "/old": b"before"}
    assert everything["/new"] == b"a\0\xffbc", "a short write is as long as it says"
    strict, _ = after("7  fsync(4<ROOT/new>) = 0")
    assert "/new" not in strict, "its bytes are safe, its name is not"
    strict, _ = after("7  fsync(5<ROOT>) = -1 EIO (Input/output error)", "7  fsync(5<ROOT>) = 0")
    assert strict["/new"] == b"a\0\xffbc"
    strict, everything = after(
        '7  pwrite64(4<ROOT/new>, "Z", 1, 1) = 1',
        '7  renameat(5<ROOT>, "new", 5<ROOT>, "old") = 0',
        '7  mkdirat(5<ROOT>, "folder", 0700) = 0',
    )
    assert strict == {"": None, "/old": b"before", "/new": b"a\0\xffbc"}
    assert everything == {"": None, "/old": b"aZ\xffbc", "/folder": None}
    strict, _ = after("7  fdatasync(4<ROOT/old>) = 0", "7  fsync(5<ROOT>) = 0", '7  unlink("ROOT/old") = 0')
    assert strict == everything
