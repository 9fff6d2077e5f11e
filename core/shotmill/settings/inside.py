"""What a project's settings may name on disk: files inside the project, and styles that are one folder each."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from shotmill.settings.schema import Reader, RefusedError

# Names that some system keeps for its devices, with or without a suffix.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile('[\x00-\x1f\x7f-\x9f<>:"/\\\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
LONGEST_STYLE_NAME = 100  # bytes: `image_progress_{style}.json` and what is written beside it have room in 255


def inside(root: Path, text: str) -> Path:
    """The path of `text`, a path written in a project's settings, which has to lie in the project.

    Raises RefusedError for an absolute path, one that climbs out, and one that a symbolic link leads out; the file
    itself need not be there.
    """
    if not text.strip() or "\x00" in text:
        raise RefusedError("must be the path of a file")
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or text.startswith(("\\", "~")):
        raise RefusedError("must be a path inside the project, written from its folder")
    path = root / text
    try:
        home, target = root.resolve(), path.resolve()
    except (OSError, RuntimeError) as error:
        raise RefusedError("must be a path that can be followed, not links in a circle") from error
    if target == home:
        raise RefusedError("must be the path of a file")
    if not target.is_relative_to(home):
        leads = "climbs out of it" if ".." in PurePosixPath(text).parts else "a link leads out of it"
        raise RefusedError(f"must stay inside the project: {leads}")
    return path


def path_inside(root: Path) -> Reader[str]:
    """A reader of paths inside the project at `root`; the text stays as written."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise RefusedError("must be a path inside the project")
        inside(root, value)
        return value

    return read


def style_name_fault(name: str) -> str:
    """Why `name` can't be a style's folder on every disk; empty when it can."""
    if not name.strip():
        return "must have a name"
    if _NOT_IN_A_NAME.search(name):
        return "must be a folder's name: none of < > : \" / \\ | ? * and no control characters"
    if name.startswith((".", "-", " ")) or name.endswith((".", " ")):
        return "must not begin with a dot, a dash or a space, nor end with a dot or a space"
    if _DEVICES.fullmatch(name):
        return "is a name that some systems keep for themselves"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "must be text that can be written to a disk"
    return f"must be at most {LONGEST_STYLE_NAME} bytes long" if size > LONGEST_STYLE_NAME else ""
