"""Folders of the user that can be written, also where there is no home, or one of another user.

Only the standard library: Verilator's compiler wrapper imports this, and must start fast.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

NAME = "db2hdl"


def cache_base() -> Path | None:
    """Return the folder that caches go below, ours and those of tools; None if there is none.

    ``$XDG_CACHE_HOME`` if it is absolute, else ``.cache`` in the home folder; if that cannot be
    written, a folder below the temporary one that is ours and closed to others.
    """
    return _base("XDG_CACHE_HOME", ".cache")


def state_base() -> Path | None:
    """Return the folder for what no copy of a cache should bring along; None if there is none.

    ``$XDG_STATE_HOME``, else ``.local/state`` in the home folder, else as ``cache_base``.
    """
    return _base("XDG_STATE_HOME", ".local/state")


def tool_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which tools find a folder for caches of their own.

    The WebAssembly tools do not start without one, nor without a home.
    """
    result = dict(os.environ if environment is None else environment)
    result["XDG_CACHE_HOME"] = str(cache_base() or _scratch())
    if home() is None:
        result["HOME"] = result["XDG_CACHE_HOME"]
    return result


def settle() -> None:
    """Let whatever this process starts find a folder for caches, if it would not by itself."""
    own, at_home = Path(os.environ.get("XDG_CACHE_HOME", "")), home()
    expected = own if own.is_absolute() else at_home and at_home / ".cache"
    if cache_base() != expected:
        os.environ.update(tool_environment())


def private_folder(where: Path | None = None) -> Path | None:
    """Return a folder below the temporary one that is this user's and closed to all others.

    None if there is something else of that name: anybody may have put it there.
    """
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    folder = (where or Path(tempfile.gettempdir())) / f"{NAME}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    ours = found.st_uid == user and not found.st_mode & 0o077
    return folder if ours and not folder.is_symlink() and folder.is_dir() else None


def home() -> Path | None:
    """Return the home folder, which need not exist; None if nothing names one."""
    named = Path(os.environ.get("HOME", ""))
    return named if named.is_absolute() else _listed()


def _listed() -> Path | None:
    """Return the home folder in the list of users."""
    try:
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        return None


def _base(variable: str, below_home: str) -> Path | None:
    named, at_home = Path(os.environ.get(variable, "")), home()
    wanted = named if named.is_absolute() else None
    if wanted is None and at_home is not None and at_home.is_dir():
        wanted = at_home / below_home
    if wanted is not None and _writable(wanted):
        return wanted
    return private_folder()


def _writable(folder: Path) -> bool:
    """Return whether files can be made in a folder, which is made if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


@cache
def _scratch() -> str:
    """Return a folder of this process alone, where nothing else can be had."""
    _scratches.append(tempfile.TemporaryDirectory(prefix=f"{NAME}-"))
    return _scratches[-1].name


_scratches: list[tempfile.TemporaryDirectory[str]] = []
