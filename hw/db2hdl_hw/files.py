"""Whole files or none: write to a temporary place beside the target, then rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db2hdl_hw.errors import InputError


def check_target(path: Path, *, force: bool, folder: bool = False) -> None:
    """Refuse a target that exists (without ``force``) or whose folder cannot be written.

    With ``force``, too, a file never becomes a folder nor a folder a file, and a folder which
    the process works in or which is an ancestor of that stays.

    Raises
    ------
    InputError
        Says which path is in the way, and that ``--force`` replaces it.
    """
    if os.path.lexists(path) and not force:
        raise InputError(f"{path} exists; choose another output or pass --force to replace it")
    if path.exists() and path.is_dir() != folder:
        what = "a folder; give the name of a file" if path.is_dir() else "a file; name a folder"
        raise InputError(f"{path} is {what}")
    if folder and Path.cwd().is_relative_to(path.resolve()):
        raise InputError(f"{path} is the folder you are in, or above it; choose another output")
    parent = path.parent
    if not parent.is_dir():
        raise InputError(f"the folder {parent} does not exist; create it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"the folder {parent} is not writable")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` when the block ends without an error."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block ends without an error.

    With ``force`` an existing folder is replaced, and is still there if the block fails.
    """
    check_target(path, force=force, folder=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    old = temporary.with_name(temporary.name + ".old")
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o777 & ~mask)
        if os.path.lexists(path):
            path.rename(old)
        temporary.rename(path)
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(path):
            old.rename(path)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old, ignore_errors=True)
        elif os.path.lexists(old):
            old.unlink()
