"""At which frequency a shell works on a board: the board's clock, divided if the net needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from db2hdl_hw.boards.board import Board
from db2hdl_hw.errors import InputError

VIVADO_DIVIDER = 8
"""Without place and route nobody knows what is reached: 12.5 MHz of 100 is a careful start."""

MARGIN = 0.95
"""Of what one run reached is asked for in the next: runs differ by some percent."""

MOST_BAUD_ERROR = 0.02
LEAST_DIVISOR = 4
"""Clocks of a UART bit."""

SLOWEST = 4096
"""Dividers above this are not tried."""


@dataclass(frozen=True)
class Clock:
    """A frequency and what follows from it.

    Attributes
    ----------
    divider : int
        Of the board's clock: 1 or an even number.
    mhz : float
        Of the shell.
    divisor : int
        Clocks a UART bit.
    """

    divider: int
    mhz: float
    divisor: int


def first_clock(board: Board, baud: int, target_mhz: float | None) -> Clock:
    """Return the slowest clock of at least ``target_mhz``; without it the board's own.

    Raises
    ------
    InputError
        If the board has no clock so fast, or the UART cannot work at this clock and baud rate.
    """
    if target_mhz is None:
        return _clock(board, 1 if board.bitstream else VIVADO_DIVIDER, baud)
    if not 0 < target_mhz <= board.clock_mhz:
        raise InputError(
            f"{board.title} has a clock of {board.clock_mhz:g} MHz, which is divided but not "
            f"multiplied; --target-mhz must be more than 0 and at most that, not {target_mhz:g}"
        )
    fitting = [d for d in _dividers() if board.clock_mhz / d >= target_mhz]
    return _clock(board, fitting[-1], baud)


def slower_clock(board: Board, baud: int, fmax_mhz: float) -> Clock:
    """Return the fastest clock that is well below what place and route reached.

    Raises
    ------
    InputError
        If the UART cannot work at it.
    """
    slow = [d for d in _dividers() if board.clock_mhz / d <= MARGIN * fmax_mhz]
    # A slow clock may be no multiple of the baud rate, and the next one slower nearly is.
    working = [d for d in slow if _divisor(board.clock_mhz / d, baud)]
    return _clock(board, (working or slow or [SLOWEST])[0], baud)


def _dividers() -> Iterator[int]:
    yield 1
    yield from range(2, SLOWEST, 2)


def _divisor(mhz: float, baud: int) -> int:
    """Return the clocks of a UART bit; 0 if there is no number that is near enough."""
    divisor = round(mhz * 1e6 / baud) if baud > 0 else 0
    if divisor < LEAST_DIVISOR or abs(mhz * 1e6 / divisor / baud - 1) > MOST_BAUD_ERROR:
        return 0
    return divisor


def _clock(board: Board, divider: int, baud: int) -> Clock:
    mhz = board.clock_mhz / divider
    divisor = _divisor(mhz, baud)
    if not divisor:
        raise InputError(
            f"a UART cannot work at {baud} baud with a clock of {mhz:g} MHz; choose another --baud"
        )
    return Clock(divider, mhz, divisor)
