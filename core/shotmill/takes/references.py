"""Reference images: sent as they are, or as a smaller copy where they are too large to send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError
from shotmill.takes.decoding import HERE, Decoder
from shotmill.takes.folder import OversizedFileError, open_folder
from shotmill.takes.image import SENT_AS_IT_IS, DamagedImage, Kind
from shotmill.takes.keeping import sha256
from shotmill.takes.place import told, unsafe
from shotmill.takes.spool_header import SentReference
from shotmill.untrusted import printable

_MAX_BYTES = 64_000_000
_SENDABLE = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP})


class UnusableReferenceError(ShotmillError):
    """A reference is missing, damaged, too large or no image; the message names the file."""

    code = "unusable_reference"
    exit_code = ExitCode.USAGE


class MissingReferenceError(UnusableReferenceError):
    """There is no file of that name."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An image to send along. `data` are the bytes to send, `sha256` is the file's, `sent_sha256` that of `data`;
    they differ where `shrunk`."""

    name: str
    data: bytes
    mime: str
    sha256: str
    sent_sha256: str
    shrunk: bool

    @property
    def sent(self) -> SentReference:
        """What a record holds of it."""
        return SentReference(self.name, self.sha256, self.sent_sha256)


def load_reference(path: Path, *, root: Path | None = None, decoder: Decoder = HERE) -> Reference:
    """Read, check and, over 4 MB, shrink a reference. With `root` a link that leads out of that folder is refused.

    Raises `UnusableReferenceError`, `UnsafePlaceError`, `PlaceError`. Costs a decode: not for an event loop.
    """
    shown = printable(str(path))
    data = reference_bytes(path, root=root)
    try:
        facts = decoder.check(data)
        is_sendable = len(data) <= SENT_AS_IT_IS and facts.kind in _SENDABLE
        sent, mime = (data, facts.kind.mime) if is_sendable else decoder.to_sendable(data)
    except DamagedImage as error:
        cure = error.cure or "Save it again as PNG, JPEG or WebP."
        raise _unusable(shown, f"can't be used: {error.reason}", cure) from error
    digest = sha256(data)
    return Reference(path.name, sent, mime, digest, digest if is_sendable else sha256(sent), not is_sendable)


def reference_bytes(path: Path, *, root: Path | None = None) -> bytes:
    """The file's bytes, whatever they are. Reads plain files only: a pipe would keep the reader for ever, and what is
    too large to be sent is not read. Raises as `load_reference` does."""
    shown = printable(str(path))
    try:
        resolved = path.resolve(strict=True)
    except FileNotFoundError as error:
        cure = "Put the file there, or take it out of `references`."
        raise MissingReferenceError(f"The reference {shown} is not there.", cure=cure) from error
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it leads back to itself"
        raise _unusable(shown, f"can't be read: {printable(why)}", "Put a readable file there.") from error
    if root is not None and not resolved.is_relative_to(root.resolve()):
        raise unsafe(path, "a link that leads out of the project")
    try:
        with told(path), open_folder(resolved.parent) as folder:
            return folder.read(resolved.name, _MAX_BYTES)[0]
    except OversizedFileError as error:
        raise _unusable(shown, "is too large to be sent", "Save it smaller (a long side of 2048 is plenty).") from error


def _unusable(shown: str, what: str, cure: str) -> UnusableReferenceError:
    return UnusableReferenceError(f"The reference {shown} {what}.", cure=cure)
