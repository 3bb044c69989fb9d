"""LUTs, flip-flops and carries in a netlist that Yosys wrote; does it fit a board?"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db2hdl_hw.boards.board import Board
from db2hdl_hw.errors import SynthesisError

_LUT = re.compile(r"SB_LUT4|LUT[1-6]|TRELLIS_COMB")
_FLIP_FLOP = re.compile(r"SB_DFF\w*|TRELLIS_FF|DFF\w*|FD[RSCP]E(_1)?")
_CARRY = {"SB_CARRY": 0, "CARRY4": 0, "CCU2C": 2, "ALU": 1}
"""Carry cell -> LUTs that it takes up itself."""


@dataclass(frozen=True)
class Count:
    """What a netlist is made of.

    Attributes
    ----------
    luts : int
        With those inside carry cells.
    ffs, carries : int
    """

    luts: int
    ffs: int
    carries: int


def count_cells(netlist: Path, top: str) -> Count:
    """Return what the JSON netlist of Yosys holds below a top module.

    Raises
    ------
    SynthesisError
        If the file is no such netlist.
    """
    try:
        modules = json.loads(netlist.read_text(encoding="utf-8"))["modules"]
        cells = _cells(modules, top)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SynthesisError(
            f"cannot read the netlist that Yosys wrote, {netlist}: {type(error).__name__}: {error}"
        ) from error
    carries = {kind: cells[kind] for kind in _CARRY}
    return Count(
        sum(n for kind, n in cells.items() if _LUT.fullmatch(kind))
        + sum(n * _CARRY[kind] for kind, n in carries.items()),
        sum(n for kind, n in cells.items() if _FLIP_FLOP.fullmatch(kind)),
        sum(carries.values()),
    )


def _cells(modules: dict[str, Any], top: str) -> Counter[str]:
    """Return how many cells of each type there are, in submodules too."""
    total: Counter[str] = Counter()
    for cell in modules[top]["cells"].values():
        kind = cell["type"]
        inner = modules.get(kind)
        # Models of the vendor's own cells are in the file as black boxes.
        if inner is None or "blackbox" in inner.get("attributes", {}):
            total[kind] += 1
        elif inner["cells"]:
            total += _cells(modules, kind)
        else:
            total[kind] += 1
    return total


def check_fit(board: Board, count: Count) -> None:
    """Refuse a netlist that cannot fit, before place and route spends minutes on it.

    Raises
    ------
    SynthesisError
        Says how many LUTs or flip-flops there are, and how many too many.
    """
    for what, needed, there in (
        ("LUTs", count.luts, board.luts),
        ("flip-flops", count.ffs, board.ffs),
    ):
        if needed > there:
            raise SynthesisError(
                f"the net does not fit on {board.title}: it needs {needed:,} {what}, "
                f"{board.device} has {there:,}, {needed - there:,} too few "
                f"({100 * needed / there:.0f} %)"
            )
