"""The guide: a page for each trouble, the same in `shotmill help`, in docs/troubleshooting.md and behind each check.

`python -m shotmill.doctor.guide` prints the document; `make docs` writes it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

from shotmill.doctor.check import Test
from shotmill.doctor.examine import all_tests
from shotmill.errors import UsageError
from shotmill.untrusted import printable

_ALSO = {
    "stops": ("budget", "cost", "costs", "limit", "price", "quota", "spend"),
    "doubt": ("doubts", "in-doubt", "in_doubt", "in_doubt_usd", "money", "paid", "skip"),
    "stuck": ("clock", "dns", "key", "keys", "model", "network", "proxy", "settings", "start", "tls"),
    "connection": ("daemon", "socket"),
    "cant-stop": ("stop",),
    "progress": ("folder", "permission", "permissions"),
    "images": ("disk", "full", "room"),
    "leave": ("detach", "linger", "quit"),
    "emergency": ("reset",),
    "endpoint": ("base-url", "base_url", "base-urls", "base_urls", "host", "url"),
    "terminal": ("clipboard", "colors", "colours", "copy", "tmux"),
}
"""Other words that a page is looked for by. A check's word leads to the page that the check names."""

_NEAR = 0.65
"""How alike a word has to be to be taken for a slip, of 1: letters changed about, left out or doubled."""

_LOOKS = "## What `shotmill doctor` looks at"


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `number` is the trouble's, 0 for a page that is none; `name` its word; `text` is Markdown."""

    number: int
    name: str
    title: str
    text: str

    @property
    def shown(self) -> str:
        return f"{self.number}  {self.title}" if self.number else self.title


@cache
def all_pages() -> tuple[Page, ...]:
    """Every page, the ten troubles first."""
    folder = resources.files(__package__) / "pages"
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".md"))
    pages = [_page(name, (folder / name).read_text("utf-8")) for name in files]
    return tuple(sorted(pages, key=lambda page: (page.number == 0, page.number, page.name)))


def find_page(word: str) -> Page:
    """A page by its number or its word. Raises `UsageError` that names the nearest."""
    wanted = word.strip().lower().replace(" ", "-").replace("'", "")
    for page in all_pages():
        if wanted in (page.name, str(page.number or "")):
            return page
    for page in all_pages():
        if wanted in _ALSO.get(page.name, ()):
            return page
    words = {word: page.name for page in all_pages() for word in (page.name, *_ALSO.get(page.name, ()))}
    near = get_close_matches(wanted, words, 1, _NEAR)
    cure = f"shotmill help {words[near[0]]}" if near else "shotmill help   lists the pages"
    raise UsageError(f"There is no page {printable(word, 60)!r}.", cure=cure)


def page_text(page: Page) -> str:
    """The whole page: its text, and the checks that belong to it, taken from the checks themselves."""
    tests = [test for test in all_tests() if test.page == page.name]
    if not tests:
        return page.text
    return page.text.rstrip("\n") + f"\n\n{_LOOKS}\n\n" + "".join(f"* {_told(test)}\n" for test in tests)


def document() -> str:
    """docs/troubleshooting.md."""
    parts = [
        "# When something is wrong",
        "",
        "<!-- Made by `make docs` from core/shotmill/doctor/pages/ and the checks beside them: edit those. -->",
        "",
        "`shotmill doctor` makes every check of this guide and says how to mend what is broken; `i` shows the same in",
        "the screen. `shotmill help 3` prints one page.",
        "",
    ]
    parts += [f"* [{page.shown.replace('  ', '. ')}](#{_anchor(page)})" for page in all_pages()]
    for page in all_pages():
        body = page_text(page).split("\n", 1)[1]
        head = f"{page.number}. {page.title}" if page.number else page.title
        parts += ["", f"## {head}", "", f"`shotmill help {page.number or page.name}`", _deeper(body).rstrip("\n")]
    return "\n".join(parts) + "\n"


def _told(test: Test) -> str:
    return f"{test.title}: {test.says}"


def _deeper(text: str) -> str:
    """Headings one level down, since the page's own title is one there."""
    return "\n".join(f"#{line}" if line.startswith("## ") else line for line in text.split("\n"))


def _anchor(page: Page) -> str:
    head = f"{page.number}. {page.title}" if page.number else page.title
    kept = (letter for letter in head.lower() if letter.isalnum() or letter in " -")
    return "".join(kept).replace(" ", "-")


def _page(file: str, text: str) -> Page:
    """`03-stops.md` is trouble 3; `report.md` is none. The first line is the title."""
    stem = file.removesuffix(".md")
    number, _, name = stem.partition("-") if stem[0].isdigit() else ("", "", stem)
    return Page(int(number or 0), name, text.split("\n", 1)[0].removeprefix("# "), text)


if __name__ == "__main__":
    sys.stdout.write(document())
