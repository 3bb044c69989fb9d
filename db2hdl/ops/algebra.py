"""The few primitives that every hard meaning is written in.

An algebra gives them over arrays of its own nets: the netlist builder makes cells, the symbolic
algebra makes formulas, the tests compute on booleans. Arrays are NumPy arrays of whatever stands
for a net, so indexing, ``reshape`` and broadcasting are NumPy's; a call handles a whole layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

Nets = NDArray[Any]
"""An array of nets: bits, or words (unsigned integers), as the operation says."""


class Algebra(Protocol):
    """Elementwise methods broadcast; reductions take [..., m] and give [...]."""

    def const(self, values: NDArray[Any], /) -> Nets:
        """Return the constant bits of an array of booleans."""
        ...

    def not_(self, a: Nets, /) -> Nets:
        """Return the inverted bits."""
        ...

    def and_(self, a: Nets, b: Nets, /) -> Nets:
        """Return ``a and b``."""
        ...

    def or_(self, a: Nets, b: Nets, /) -> Nets:
        """Return ``a or b``."""
        ...

    def xor(self, a: Nets, b: Nets, /) -> Nets:
        """Return whether ``a`` and ``b`` differ."""
        ...

    def all_(self, a: Nets, /) -> Nets:
        """Return whether all bits are high; of none: high."""
        ...

    def any_(self, a: Nets, /) -> Nets:
        """Return whether any bit is high; of none: low."""
        ...

    def parity(self, a: Nets, /) -> Nets:
        """Return whether the number of high bits is odd."""
        ...

    def at_least(self, k: int, a: Nets, /) -> Nets:
        """Return whether at least ``k`` bits are high, for k in 1..m."""
        ...

    def popcount(self, a: Nets, /) -> Nets:
        """Return the number of high bits, a word."""
        ...

    def compare(self, words: Nets, thresholds: NDArray[Any], /) -> Nets:
        """Return the bits ``word >= threshold``, with integer thresholds."""
        ...

    def argmax(self, words: Nets, /) -> Nets:
        """Return the index of the greatest word, a word; ties go to the lowest index."""
        ...

    def lut(self, table: NDArray[Any], a: Nets, /) -> Nets:
        """Return bit ``a[..., 0] + 2 a[..., 1] + …`` of the integers ``table`` (uint64) [...]."""
        ...

    def concat(self, parts: Sequence[Nets], /) -> Nets:
        """Return arrays joined on the last axis."""
        ...
