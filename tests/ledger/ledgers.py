"""A ledger in a folder of its own, and rows to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shotmill.ledger.ledger import Intent, Ledger
from shotmill.ledger.opening import Rebuilt

NOW = 1_795_000_000.0


def intent(attempt: str, beat: str = "1.1", at: float = NOW) -> Intent:
    return Intent(
        attempt=attempt,
        project="p",
        style="ink",
        beat=beat,
        take=1,
        price_usd=0.04,
        line="{}",
        endpoint="google",
        fingerprint="f1",
        quota_project="film-1",
        model="m",
        at=at,
    )


@contextmanager
def ledger(
    state: Path, on_death: Callable[[BaseException], None] | None = None, *, shared_disk: bool = False
) -> Iterator[tuple[Ledger, Rebuilt | None]]:
    """An open ledger, and what it says of its database."""
    made = Ledger(state / "shotmill.db", on_death)
    rebuilt = made.open(NOW, shared_disk=shared_disk)
    try:
        yield made, rebuilt
    finally:
        made.close()


async def filled(made: Ledger, root: Path) -> None:
    """A project with one attempt of each kind of end."""
    await made.register("p", root, NOW)
    for number, state in enumerate(("kept", "ended", "in_doubt", "sending")):
        await made.intend(intent(f"a{number}", beat=f"1.{number}", at=NOW + number))
        if state != "sending":
            await made.end(f"a{number}", state, NOW + 10)
