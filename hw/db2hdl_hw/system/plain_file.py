"""Refuse what is no plain file before anything waits for it or reads without end."""

from __future__ import annotations

import stat
from pathlib import Path

from db2hdl_hw.errors import InputError

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_plain_file(path: Path) -> None:
    """Refuse pipes, sockets and devices: they may have no end, and cannot be read twice.

    Folders and missing files are left to whoever opens them; links are followed.

    Raises
    ------
    InputError
        Says what it is, and what to do.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        raise InputError(f"{path} is {kind}; save what comes from it in a file, and give that")
