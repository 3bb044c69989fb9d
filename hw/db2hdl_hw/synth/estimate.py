"""LUTs and depth from the netlist alone, in less than a second; no tool is needed.

Gates and tables that one other gate reads are merged into it as long as the inputs fit one LUT, as
mapping does; what does not fit is a tree. Counts, comparisons and argmax cost what was measured
for each family (docs/reference/cost.md). Sharing across cells is left out, so that an estimate is
mostly too high.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, log

import numpy as np

from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.synth.targets import find_target


@dataclass(frozen=True)
class Family:
    """What is measured of a family.

    Attributes
    ----------
    inputs : int
        Of a LUT.
    count : float
        LUTs for each bit that a population count gets rid of.
    count_depth : float
        Levels for each doubling of the bits.
    compare : float
        LUTs for each bit of two words that are compared.
    compare_depth : float
        Levels for each doubling of the words of which the greatest is found.
    tables : mapping of inputs to LUTs
        Of a table with more inputs than a LUT has.
    """

    inputs: int
    count: float
    count_depth: float
    compare: float
    compare_depth: float
    tables: Mapping[int, float] = field(default_factory=dict)


FAMILIES: Mapping[str, Family] = {
    "ice40": Family(4, 1.43, 1.2, 1.5, 4.8, {5: 3.5, 6: 8.0}),
    "ecp5": Family(4, 1.76, 1.2, 1.5, 4.8, {5: 2.0, 6: 4.0}),
    "gowin": Family(4, 1.68, 1.2, 1.5, 4.8, {5: 2.0, 6: 4.0}),
    "xc7": Family(6, 0.62, 0.85, 0.75, 3.0),
}


@dataclass(frozen=True)
class Estimate:
    """What a netlist will cost, about.

    Attributes
    ----------
    target : str
    luts : int
    depth : int
        LUTs on the longest path.
    parts : mapping of layer to LUTs
    """

    target: str
    luts: int
    depth: int
    parts: Mapping[str, int]


def estimate(netlist: Netlist, target: str) -> Estimate:
    """Return what a netlist will cost, about, and each layer of it.

    Raises
    ------
    InputError
        If the target is unknown.
    """
    find_target(target)
    return _Estimator(netlist, FAMILIES[target]).result(target)


class _Estimator:
    """Walks the cells in topological order."""

    def __init__(self, netlist: Netlist, family: Family) -> None:
        self._netlist, self._family = netlist, family
        self._op, self._param = netlist.op.tolist(), netlist.param.tolist()
        self._width = netlist.width.tolist()
        self._start, self._fanin = netlist.fanin_start.tolist(), netlist.fanin.tolist()
        readers = np.bincount(netlist.fanin, minlength=len(netlist))
        for nets in netlist.outputs.values():
            np.add.at(readers, nets, 2)  # an output is a LUT of its own
        self._readers = readers.tolist()
        cells = len(netlist)
        self._luts, self._level = [0.0] * cells, [0.0] * cells
        self._support: list[frozenset[int]] = [frozenset()] * cells
        for cell in range(cells):
            self._visit(cell)

    def result(self, target: str) -> Estimate:
        netlist = self._netlist
        cost = np.array(self._luts)
        parts = {
            name: round(float(cost[netlist.layer == number].sum()))
            for number, name in enumerate(netlist.layers)
            if (netlist.layer == number).any() and name
        }
        return Estimate(target, round(float(cost.sum())), ceil(max(self._level) - 1e-6), parts)

    def _visit(self, cell: int) -> None:
        op = self._op[cell]
        reads = self._fanin[self._start[cell] : self._start[cell + 1]]
        if op in (Op.CONST, Op.INPUT):
            self._support[cell] = frozenset((cell,)) if op == Op.INPUT else frozenset()
        elif op in (Op.NOT, Op.AND, Op.OR, Op.XOR, Op.LUT):
            self._gate(cell, reads)
        elif not self._small(cell, reads):
            luts, levels = self._word(op, cell, reads)
            self._finish(cell, luts, levels, reads)

    def _small(self, cell: int, reads: list[int]) -> bool:
        """Take what few bits decide as one LUT for each bit of the result."""
        support = frozenset[int]().union(*(self._support[net] for net in reads))
        if len(support) > self._family.inputs or any(self._netlist.width[net] for net in support):
            return False
        for net in set(reads):
            if self._support[net] != {net} and self._readers[net] == 1:
                self._luts[net] = 0.0
        self._support[cell] = support
        self._luts[cell] = float(max(1, self._width[cell])) if len(support) > 1 else 0.0
        self._level[cell] = max((self._level[net] for net in support), default=0.0) + 1.0
        return True

    def _finish(self, cell: int, luts: float, levels: float, reads: list[int]) -> None:
        self._luts[cell] = luts
        self._level[cell] = levels + max((self._level[net] for net in reads), default=0.0)
        self._support[cell] = frozenset((cell,))

    def _gate(self, cell: int, reads: list[int]) -> None:
        """Merge gates that only this one reads into its LUT, the smallest first."""
        most = self._family.inputs
        wide = len(reads) > most
        merged, support = list[int](), frozenset[int]()
        for net in sorted(reads, key=lambda n: len(self._support[n])):
            inner = self._support[net]
            own = inner != {net} and (self._readers[net] == 1 or len(inner) <= 1)
            grown = support | (inner if own else {net})
            if own and len(grown) + len(reads) - len(merged) - 1 <= max(most, len(reads)):
                merged.append(net)
                support = grown
            else:
                support = support | {net}
        for net in merged:
            self._luts[net] = 0.0
        inputs = len(support)
        if inputs <= 1 and not wide:
            self._luts[cell], self._support[cell] = 0.0, support
            self._level[cell] = max((self._level[net] for net in support), default=0.0)
            return
        if self._op[cell] == Op.LUT and inputs > most:
            luts, levels = self._family.tables.get(inputs, 2.0 ** (inputs - most)), 2.0
        else:
            luts = max(1, ceil((inputs - 1) / (most - 1)))
            levels = max(1, ceil(log(max(inputs, 2), most) - 1e-9))
        self._luts[cell] = luts
        self._level[cell] = levels + max(self._level[net] for net in support)
        self._support[cell] = support if inputs <= most else frozenset((cell,))

    def _word(self, op: int, cell: int, reads: list[int]) -> tuple[float, float]:
        family = self._family
        if op in (Op.POPCOUNT, Op.AT_LEAST):
            bits = len(set(reads))
            left = bits.bit_length()
            luts = family.count * max(0, bits - left) + left
            return luts, family.count_depth * log(max(bits, 2), 2)
        if op == Op.COMPARE:
            constant = self._param[cell]
            width = self._width[reads[0]]
            digits = width - (constant & -constant).bit_length() + 1 if constant else 0
            luts = ceil((digits - 1) / (family.inputs - 1))
            return (0.0, 0.0) if digits <= 1 else (luts, luts)
        width, words = self._width[reads[0]], len(reads)
        luts = (words - 1) * width * (family.compare + 1) - width + words
        return luts, family.compare_depth * log(max(words, 2), 2)
