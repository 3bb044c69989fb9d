"""The netlist: cells as a structure of arrays, in topological order.

A cell drives exactly one net, and the net has the number of its cell. Every fan-in of a cell has
a smaller number than the cell, so the order of the arrays is an order of evaluation. Nets 0 and 1
are always the constants 0 and 1. There are two kinds of net: a bit (``width == BIT``) and an
unsigned integer of a known width (``width >= 1``), called a word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

BIT = 0
"""The width of a net that is a bit (a word is at least 1 wide)."""

CONST0, CONST1 = 0, 1
"""The nets that are always there: the constants 0 and 1."""

NO_NET = -1
"""In a probe: the bit is not in this netlist any more (no cell that is left needs it)."""

LARGEST_WIDTH = 63
"""The widest word: its values and thresholds 0..2**width fit in ``param``."""

Nets = NDArray[np.int32]


class Op(IntEnum):
    """What a cell computes; ``param`` and the kinds of its nets are given for each."""

    CONST = 0
    """A constant: ``param`` is its value; a bit or a word; no fan-in."""
    INPUT = 1
    """An input: ``param`` is ``port << 32 | bit``; a bit of a bus port, or a whole word port."""
    NOT = 2
    """One bit, inverted."""
    AND = 3
    """All of one or more bits."""
    OR = 4
    """Any of one or more bits."""
    XOR = 5
    """Odd parity of one or more bits."""
    LUT = 6
    """A table of 1 to 6 bits: bit ``i`` of ``param`` answers the inputs whose code is ``i``,
    the first fan-in being the least significant."""
    AT_LEAST = 7
    """At least ``param`` of the bits are 1 (0 <= param <= n + 1); a bit that is there twice
    counts twice."""
    POPCOUNT = 8
    """The number of 1 bits: a word of ``max(1, bit_length(n))``, or wider (zero-extended): a fold
    that drops constant inputs keeps the width, because ports and ARGMAX depend on it."""
    COMPARE = 9
    """One word is ``>= param`` (0 <= param <= 2**width); always a word, never a bit net."""
    ARGMAX = 10
    """The index of the greatest of one or more words of equal width, the lowest index on a tie:
    a word of ``max(1, ceil(log2(n)))``."""


@dataclass(frozen=True)
class Port:
    """A port of the top module: ``bits`` nets of one bit each (a bus), or one word."""

    name: str
    width: int
    is_word: bool = False


@dataclass(eq=False)
class Netlist:
    """A combinational circuit of cells.

    Attributes
    ----------
    op, width, param, layer : arrays of one entry a cell
        The operation, the width of the driven net, the parameter, and the index into ``layers``.
    place : array of one entry a cell
        The cell's bit index among its layer's outputs, or -1 for a cell inside the layer.
    fanin_start, fanin : compressed rows
        The fan-ins of cell ``i`` are ``fanin[fanin_start[i]:fanin_start[i + 1]]``.
    layers : list of str
        Names of the layers, in order; ``layers[0]`` is ``""``: the inputs and constants.
    inputs : list of Port
        Ports that INPUT cells refer to.
    outputs : dict of port name to nets
        Bit nets make a bus (index 0 is the least significant bit); a single word net stays a
        word; several word nets are concatenated, the first in the low bits.
    probes : dict of layer name to nets
        For every layer of the hard net, the net of each output bit in C order, or ``NO_NET``.
        Probes name places for people and for fault localisation; they keep no cell alive.
    """

    top: str
    op: NDArray[np.uint8]
    width: NDArray[np.int32]
    param: NDArray[np.uint64]
    layer: NDArray[np.int32]
    place: NDArray[np.int32]
    fanin_start: NDArray[np.int64]
    fanin: Nets
    layers: list[str]
    inputs: list[Port]
    outputs: dict[str, Nets] = field(default_factory=dict)
    probes: dict[str, Nets] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of cells, constants and inputs included."""
        return len(self.op)

    def __eq__(self, other: object) -> bool:
        """Return whether the two are the same in every array, name and port, in the same order."""
        if not isinstance(other, Netlist):
            return NotImplemented
        names = (self.top, self.layers, self.inputs, list(self.outputs), list(self.probes))
        others = (other.top, other.layers, other.inputs, list(other.outputs), list(other.probes))
        if names != others:
            return False
        columns = ("op", "width", "param", "layer", "place", "fanin_start", "fanin")
        return (
            all(np.array_equal(getattr(self, c), getattr(other, c)) for c in columns)
            and all(np.array_equal(self.outputs[p], other.outputs[p]) for p in self.outputs)
            and all(np.array_equal(self.probes[p], other.probes[p]) for p in self.probes)
        )

    def fanins(self, cell: int) -> Nets:
        """Return the fan-ins of one cell, in order."""
        return self.fanin[self.fanin_start[cell] : self.fanin_start[cell + 1]]
