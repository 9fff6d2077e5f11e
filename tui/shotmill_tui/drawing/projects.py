"""All projects, two lines each: how it stands, and where it lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len

from shotmill_tui.drawing.header import sign_of
from shotmill_tui.drawing.look import Look
from shotmill_tui.model import words
from shotmill_tui.model.pieces import Line, fit, pad_text, spread
from shotmill_tui.model.projects import ProjectLine

FOR_YOU = "for you"


def project_lines(projects: Sequence[ProjectLine], at: int, here: str, look: Look, room: int) -> list[Line]:
    """A heading, then two lines a project. Where titles would be cut for it, end and money stand on the second one."""
    titles = distinct_titles(projects)
    money = [one.money(short=room < 110) for one in projects]
    ends = [words.moment(one.ends_at, look.now, look.zone) if one.ends_at else "" for one in projects]
    images = [f"{words.thousands(one.done)}/{words.thousands(one.total)}" for one in projects]
    title, word = _widest(titles, "project"), _widest([one.word for one in projects], "state") + 2
    counted, ending, paid = _widest(images, "images"), _widest(ends, "ends"), _widest(money, "money")
    wide = title + word + counted + ending + paid + len(FOR_YOU) + 13 <= room
    if not wide:
        title, ending, paid = max(7, min(title, room - word - counted - len(FOR_YOU) - 9)), 0, 0
    head = f"   {pad_text('project', title)}  {pad_text('state', word)}  {pad_text('images', counted, right=True)}  "
    head += f"{pad_text('ends', ending)}  {pad_text('money', paid)}  " if wide else ""
    lines: list[Line] = [(), fit(((head + FOR_YOU, "dim"),), room)]
    for index, one in enumerate(projects):
        first: Line = (
            (f" {'>' if look.plain else '▸'} " if index == at else "   ", "accent"),
            (f"{pad_text(titles[index], title)}  ", "title" if index == at else "text"),
            sign_of(one.state, look.plain),
            (f" {pad_text(one.word, word - 2)}  ", "text"),
            (f"{pad_text(images[index], counted, right=True)}  ", "text"),
            (f"{pad_text(ends[index], ending)}  {pad_text(money[index], paid)}  " if wide else "", "text"),
            (f"{one.for_you:>{len(FOR_YOU)}}" if one.for_you else "", "doubt"),
        )
        place: Line = (("on this screen   ", "accent"),) if one.id == here else ()
        beside = "" if wide else f"{f'ends {ends[index]}   ' if ends[index] else ''}{money[index]} "
        path = path_end(one.path, room - 4 - sum(len(text) for text, _ in place) - len(beside))
        second: Line = (("   ", ""), *place, (path, "dim"))
        lines += [fit(tuple(piece for piece in first if piece[0]), room), spread(second, ((beside, "text"),), room)]
    return lines


def _widest(texts: Sequence[str], heading: str) -> int:
    return max(len(heading), *(cell_len(one) for one in texts), 0)


def distinct_titles(projects: Sequence[ProjectLine]) -> list[str]:
    """Two projects of one title, as two demos are, are told apart by their folders: `Night train (demo2)`."""
    number = Counter(one.title for one in projects)
    folders = [one.path.rstrip("/").rpartition("/")[2] for one in projects]
    return [
        f"{one.title} ({folder})" if number[one.title] > 1 else one.title
        for one, folder in zip(projects, folders, strict=True)
    ]


def path_end(path: str, room: int) -> str:
    """A path of at most `room` cells; its end tells more than its beginning."""
    parts = path.split("/")
    while cell_len(path) > room and len(parts) > 1:
        parts = parts[1:]
        path = "…/" + "/".join(parts)
    return path
