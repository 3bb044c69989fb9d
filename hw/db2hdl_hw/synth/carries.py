"""Carries of iCE40 that take up a logic cell: those without a LUT beside them.

A logic cell of iCE40 is a LUT and a carry that share two inputs and the carry in. nextpnr packs a
carry with a LUT that reads the same three nets; one that finds none fills a cell by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Cell = Mapping[str, Any]


def lone_carries(cells: Sequence[Cell]) -> int:
    """Return how many SB_CARRY among Yosys' cells share their logic cell with no SB_LUT4."""
    beside = Counter(_pins(cell, "I1", "I2", "I3") for cell in cells if cell["type"] == "SB_LUT4")
    alone = 0
    for cell in cells:
        if cell["type"] == "SB_CARRY":
            first, second, carry = _pins(cell, "I0", "I1", "CI")
            both = ((first, second, carry), (second, first, carry))
            found = next((key for key in both if beside[key] > 0), None)
            if found is None:
                alone += 1
            else:
                beside[found] -= 1
    return alone


def _pins(cell: Cell, *names: str) -> tuple[str, ...]:
    return tuple(str(cell["connections"].get(name)) for name in names)
