"""Where a command works: temporary folders that every tool can take, a working folder that is."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from db2hdl_hw.errors import InputError

_PLAIN = re.compile(r"/[A-Za-z0-9_./+-]*")
"""What no tool takes for two paths, a variable, a comment, an option or the end of a line."""

OTHERS = ("/tmp", "/var/tmp", "/dev/shm")
"""Where to go if ``TMPDIR`` cannot be used."""


def use_safe_tempdir() -> None:
    """Let this process and all that it starts make their temporary files in a safe folder.

    That is ``TMPDIR`` if its path is plain and it can be written, else one of ``OTHERS``. It is
    changed for the whole process, because the tools read ``TMPDIR``, too.

    Raises
    ------
    InputError
        If there is no such folder; says what to set.
    """
    folder = safe_tempdir()
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = folder


def check_working_folder() -> None:
    """Refuse to work in a folder that was removed: libraries die of it in ways of their own.

    Raises
    ------
    InputError
        If it is gone.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise InputError("the folder you are in was removed; cd to one that exists") from error


def safe_tempdir() -> str:
    """Return the folder; ``use_safe_tempdir`` says which, and what it raises."""
    wanted = os.environ.get("TMPDIR") or OTHERS[0]
    tried = [str(Path(wanted).absolute()), *OTHERS]
    for folder in tried:
        if _PLAIN.fullmatch(folder) and os.access(folder, os.W_OK | os.X_OK) and _is_folder(folder):
            return folder
    raise InputError(
        f"no folder for temporary files: TMPDIR {wanted!r} and {', '.join(OTHERS)} cannot be "
        "written, or have characters that tools cannot take; set TMPDIR to a folder that can be "
        "written, with a path of letters, digits and ./_+- only"
    )


def _is_folder(folder: str) -> bool:
    return Path(folder).is_dir()
