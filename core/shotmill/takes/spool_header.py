"""A spool file's first line: enough about an attempt to publish and record its image without a database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict as fields_of
from msgspec.structs import force_setattr


class SentReference(Struct, frozen=True, gc=False, array_like=True):
    """An image that was sent along: its name, the SHA-256 of the file and of the bytes that were sent, which are the
    file's where nothing else is said."""

    name: str
    sha256: str
    sent_sha256: str = ""

    def __post_init__(self) -> None:
        if not self.sent_sha256:
            force_setattr(self, "sent_sha256", self.sha256)


@dataclass(frozen=True, slots=True)
class SpoolHeader:
    """Enough about an attempt to publish and record its image even if the database is lost.

    `root` is the project's folder, `key` a key's name, `sent_at` seconds since the epoch.
    """

    attempt: str
    project_id: str
    root: str
    style: str
    beat: str
    take: int
    prompt_sha: str
    model: str
    key: str
    price_usd: float
    sent_at: float
    references: tuple[SentReference, ...] = ()

    @property
    def reference_names(self) -> list[str]:
        return [reference.name for reference in self.references]

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=True, default=fields_of).encode()

    @classmethod
    def from_json(cls, line: bytes) -> SpoolHeader:
        """Unknown fields are passed over; ValueError where the line is no header."""
        try:
            fields: dict[str, Any] = json.loads(line)
            references = tuple(
                SentReference(str(one["name"]), str(one["sha256"]), str(one["sent_sha256"]))
                for one in fields.get("references", ())
            )
            texts = {name: str(fields[name]) for name in _TEXT_FIELDS}
            return cls(
                take=int(fields["take"]),
                price_usd=float(fields["price_usd"]),
                sent_at=float(fields["sent_at"]),
                references=references,
                **texts,
            )
        except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise ValueError(f"no spool header: {error}") from error


_TEXT_FIELDS = ("attempt", "project_id", "root", "style", "beat", "prompt_sha", "model", "key")
