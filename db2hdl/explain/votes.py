"""The votes of a net in words: what each bit of a class says, and how many bits say the same.

Where a net is too large for rules of the whole decision, its votes can still be read one by one.
Formulas come from the netlist, which is the ``hard_*`` definitions over the netlist's algebra, and
are simplified exactly; ``ballot`` proves what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from db2hdl.explain.formula import Formula
from db2hdl.explain.simplify import simplify
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower, port_names
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import BIT_PASSES, optimise

LONGEST = 12
"""Votes of more comparisons are too long to read."""

MOST_LEAVES = 64
"""Formulas of more comparisons before they are simplified are not looked at."""


@dataclass(frozen=True)
class Entry:
    """Bits of a class that compute the same.

    ``formula`` is None if it is too long to read; ``places`` are numbers of bits before counting.
    """

    formula: Formula | None
    places: tuple[int, ...]


def find_entries(hard: HardNet) -> list[list[Entry]]:
    """Return the different votes of each class, constant ones among them."""
    netlist = optimise(lower(hard, class_bits=True), passes=BIT_PASSES)
    bits = netlist.outputs["class_bits"].tolist()
    reader = _Reader(hard, netlist)
    size = len(bits) // len(hard.classes)
    result = []
    for start in range(0, len(bits), size):
        same: dict[object, tuple[Formula | None, list[int]]] = {}
        for place in range(start, start + size):
            key, formula = reader.vote(bits[place])
            same.setdefault(key, (formula, []))[1].append(place)
        result.append([Entry(formula, tuple(places)) for formula, places in same.values()])
    return result


class _Reader:
    """Formulas of nets that are short enough to read."""

    def __init__(self, hard: HardNet, netlist: Netlist) -> None:
        self._hard = hard
        self._netlist = netlist
        names = {feature.name: i for i, feature in enumerate(hard.features)}
        self._real = {port: names[name] for name, port in port_names(hard).items()}
        self._bits = [i for i, feature in enumerate(hard.features) if feature.kind == "bit"]
        self._known: dict[int, Formula | None] = {}
        self._votes: dict[int, tuple[object, Formula | None]] = {}

    def vote(self, net: int) -> tuple[object, Formula | None]:
        """Return a key that equal functions share, and the shortest formula of a bit."""
        if net not in self._votes:
            self._votes[net] = self._simplified(net)
        return self._votes[net]

    def _simplified(self, net: int) -> tuple[object, Formula | None]:
        formula = self._find(net)
        if formula is None:
            return net, None
        short, key = simplify(formula, self._hard.features)
        return key, None if short.has_table or short.size > LONGEST else short

    def _find(self, net: int) -> Formula | None:
        if net not in self._known:
            self._known[net] = self._make(net)
        return self._known[net]

    def _make(self, net: int) -> Formula | None:
        op, param = Op(int(self._netlist.op[net])), int(self._netlist.param[net])
        if op == Op.CONST:
            return Formula("and" if param else "or")
        if op == Op.INPUT:
            port = self._netlist.inputs[param >> 32]
            return None if port.is_word else Formula("atom", (self._bits[param & 0xFFFFFFFF], 1))
        fanins = self._netlist.fanins(net).tolist()
        if op == Op.COMPARE:
            return self._comparison(fanins[0], param)
        parts = [self._find(part) for part in fanins] if op in _OPS else [None]
        formulas = tuple(part for part in parts if part is not None)
        if len(formulas) < len(parts) or sum(part.size for part in formulas) > MOST_LEAVES:
            return None
        return Formula(_OPS[op], (param,) if op in (Op.AT_LEAST, Op.LUT) else (), formulas)

    def _comparison(self, source: int, threshold: int) -> Formula | None:
        if self._netlist.op[source] != Op.INPUT:
            return None
        port = self._netlist.inputs[int(self._netlist.param[source]) >> 32]
        return Formula("atom", (self._real[port.name], threshold))


_OPS = {
    Op.NOT: "not",
    Op.AND: "and",
    Op.OR: "or",
    Op.XOR: "xor",
    Op.AT_LEAST: "at_least",
    Op.LUT: "lut",
}
