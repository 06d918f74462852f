"""Trees of files: what they hold, by SHA-256."""

import hashlib
import os
import re
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

OWN_PREFIX = ".imagemill"
Tree = dict[str, str]


class Own(Enum):
    """Treatment of `.imagemill`, the command's own folder in an output folder."""

    ENTERED = auto()
    LEFT_OUT = auto()


_AT_WORK = re.compile(rf"^{re.escape(OWN_PREFIX)}/jobs/[^/]+/work/")


def _entries(folder: str, of: str, own: Own) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Walks without recursion, which would fail on a deep tree."""
    pending = [folder]
    while pending:
        at = pending.pop()
        try:
            entries = list(os.scandir(at))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if own is Own.ENTERED or entry.name != OWN_PREFIX:
                    pending.append(entry.path)
            else:
                yield os.path.relpath(entry.path, of), entry


def digest(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def tree(folder: Path) -> Tree:
    """The files at final names."""
    return {
        path: digest(entry.path)
        for path, entry in _entries(str(folder), str(folder), Own.LEFT_OUT)
        if not entry.name.startswith(OWN_PREFIX)
    }


def temporaries(folder: Path) -> list[str]:
    """Temporary files, including those of processes at work on a shard."""
    return [
        path
        for path, entry in _entries(str(folder), str(folder), Own.ENTERED)
        if entry.name.startswith(OWN_PREFIX) or _AT_WORK.search(path)
    ]


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of last change of each file: new when a file is written again."""
    found = {}
    for path, entry in _entries(str(folder), str(folder), Own.LEFT_OUT):
        if not entry.name.startswith(OWN_PREFIX):
            status = entry.stat(follow_symlinks=False)
            found[path] = (status.st_ino, status.st_mtime_ns)
    return found


def item_of(path: str) -> str:
    """The item of an output of the suite's own graph."""
    return path.rpartition(".")[0].removesuffix("-small")
