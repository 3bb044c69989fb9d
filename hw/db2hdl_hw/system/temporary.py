"""Temporary files and folders that go with their process, also if it is killed.

Each is locked as long as its process lives. One that is not locked is left over from a process
that was killed, and whoever makes the next of the same kind removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from db2hdl_hw.errors import InputError

try:
    import fcntl
except ImportError:  # no locks, then nothing is ever taken for a left-over
    fcntl = None  # type: ignore[assignment]

MARK = ".db2hdl-scratch"
"""The file by which a scratch folder is known for one: its name alone could be a user's."""

_RANDOM = r"[a-z0-9_]{8}"


@contextmanager
def scratch(what: str, kept_after: tuple[type[BaseException], ...] = ()) -> Iterator[Path]:
    """Yield a folder below ``TMPDIR`` that is removed at the end, whatever happens.

    Parameters
    ----------
    what : str
        Small letters, for its name.
    kept_after : tuple of exceptions
        Errors that name a log in it, after which it stays.
    """
    base = Path(tempfile.gettempdir())
    sweep_scratch(base)
    prefix = f"db2hdl-{what}-"
    path, lock = _locked(lambda: Path(tempfile.mkdtemp(prefix=prefix, dir=base)))
    try:
        (path / MARK).touch()
        yield path
    except kept_after:
        (path / MARK).unlink(missing_ok=True)  # so that it is never swept
        raise
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    else:
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(lock)


@contextmanager
def beside(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """Yield a new temporary file or folder in the folder of ``path``, gone at the end."""
    prefix = f".{path.name}.db2hdl-"
    sweep(path.parent, re.compile(re.escape(prefix) + _RANDOM))

    def make() -> Path:
        if folder:
            return Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
        handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
        os.close(handle)
        return Path(name)

    made, lock = _locked(make)
    try:
        yield made
    finally:
        remove(made)
        os.close(lock)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let no other process lock, and so sweep or replace, a file or folder meanwhile."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file or a whole folder of our own, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sweep_scratch(base: Path) -> None:
    """Remove the scratch folders of processes that were killed."""
    sweep(base, re.compile(rf"db2hdl-[a-z]+-{_RANDOM}"), lambda path: (path / MARK).is_file())


def sweep(
    folder: Path, pattern: re.Pattern[str], ours: Callable[[Path], bool] = lambda path: True
) -> None:
    """Remove what has such a name, is the user's own, is ours, and is not locked."""
    if fcntl is None:
        return
    try:
        with os.scandir(folder) as found:
            names = [one.name for one in found if pattern.fullmatch(one.name)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            _sweep(folder / name, ours)


def _sweep(path: Path, ours: Callable[[Path], bool]) -> None:
    found = path.lstat()
    plain = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
    if not plain or found.st_uid != os.getuid() or not ours(path):
        return
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    finally:
        os.close(lock)


def _locked(make: Callable[[], Path]) -> tuple[Path, int]:
    """Return something new and the open handle that locks it."""
    for _ in range(100):
        path = make()
        try:
            lock = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # another swept it before it was locked
            continue
        if fcntl is None:
            return path, lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            return path, lock
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), path.lstat()):
                return path, lock
        os.close(lock)
    raise InputError(f"cannot keep a temporary file in {path.parent}: something removes it")
