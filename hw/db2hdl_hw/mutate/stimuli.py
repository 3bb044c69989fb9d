"""Input words worth trying: values on both sides of every threshold, and crosses of good words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist.netlist import Netlist, Op

Bits = NDArray[np.bool_]

DENSITIES = (0.5, 0.5, 0.1, 0.9)
"""Shares of the bits of a bus that are 1, one row after the other."""

RATES = (1, 1, 2, 2, 3, 4, 8, 16)
"""So many features of a word are exchanged on average, one row after the other."""


class Stimuli:
    """Words for the inputs of one netlist; the same seed gives the same words."""

    def __init__(self, netlist: Netlist, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._netlist, self._ports = netlist, netlist.inputs
        self._values = [_edges(netlist, number) for number in range(len(netlist.inputs))]
        feature, count = list[int](), 0
        for port in netlist.inputs:
            own = [count] * port.width if port.is_word else range(count, count + port.width)
            feature += own
            count = feature[-1] + 1 if feature else 0
        self._feature, self._features = np.array(feature, np.int64), count

    def thresholds(self) -> Iterator[tuple[int, int, int, NDArray[np.int64]]]:
        """Yield (first bit, end, limit, values) for each threshold that is more than one bit."""
        low = 0
        for number, port in enumerate(self._ports):
            for limit in _limits(self._netlist, number).tolist() if port.is_word else ():
                lowest = (limit & -limit).bit_length() - 1
                bits = 1 << np.arange(lowest, port.width)
                if len(bits) > 1:
                    apart = np.concatenate([limit ^ bits, limit - 1 ^ bits, [limit, limit - 1]])
                    yield low, low + port.width, limit, np.unique(apart)
            low += port.width

    def fresh(self, rows: int) -> Bits:
        """Return words in which each number is at, below or above one of its thresholds."""
        parts = []
        for port, values in zip(self._ports, self._values, strict=True):
            if port.is_word:
                drawn = values[self._rng.integers(0, len(values), rows)]
                parts.append((drawn[:, None] >> np.arange(port.width) & 1).astype(np.bool_))
            else:
                density = np.resize(DENSITIES, rows)[:, None]
                parts.append(self._rng.random((rows, port.width)) < density)
        return np.concatenate(parts, axis=1)

    def crossed(self, parents: Bits, rows: int) -> Bits:
        """Return words of parents, some features exchanged for those of others or new ones."""
        mine = parents[self._rng.integers(0, len(parents), rows)]
        other = parents[self._rng.integers(0, len(parents), rows)]
        new = (self._rng.random(rows) < 0.5)[:, None]
        other = np.where(new, self.fresh(rows), other)
        rate = np.resize(RATES, rows) / max(1, self._features)
        taken = self._rng.random((rows, self._features)) < rate[:, None]
        return np.where(taken[:, self._feature], other, mine)


def _limits(netlist: Netlist, port: int) -> NDArray[np.int64]:
    """Return the constants that a word port is compared with, but for those that always hold."""
    cells = np.flatnonzero(netlist.op == Op.COMPARE)
    reads = netlist.fanin[netlist.fanin_start[cells]]
    mine = (netlist.op[reads] == Op.INPUT) & (netlist.param[reads] >> np.uint64(32) == port)
    limits = np.unique(netlist.param[cells[mine]].astype(np.int64))
    return limits[(limits > 0) & (limits < 1 << netlist.inputs[port].width)]


def _edges(netlist: Netlist, port: int) -> NDArray[np.int64]:
    """Return the values of a word port at, one below and one above each of its thresholds.

    Half of them; the others differ from a threshold or the value below it in one bit, as that is
    what the gates of a comparison tell apart.
    """
    greatest = (1 << netlist.inputs[port].width) - 1
    limits = _limits(netlist, port)
    near = np.unique(np.concatenate([limits - 1, limits, limits + 1, [0, greatest]]))
    bits = 1 << np.arange(netlist.inputs[port].width)
    apart = np.unique(np.concatenate([limits, limits - 1])[:, None] ^ bits)
    return np.concatenate([np.resize(near, max(len(near), len(apart))), apart]).clip(0, greatest)
