"""Errors that say what, where and the remedy; each has an exit code.

Exit codes (docs/reference/exit-codes.md): 0 ok, 1 internal, 2 bad input, 3 tool missing or too
old, 4 mismatch, 5 synthesis or place-and-route, 6 not proved, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


class Db2hdlError(Exception):
    """An internal error; its message is one clear line."""

    exit_code = 1


class InputError(Db2hdlError, ValueError):
    """Bad input, usage or disk: the user can repair it."""

    exit_code = 2


class ToolError(Db2hdlError):
    """A tool is missing, too old, or died."""

    exit_code = 3


class MismatchError(Db2hdlError):
    """The circuit and the reference differ, or a file was changed."""

    exit_code = 4


class SynthesisError(Db2hdlError):
    """Synthesis or place and route failed."""

    exit_code = 5


class NotProvedError(Db2hdlError):
    """A proof was not finished; never to be read as a pass."""

    exit_code = 6


def present(value: T | None) -> T:
    """Return a value that cannot be missing here; an error of db2hdl if it is, also with -O."""
    if value is None:
        raise Db2hdlError("a value is missing that should be there; please report it")
    return value


def unknown(what: str, name: str, choices: Iterable[str]) -> InputError:
    """Return the error for an unknown name, with the nearest known one.

    Examples
    --------
    >>> str(unknown("board", "icebraker", ["icebreaker", "ulx3s"]))
    "unknown board 'icebraker'; did you mean 'icebreaker'?"
    """
    known = list(choices)
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return InputError(f"unknown {what} {name!r}; did you mean {near[0]!r}?")
    shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return InputError(f"unknown {what} {name!r}; known: {shown}")
