"""Reading files that somebody else made: plain files only, no larger than their kind may be."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from db2hdl_hw.errors import InputError

MB = 1 << 20
MAX_BYTES = {
    "interface.json": 16 * MB,
    "manifest.json": 64 * MB,
    "build.json": MB,
    ".json": 256 * MB,
    ".dbnet": 512 * MB,
    ".v": 512 * MB,
    ".hex": 1024 * MB,
    ".txt": 64 * MB,
}
"""By the name of a file, else by its ending; more is refused before it is read."""

MAX_OTHER = 64 * MB

_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))

MAX_FILES, MAX_DEPTH = 10_000, 8
"""Of a bundle: files, and folders in each other."""

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""Of a file or folder in a bundle; no tool and no shell sees more in it than a name."""


def max_bytes(name: str) -> int:
    """Return how many bytes a file of this name may have."""
    ending = Path(name).suffix
    return MAX_BYTES.get(name, MAX_BYTES.get(ending, MAX_OTHER))


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[BufferedReader]:
    """Yield a plain file for reading; follows no link, waits for no FIFO, opens no device.

    Raises
    ------
    FileNotFoundError
        If there is none.
    InputError
        If it is anything else than a plain file, too large, or cannot be read.
    """
    most = max_bytes(path.name) if most is None else most
    try:
        handle = os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise InputError(f"{path} is no plain file; remove it") from error
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise InputError(f"{path} is no plain file; remove it")
    with os.fdopen(handle, "rb") as file:
        if found.st_size > most:
            raise InputError(f"{path} has {found.st_size:,} bytes, more than the {most:,} allowed")
        try:
            yield file
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Return the bytes of a plain file; raises as ``opened``."""
    most = max_bytes(path.name) if most is None else most
    with opened(path, most) as file:
        size = os.fstat(file.fileno()).st_size  # read(n) takes memory for n bytes at once
        data = file.read(size + 1)
    if len(data) > size:
        raise InputError(f"{path} grows while it is read; wait until it is written")
    return data


def read_text(path: Path, most: int | None = None) -> str:
    """Return the text of a plain file in UTF-8, as ``read_bytes``.

    Raises
    ------
    InputError
        As ``read_bytes``; if it is missing, or not UTF-8.
    """
    try:
        return read_bytes(path, most).decode()
    except FileNotFoundError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text") from error


def check(path: Path) -> None:
    """Refuse a file that ``opened`` would refuse, or that is missing; reads nothing of it.

    Raises
    ------
    InputError
        As ``opened``.
    """
    try:
        with opened(path):
            return
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing") from error


def plain_copy(path: Path, folder: Path) -> Path:
    """Copy a file into a folder under a plain name, for tools that read names in odd ways."""
    folder.mkdir(parents=True, exist_ok=True)
    name = path.name if PLAIN_NAME.fullmatch(path.name) else f"file{path.suffix}"
    if not PLAIN_NAME.fullmatch(name):
        name = "file"
    return Path(shutil.copy2(path, folder / name))
