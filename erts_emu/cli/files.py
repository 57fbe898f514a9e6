"""Finding files. Paths are bytes: on POSIX a file's name need not be text."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator

Unreadable = Callable[[bytes, str], None]


def regular_files(top: bytes, unreadable: Unreadable) -> Iterator[bytes]:
    """Yield the regular files below *top*, or *top* itself; links are not followed, but *top* may be one.

    The files of a folder come sorted, before those of its folders. ``unreadable(path, error)`` is called for each
    folder that cannot be read.
    """
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except NotADirectoryError:
            yield folder
            continue
        except OSError as error:
            unreadable(folder, errno.errorcode.get(error.errno or 0, "unknown").lower())
            continue
        below = []
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield entry.path
            elif entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
        folders += reversed(below)


def printable(path: bytes) -> str:
    """Return *path* for people to read: on one line, with escapes for what cannot be printed."""
    text = os.fsdecode(path)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
