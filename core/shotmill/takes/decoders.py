"""The daemon's decoders: processes that decode images for it, so that one that kills its decoder costs that image only.

What ends without a verdict is tried once more. If it fails again, and the decoder is well otherwise, it is the image.
An error of the machine's (no memory, a library that can't be loaded, a kill) is never the image's: that is looked at
again later.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from shotmill import interpreter
from shotmill.secrets import redact
from shotmill.takes.decoder_wire import VERSION, Message, receive, send
from shotmill.takes.decoding import DecoderError
from shotmill.takes.image import DamagedImage, DeadlyImage, ImageFacts, Kind, OversizedImage
from shotmill.untrusted import printable

MOST = 2
MEMORY = 3 << 29
"""Bytes of address space for one image: the largest that are decoded need some 900 MB to be turned and converted."""
SECONDS = 60.0
"""For one image; the largest take a few."""
START_S = 30.0
_GRACE_S = 15.0
_CURE = "If it stays so: shotmill daemon restart --now   (what was received is kept)"
_VERDICTS = ("done", "damaged")
_DOT = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
_log = logging.getLogger(__name__)


class _LostError(Exception):
    """The process is gone, or does not answer: nothing is known of the image."""


class Decoders:
    """A `Decoder`. Its processes are started when they are needed and stay; each does one image at a time."""

    def __init__(
        self, command: Sequence[str] = (), *, most: int = MOST, memory: int = MEMORY, seconds: float = SECONDS
    ) -> None:
        self._command = [*(command or _command()), str(memory), str(seconds)]
        self._memory = memory
        self._seconds = seconds
        self._most = most
        self._starting = 0
        self._changed = threading.Condition()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def check(self, data: bytes) -> ImageFacts:
        words, _ = self._ask("check", data)
        return ImageFacts(Kind(words["kind"]), int(words["width"]), int(words["height"]))

    def to_png(self, data: bytes) -> bytes:
        return self._ask("to_png", data)[1]

    def to_sendable(self, data: bytes) -> tuple[bytes, str]:
        words, smaller = self._ask("to_sendable", data)
        return smaller, str(words["mime"])

    def start(self) -> None:
        """Have a process ready. It loads all that it will need: what an upgrade takes away later is not missed."""
        with self._process():
            pass

    @property
    def pids(self) -> list[int]:
        """Of the processes that are there now."""
        with self._changed:
            return [process.pid for process in self._all]

    def close(self) -> None:
        """End them all; what is being decoded is lost to its caller, as `DecoderError`."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = self._all.difference(idle)
            self._changed.notify_all()
        for process in busy:
            process.kill()  # whoever waits for it sees its end, and clears up
        for process in idle:
            self._forget(process)

    def _ask(self, do: str, data: bytes) -> Message:
        words, found = self._try(do, data)
        if words["end"] not in _VERDICTS:
            _log.warning("decoding an image: %s", _said(words))
            words, found = self._try(do, data)
        if words["end"] not in _VERDICTS and not self._is_well(words["end"]):
            raise _trouble(_said(words))
        if words["end"] != "done":
            raise self._verdict(words)
        return words, found

    def _try(self, do: str, data: bytes) -> Message:
        """One answer. Processes that were killed while they had nothing to do say nothing of the image."""
        said = ""
        for _ in range(self._most + 1):
            try:
                with self._process() as process:
                    return process.ask(do, data)
            except _LostError as error:
                said = str(error)
        return {"end": "lost", "said": said}, b""

    def _is_well(self, end: str) -> bool:
        """Whether nothing but the image is left to have brought this end about: an image of which all is known can be
        decoded; for one that lacked memory, as much as any may take is to be had."""
        if end == "trouble":
            return False
        do, known = ("room", b"%d" % self._memory) if end == "memory" else ("check", _DOT)
        return bool(self._try(do, known)[0]["end"] == "done")

    def _verdict(self, words: Mapping[str, Any]) -> DamagedImage:
        if words["end"] == "memory":
            said = f"it takes more than {self._memory >> 20} MB of memory to decode"
            return OversizedImage(said, cure="Make the image smaller.")
        if words["end"] != "damaged":
            said = f"the decoder fails on it, each time: {_said(words)}"
            return DeadlyImage(said, cure="Save it anew with another program.")
        kind = OversizedImage if words["code"] == OversizedImage.code else DamagedImage
        return kind(str(words["said"]), cure=str(words["cure"]))

    @contextmanager
    def _process(self) -> Iterator[_Process]:
        """One for the caller alone; it comes back unless it was lost. Raises `DecoderError` where there is none."""
        process = self._take()
        try:
            yield process
        except BaseException:
            self._forget(process)
            raise
        with self._changed:
            self._idle.append(process)
            self._changed.notify()

    def _take(self) -> _Process:
        with self._changed:
            while not self._idle and len(self._all) + self._starting >= self._most and not self._closed:
                self._changed.wait()
            if self._idle:
                return self._idle.pop()
            self._starting += 1
        try:
            return self._new()
        except _LostError as error:
            with self._changed:
                while (self._all or self._starting) and not self._idle:  # one that is there does as well, later
                    self._changed.wait()
                if self._idle:
                    return self._idle.pop()
            raise _trouble(str(error)) from error

    def _new(self) -> _Process:
        """One that has loaded everything, in the place that `_starting` counts until it is there."""
        process = None
        try:
            process = _Process(self._command, self._seconds + _GRACE_S)
        except OSError as error:
            raise _LostError(f"it can't be started: {error.strerror or error}") from error
        finally:
            with self._changed:
                self._starting -= 1
                if process is not None:
                    self._all.add(process)  # `close` finds it from here on
                self._changed.notify_all()
        try:
            if self._closed:
                raise _LostError("the daemon ends")
            process.begin()
        except BaseException:
            self._forget(process)
            raise
        return process

    def _forget(self, process: _Process) -> None:
        process.end()
        with self._changed:
            self._all.discard(process)
            self._changed.notify_all()


class _Process:
    """One `python -m shotmill.takes.decoder`, and the line to it."""

    def __init__(self, command: Sequence[str], patience_s: float) -> None:
        self._patience_s = patience_s
        self._line, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    cwd="/",
                    env=_environment(os.environ),
                    start_new_session=True,  # a Ctrl-C is the daemon's, which still needs it then
                )
        except BaseException:
            self._line.close()
            raise
        self.pid = self._process.pid

    def begin(self) -> None:
        """Wait until it has loaded everything. Raises `_LostError`."""
        try:
            threading.Thread(target=self._hear, name="decoder-words", daemon=True).start()
        except RuntimeError as error:
            raise _LostError(str(error)) from error
        words, _ = self._exchange(START_S, lambda: receive(self._line))
        if words.get("wire") != VERSION:
            raise _LostError("its files are those of another version of Shotmill")

    def ask(self, do: str, data: bytes) -> Message:
        """Raises `_LostError`."""

        def exchange() -> Message:
            send(self._line, {"do": do}, data)
            return receive(self._line)

        return self._exchange(self._patience_s, exchange)

    def kill(self) -> None:
        """At once; its child goes with it."""
        self._process.kill()

    def end(self) -> None:
        """The same, and nothing of it is left. Not while it is asked."""
        self.kill()
        self._process.wait()
        self._line.close()

    def _exchange(self, patience_s: float, work: Callable[[], Message]) -> Message:
        self._line.settimeout(patience_s)
        try:
            return work()
        except TimeoutError:
            raise _LostError(f"it did not answer within {patience_s:.0f} s") from None
        except (EOFError, OSError, ValueError):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
            raise _LostError(f"it ended ({self._process.poll()})") from None

    def _hear(self) -> None:
        """What it or a library in it says goes to the daemon's log."""
        said = self._process.stderr
        assert said is not None  # noqa: S101 - as it was asked for
        with said:
            for line in iter(lambda: said.readline(2000), b""):
                _log.warning("decoder %d: %s", self.pid, printable(redact(line.decode("utf-8", "replace").rstrip())))


def _command() -> list[str]:
    return [sys.executable, "-P", "-X", "utf8", "-m", "shotmill.takes.decoder"]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Where the program's own files are, and nothing else of the daemon's."""
    return {name: environ[name] for name in interpreter.VARIABLES if name in environ}


def _said(words: Mapping[str, Any]) -> str:
    return printable(redact(str(words.get("said") or words["end"])), 300)


def _trouble(said: str) -> DecoderError:
    return DecoderError(f"The program that decodes images fails: {said}", cure=_CURE)
