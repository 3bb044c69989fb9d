"""All boards by name."""

from __future__ import annotations

from db2hdl_hw.boards import arty_a7_35t, icebreaker, tang_nano_9k, ulx3s
from db2hdl_hw.boards.board import Board
from db2hdl_hw.errors import unknown

BOARDS: dict[str, Board] = {
    board.name: board
    for module in (icebreaker, ulx3s, tang_nano_9k, arty_a7_35t)
    for board in module.BOARDS
}
"""Name -> board, as ``db2hdl boards`` lists them."""


def find_board(name: str) -> Board:
    """Return a board by name; upper case and underscores do not matter.

    Raises
    ------
    InputError
        On an unknown board; suggests the nearest.
    """
    plain = name.lower().replace("_", "-")
    if plain not in BOARDS:
        raise unknown("board", name, BOARDS)
    return BOARDS[plain]
