"""Whole files or none: write to a temporary place beside the target, then rename.

Nothing is replaced unless it is asked for, nothing but plain files and folders ever is, and a
folder only if all that is in it was written by us.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db2hdl_hw.errors import InputError
from db2hdl_hw.system.rename import exchange, rename_new
from db2hdl_hw.system.temporary import beside, locked

Ours = Callable[[Path], None]
"""Raises ``InputError``, with the name, if a folder has anything in it that we did not write."""

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
}


def check_target(path: Path, *, force: bool, folder: bool = False) -> None:
    """Refuse a target that exists (without ``force``) or whose folder cannot be written.

    With ``force``, too, a file never becomes a folder nor a folder a file, links and special files
    stay, and so does a folder which the process works in or which is an ancestor of that.

    Raises
    ------
    InputError
        Says which path is in the way, and that ``--force`` replaces it.
    """
    refuse_special(path)
    if path.exists() and not force:
        raise _exists(path)
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


def refuse_special(path: Path) -> None:
    """Refuse a path at which there is something other than a plain file or folder.

    Raises
    ------
    InputError
        Says what it is.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        kind = _KINDS.get(stat.S_IFMT(mode), "no plain file")
        raise InputError(f"{path} is {kind}, which is never replaced; choose another output")


@contextmanager
def whole_file(path: Path, *, force: bool = True) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` when the block ends without an error.

    Raises
    ------
    InputError
        If a link or special file is there, or with ``force`` off anything at all.
    """
    refuse_special(path)
    with beside(path) as temporary:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        refuse_special(path)
        if force:
            temporary.replace(path)
            return
        try:
            rename_new(temporary, path)
        except FileExistsError as error:
            raise _exists(path) from error


@contextmanager
def whole_folder(path: Path, *, force: bool = False, ours: Ours | None = None) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block ends without an error.

    Of two processes that make the same folder one succeeds, and the other's ``path`` exists. With
    ``force`` a folder that is there is replaced, in one step, if it is ``ours``; else, and if the
    block fails, it stays as it is.

    Parameters
    ----------
    ours : callable, optional
        Asked before and again about the very folder that is about to be removed; by default no
        folder with anything in it is.
    """
    ours = ours or _empty
    check_target(path, force=force, folder=True)
    if path.exists():
        ours(path)
    with beside(path, folder=True) as temporary:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if not (force and path.exists()):
            try:
                rename_new(temporary, path)
            except FileExistsError as error:
                raise _exists(path) from error
            return
        with locked(path):  # else one who sweeps could take the old folder for a left-over
            check_target(path, force=True, folder=True)
            _replace(path, temporary, ours)


def _replace(path: Path, temporary: Path, ours: Ours) -> None:
    """Exchange both; back again if what is to be removed turns out to be not ours."""
    exchange(temporary, path)
    try:
        ours(temporary)
    except BaseException as error:
        exchange(temporary, path)
        if isinstance(error, InputError):
            ours(path)  # the same error, with the path that the user knows
        raise


def _empty(folder: Path) -> None:
    found = sorted(one.name for one in folder.iterdir())
    if found:
        raise foreign(folder / found[0])


def foreign(path: Path, why: str = "was not written by db2hdl") -> InputError:
    """Return the error for a file of somebody else's that is in the way, and stays."""
    return InputError(f"{path} {why}, so it is not replaced; choose another output")


def _exists(path: Path) -> InputError:
    return InputError(f"{path} exists; choose another output or pass --force to replace it")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
