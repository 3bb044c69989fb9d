"""Does a net fit on a board? Asked before place and route spends minutes on it."""

from __future__ import annotations

from db2hdl_hw.boards.board import Board
from db2hdl_hw.errors import SynthesisError


def check_fit(board: Board, luts: int, ffs: int) -> None:
    """Refuse a netlist that cannot fit on a board.

    Raises
    ------
    SynthesisError
        Says how many LUTs or flip-flops there are, and how many too few.
    """
    for what, needed, there in (("LUTs", luts, board.luts), ("flip-flops", ffs, board.ffs)):
        if needed > there:
            raise SynthesisError(
                f"the net does not fit on {board.title}: it needs {needed:,} {what}, "
                f"{board.device} has {there:,}, {needed - there:,} too few "
                f"({100 * needed / there:.0f} %)"
            )
