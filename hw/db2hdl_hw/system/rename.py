"""Rename without ever replacing what is there, and exchange two folders in one step.

Linux does both in one system call (``renameat2``). Where there is none, or the file system does not
know it, a new name is claimed first, and an exchange has a moment without the second name.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100
"""``AT_FDCWD``: paths are relative to the working folder."""

_NOREPLACE, _EXCHANGE = 1, 2
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def rename_new(old: Path, new: Path) -> None:
    """Give a file or folder a name that nothing has; of two who try, one succeeds.

    Raises
    ------
    FileExistsError
        If anything has that name, a link to nothing included.
    """
    if _renameat2(old, new, _NOREPLACE):
        return
    if old.is_dir():
        new.mkdir()
        try:
            old.rename(new)
        except OSError as error:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from error
    else:
        os.link(old, new)
        old.unlink()


def exchange(one: Path, other: Path) -> None:
    """Give each of two folders the other's name."""
    if _renameat2(one, other, _EXCHANGE):
        return
    aside = one.with_name(f"{one.name}.old")
    rename_new(other, aside)
    try:
        rename_new(one, other)
    except BaseException:
        rename_new(aside, other)
        raise
    rename_new(aside, one)


@cache
def _function() -> Any:
    """Return the system's function; None where there is none."""
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None


def _renameat2(old: Path, new: Path, flag: int) -> bool:
    """Return whether it was done; False if this system cannot."""
    function = _function()
    if function is None:
        return False
    if function(_HERE, os.fsencode(old), _HERE, os.fsencode(new), ctypes.c_uint(flag)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(new))
