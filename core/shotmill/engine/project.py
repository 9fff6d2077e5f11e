"""A project that is open: its story, settings and record, the board that screens show, its feed and its log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from shotmill.collector import collector_resting
from shotmill.engine.assemble import Unseen, assemble
from shotmill.engine.beat import DRAWN, TO_DO, Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.clock_watch import ClockWatch
from shotmill.engine.disk_patience import DiskPatience
from shotmill.engine.emulated import Expected, expected_of
from shotmill.engine.feed import Feed
from shotmill.engine.found_images import FoundImages
from shotmill.engine.home import Home
from shotmill.engine.image_bytes import bytes_each, some_takes
from shotmill.engine.lane import next_wanted
from shotmill.engine.log import Level, LogEvent, LogLine, ProjectLog
from shotmill.engine.mirror import ProgressMirror
from shotmill.engine.purse import Money
from shotmill.engine.reading import Reader
from shotmill.engine.staleness import follower, from_other
from shotmill.engine.tools import Tools
from shotmill.settings.prices import Prices, prices_of
from shotmill.settings.project import ProjectSettings, references_of
from shotmill.story.model import Style
from shotmill.takes.entries import Entry
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.leftovers import Place, may_be_in
from shotmill.takes.record import ProjectRecord
from shotmill.takes.spool import Spool

T = TypeVar("T")


class OpenProject:
    """One folder. `load` (blocking) reads everything anew; between loads the board and the record follow the run."""

    def __init__(self, reader: Reader, identity: str, tools: Tools) -> None:
        self.root = root = reader.root
        self.id = identity
        self.layout = Layout(root)
        self.journal = Journal(self.layout)
        self.answers = Spool(self.layout.dot, root)
        """Answers that the user's spool was deleted under."""
        self.feed = Feed()
        self.home = Home(self.layout, identity, tools.clock)
        self.log = ProjectLog(self.layout.log, self.home.require, self.feed.log)
        self.money = Money()
        self.leftovers_in: Sequence[Place] = ()
        """Where half-written files may lie."""
        self.image_bytes = 0
        """Room that one more image takes on the disk."""
        self.loaded_at = 0.0
        self.is_recovered = False
        """Whether every answer that was left was taken in and every request that was out told. Before that nothing of
        the project is changed."""
        self.in_the_air: dict[str, tuple[str, str]] = {}
        """Attempts that this process has in hand, of whatever run, with the style and the beat of each."""
        self.interruption: tuple[int, int] | None = None
        """Images saved and requests in doubt of what was out when an earlier daemon ended, where there were any."""
        self.agreed_usd = 0.0
        self.settings: ProjectSettings
        self.styles: Sequence[Style]
        self.board: Board
        self.record: ProjectRecord
        self.references: dict[str, tuple[Path, ...]]
        self.expected: Expected
        """What images are likely to cost, drafts included, and to take."""
        self._tools = tools
        self._reader = reader
        self._journal_lock = asyncio.Lock()
        self._outbox: list[tuple[tuple[Entry, ...], bool, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._beat_locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._unseen: list[Unseen] = []
        self.disk = DiskPatience(self.home, tools, self.tell, partial(self.feed.topic, "status", "pace"))
        self.found = FoundImages(self, tools)
        self.clock_watch = ClockWatch()
        self.mirror = ProgressMirror(self.layout, self.home, tools, partial(self.tell, "warning", "note"))

    def load(self) -> None:
        """Read settings, prompts, journal and disk. Raises `ShotmillError`; what was loaded before stays then."""
        with self._reader.reading() as found:
            if not self.journal.is_known():  # else the record is the fold of what was read and was added since
                self.record = ProjectRecord.of(self.journal.read())  # at once, whatever else can't be loaded
            settings, record, styles = found.settings, self.record, found.styles()
            references = {style.name: references_of(settings.style(style.name), self.root) for style in styles}
            listings = found.listings(styles)
            board, unseen = assemble(self.layout, styles, settings, references, record, listings)
        self.leftovers_in = [place for name, listing in listings.items() for place in may_be_in(name, listing)]
        self.settings, self.styles, self.references = settings, styles, references
        self.board, self._unseen = board, unseen
        if any(attempt not in self.in_the_air for attempt in record.open_intents):
            self.is_recovered = False  # another daemon drew it since, and has it still or died
        self.money.spent, self.money.in_doubt = record.spent_usd, record.in_doubt_usd
        self.expected = expected_of(record, settings, board, references, self.layout.dot)
        self.image_bytes = bytes_each(some_takes(record.beats), self.root, settings.gemini.image_size)
        self.loaded_at = self._tools.clock.now()

    def read_journal(self) -> list[Entry]:
        """Every entry that stands in the journal, of which the record is the fold from now on. Blocking."""
        entries = list(self.journal.read())
        self.record = ProjectRecord.of(entries)
        return entries

    async def reload(self) -> None:
        """`load` off the loop."""
        await self.between_entries(self.load)

    async def between_entries(self, work: Callable[[], T]) -> T:
        """Read the journal off the loop and between two entries, so that none is missed."""

        def quietly() -> T:
            with collector_resting():
                return work()

        async with self._journal_lock:
            return await self._tools.in_thread(quietly)

    def watch(self) -> None:
        """Tell the feed of every change from now on, with a new picture for all; begin to look at unknown images."""
        self.board.changed = self._changed
        self.feed.start_anew()
        self.mirror.watch(self.board)
        if self._unseen and self.is_recovered:
            self.found.inspect(self._unseen)
            self._unseen = []

    @property
    def title(self) -> str:
        return self.settings.title

    @property
    def prices(self) -> Prices:
        """What replies of this project's model cost."""
        return prices_of(self.settings.gemini.model, self.settings.gemini.image_size)

    def image_of(self, beat: Beat) -> Path:
        """Where a drawn beat's current image lies."""
        known = self.record.beat(beat.style, beat.id)
        if known is not None and known.current is not None:
            return self.root / known.current.file
        return self.layout.image(beat.style, beat.prompt)

    async def note(self, *entries: Entry, durable: bool) -> None:
        """Write entries to the journal, wait for a disk that refuses; take them into record and money.

        What is noted while another write is under way shares the next one, and its fsync.
        """
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outbox.append((entries, durable, noted))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_journal())
        await asyncio.shield(noted)

    async def _write_journal(self) -> None:
        while self._outbox:
            async with self._journal_lock:
                batch, self._outbox = self._outbox, []
                entries = [entry for group, _, _ in batch for entry in group]
                durable = any(lasting for _, lasting, _ in batch)
                try:
                    await self.disk.until_folder_allows(partial(self.journal.append, *entries, durable=durable))
                except BaseException as error:
                    for _, _, noted in batch:
                        noted.set_exception(error)
                    if not isinstance(error, Exception):
                        raise
                    continue
                for entry in entries:
                    self.record.apply(entry)
                self.money.spent, self.money.in_doubt = self.record.spent_usd, self.record.in_doubt_usd
                for _, _, noted in batch:
                    noted.set_result(None)

    def beat_lock(self, style: str, beat: str) -> asyncio.Lock:
        """Held while a file of the beat is moved or linked: its record and its place must agree."""
        lock = self._beat_locks.get((style, beat))
        if lock is None:
            lock = self._beat_locks[style, beat] = asyncio.Lock()
        return lock

    async def measure_images(self) -> None:
        """See how much room images take here by now."""
        takes, size = some_takes(self.record.beats), self.settings.gemini.image_size
        self.image_bytes = await self._tools.in_thread(partial(bytes_each, takes, self.root, size))

    def tell(
        self,
        level: Level,
        event: LogEvent,
        text: str = "",
        *,
        beat: Beat | None = None,
        key: str = "",
        seconds: float | None = None,
        size: int | None = None,
    ) -> None:
        """Add a line to the log, stamped now."""
        self.log.add(
            LogLine(
                at=self._tools.clock.now(),
                level=level,
                event=event,
                text=text,
                style=beat.style if beat else "",
                beat=beat.id if beat else "",
                key=key,
                seconds=seconds,
                bytes=size,
            )
        )

    def debug(self, words: Callable[[], str], *, beat: Beat | None = None, key: str = "") -> None:
        """A line for who asked to see every step; its words are not made where nobody did."""
        if self._tools.tells_debug:
            self.tell("debug", "note", words(), beat=beat, key=key)

    def _changed(self, beat: Beat) -> None:
        self.feed.beat(beat.style, beat.place, beat.mark)
        self.feed.topic("status")
        self.mirror.changed(beat)

    def freed(self, beat: Beat) -> None:
        """A beat that was thought drawn is to do after all; a run that is under way takes it up."""
        if self.on_freed is not None:
            self.on_freed(beat)

    def mark_followers(self, beat: Beat) -> None:
        """Another image of the beat may be there, and in the record: what was made from the one before is stale."""
        after = follower(beat)
        if after is not None:
            self.mark_stale(after)

    def mark_stale(self, beat: Beat) -> None:
        """Mark a beat that is done and was made from another image than there is now of the one before it."""
        before = from_other(beat, self.record) if beat.state is BeatState.DONE else None
        if before is not None:
            self.board.set(beat, BeatState.STALE)
            self.tell("info", "note", f"stale: {before.id}, which it continues from, is another image now", beat=beat)

    def arrived(self, beat: Beat) -> None:
        """An image that nobody waited for is there: the beat is done, whatever was planned for it."""
        self.mark_followers(beat)
        if beat.state is BeatState.IN_FLIGHT or beat.state in DRAWN:
            self.mark_stale(beat)
            return
        if self.on_arrived is not None:
            self.on_arrived(beat)
        self.board.set(beat, BeatState.DONE)
        self.mark_stale(beat)
        after = next_wanted(beat)
        if after is not None and after.state in TO_DO:
            self.freed(after)

    on_freed: Callable[[Beat], None] | None = None
    on_arrived: Callable[[Beat], None] | None = None
    on_inspected: Callable[[], None] | None = None
