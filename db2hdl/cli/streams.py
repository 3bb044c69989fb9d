"""Standard input, output and error as a command finds them: closed, or of a small alphabet."""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """Open what is closed onto nothing, and let no character be an error.

    A closed stream is a free number, and the next file that is opened would get it: what is
    printed then, by us or a child, would end in a model or a bundle. Characters that the terminal's
    alphabet does not have are printed as escapes.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
