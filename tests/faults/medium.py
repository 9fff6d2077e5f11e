"""A disk as it would be after a power cut: recorded system calls, applied to a model that knows what was synced.

Strict: a file has the bytes of its last fsync, a folder the names of its last fsync, and nothing else survives. That is
harder than any real file system is (on ext4 a new file's fsync brings its name along).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,lseek,fsync,fdatasync,sync_file_range,ftruncate,fallocate,"
    "rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,copy_file_range,sendfile,sendto,sendmsg"
)
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(?:<(.*)>)?", re.S)
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$", re.S)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_FD = r"(?:AT_FDCWD|-?\d+)(?:<([^>]*)>)?"


@dataclass
class Node:
    """A file or a folder: as it is, and as it is on the medium."""

    is_folder: bool = False
    data: bytearray = field(default_factory=bytearray)
    names: dict[str, Node] = field(default_factory=dict)
    synced_data: bytes = b""
    synced_names: dict[str, Node] = field(default_factory=dict)

    def sync(self) -> None:
        self.synced_data, self.synced_names = bytes(self.data), dict(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that succeeded. `on` is the file behind its first descriptor, `strings` its texts, decoded."""

    name: str
    on: str
    words: str
    strings: tuple[bytes, ...]
    answer: int
    answer_on: str


def calls(trace: str) -> Iterator[Call]:
    """The calls of `strace -f -y -s BIG -o FILE`, each where it came to its end."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        if line.endswith("<unfinished ...>"):
            begun[line.split(" ", 1)[0]] = line.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.match(line)
        if resumed:
            line = begun.pop(resumed[1], "") + resumed[2]
        found = _CALL.match(line)
        if found and found[4] != "?" and int(found[4]) >= 0:
            strings = tuple(_bytes(one) for one in re.findall(_STRING, found[3]))
            first = re.match(_FD, found[3])
            on = (first[1] or "") if first else ""
            yield Call(found[2], on, re.sub(_STRING, '""', found[3]), strings, int(found[4]), found[5] or "")


def _bytes(escaped: str) -> bytes:
    return escaped.encode("latin-1").decode("unicode_escape").encode("latin-1")


class Medium:
    """The folders under `roots`, which are read from the disk as they are and count as synced."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self.roots = {str(root): _read(root) for root in roots}
        self._at: dict[tuple[str, str], int] = {}
        """The position of a descriptor in its file; descriptors are told apart by number and file."""

    def apply(self, call: Call) -> bool:
        """Whether it changed anything below the roots."""
        one = getattr(self, f"_{call.name}", None)
        return bool(one is not None and one(call))

    def files(self, *, strict: bool) -> Mapping[str, bytes | None]:
        """Every path (None for a folder): what was synced alone, or all of it."""
        found: dict[str, bytes | None] = {}

        def walk(path: str, node: Node) -> None:
            if not node.is_folder:
                found[path] = node.synced_data if strict else bytes(node.data)
                return
            found[path] = None
            for name, child in (node.synced_names if strict else node.names).items():
                walk(f"{path}/{name}", child)

        for path, node in self.roots.items():
            walk(path, node)
        return found

    def _find(self, path: str) -> Node | None:
        for root, node in self.roots.items():
            if path == root:
                return node
            if path.startswith(f"{root}/"):
                found: Node | None = node
                for name in path[len(root) + 1 :].split("/"):
                    found = found.names.get(name) if found is not None else None
                return found
        return None

    def _parent(self, path: str) -> tuple[Node | None, str]:
        folder, _, name = path.rpartition("/")
        return self._find(folder), name

    def _paths(self, call: Call) -> list[str]:
        """The full path of each name in the call: `"name"` alone, or after the folder that it is relative to."""
        folders = re.findall(rf'(?:{_FD}, )?""', call.words)
        return [
            name if name.startswith("/") else f"{folder}/{name}"
            for folder, name in zip(
                folders, (one.decode("utf-8", "surrogateescape") for one in call.strings), strict=False
            )
        ]

    def _openat(self, call: Call) -> bool:
        (path, *_) = self._paths(call)
        parent, name = self._parent(path)
        if parent is None:
            return False
        key = _number(call.answer, call.answer_on)
        self._at[key] = 0
        changed = False
        if "O_CREAT" in call.words and name not in parent.names:
            parent.names[name] = Node()
            changed = True
        if "O_TRUNC" in call.words and parent.names[name].data:
            parent.names[name].data.clear()
            changed = True
        if "O_APPEND" in call.words:
            self._at[key] = -1
        return changed

    _open = _openat

    def _write(self, call: Call) -> bool:
        node, key = self._find(call.on), _number(_first_number(call), call.on)
        if node is None:
            return False
        at = self._at.get(key, -1)
        data = b"".join(call.strings)[: call.answer]
        _put(node, len(node.data) if at < 0 else at, data)
        if at >= 0:
            self._at[key] = at + len(data)
        return True

    _writev = _write

    def _pwrite64(self, call: Call) -> bool:
        node = self._find(call.on)
        if node is None:
            return False
        _put(node, int(call.words.rsplit(",", 1)[1]), call.strings[0][: call.answer])
        return True

    def _lseek(self, call: Call) -> bool:
        key = _number(_first_number(call), call.on)
        if self._at.get(key, -1) >= 0:
            self._at[key] = call.answer
        return False

    def _ftruncate(self, call: Call) -> bool:
        node, size = self._find(call.on), int(call.words.rsplit(",", 1)[1])
        if node is None:
            return False
        node.data = bytearray(bytes(node.data[:size]).ljust(size, b"\0"))
        return True

    def _fsync(self, call: Call) -> bool:
        node = self._find(call.on)
        if node is not None:
            node.sync()
        return node is not None

    _fdatasync = _fsync

    def _rename(self, call: Call) -> bool:
        return self._give_name(call, move=True)

    _renameat = _renameat2 = _rename

    def _linkat(self, call: Call) -> bool:
        return self._give_name(call, move=False)

    _link = _linkat

    def _give_name(self, call: Call, *, move: bool) -> bool:
        old, new = self._paths(call)
        (source, name), (target, final) = self._parent(old), self._parent(new)
        if source is None or target is None or name not in source.names:  # a socket: it is made by no call on files
            return False
        target.names[final] = source.names.pop(name) if move else source.names[name]
        return True

    def _unlinkat(self, call: Call) -> bool:
        parent, name = self._parent(self._paths(call)[0])
        return parent is not None and parent.names.pop(name, None) is not None

    _unlink = _rmdir = _unlinkat

    def _mkdirat(self, call: Call) -> bool:
        parent, name = self._parent(self._paths(call)[0])
        if parent is None:
            return False
        parent.names[name] = Node(is_folder=True)
        return True

    _mkdir = _mkdirat

    def _unknown(self, call: Call) -> bool:
        assert self._find(call.on) is None, f"{call.name} is not modelled: {call.on}"
        return False

    def _fallocate(self, call: Call) -> bool:
        """Room on the disk, without content: nothing of it matters after a power cut."""
        return False

    _copy_file_range = _sendfile = _pwritev = _sync_file_range = _unknown


def _put(node: Node, at: int, data: bytes) -> None:
    if at > len(node.data):
        node.data.extend(bytes(at - len(node.data)))
    node.data[at : at + len(data)] = data


def _number(descriptor: int | str, path: str) -> tuple[str, str]:
    return str(descriptor), path


def _first_number(call: Call) -> str:
    return call.words.partition("<")[0]


def _read(path: Path) -> Node:
    if path.is_dir() and not path.is_symlink():
        node = Node(is_folder=True, names={child.name: _read(child) for child in path.iterdir()})
    else:
        node = Node(data=bytearray(path.read_bytes()) if path.is_file() else bytearray())
    node.sync()
    return node
