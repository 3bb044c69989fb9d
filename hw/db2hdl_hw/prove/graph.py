"""And-inverter graph in which equal structure is one node, and sums of bits are nodes, too.

A literal is ``2 * node + inverted``; 0 is false and 1 is true. A node is a constant (node 0), a
free input, an AND of two literals, or one binary digit of a *sum*: a non-negative integer that is
a weighted count of literals. Two sums with the same weights of the same literals are the same
node, whatever tree of adders either circuit has for them; this is what lets counts of 4,096 bits
be compared at once (``sums.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

FALSE, TRUE = 0, 1

INPUT = -1
"""In ``Graph.left``: the node is free."""

DIGIT = -2
"""In ``Graph.left``: the node is a digit of a sum; ``right`` is its number in ``digits``."""

Form = tuple[tuple[int, int], ...]
"""A weighted count of literals: ((literal, weight), …), sorted, weights > 0."""

SMALL_SUM = 3
"""Sums of at most this many bits of weight 1 are built of ANDs at once."""


@dataclass(frozen=True)
class Digit:
    """Which digit of which sum a node is."""

    form: Form
    constant: int
    place: int


@dataclass
class Graph:
    """Nodes in topological order, as two columns of fan-in literals.

    ``marks`` are nodes that may well have an equal one in another circuit: outputs of cells,
    carries. They steer guesses and mean nothing.
    """

    left: list[int] = field(default_factory=lambda: [FALSE])
    right: list[int] = field(default_factory=lambda: [FALSE])
    inputs: dict[str, int] = field(default_factory=dict)
    digits: list[Digit] = field(default_factory=list)
    marks: set[int] = field(default_factory=set)
    _ands: dict[tuple[int, int], int] = field(default_factory=dict)
    _sums: dict[tuple[Form, int], tuple[int, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.left)

    def input(self, name: str) -> int:
        """Return the literal of a free input; the same name is the same input."""
        if name not in self.inputs:
            self.inputs[name] = self._new(INPUT, len(self.inputs))
        return self.inputs[name]

    def input_nodes(self) -> dict[int, str]:
        """Return the name of each input node."""
        return {literal >> 1: name for name, literal in self.inputs.items()}

    def and_(self, a: int, b: int) -> int:
        """Return ``a and b``."""
        if a > b:
            a, b = b, a
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        known = self._ands.get((a, b))
        if known is None:
            known = self._ands[a, b] = self._new(a, b)
        return known

    def or_(self, a: int, b: int) -> int:
        """Return ``a or b``."""
        return self.and_(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: int, b: int) -> int:
        """Return whether ``a`` and ``b`` differ; inverters are moved to the output first."""
        flip = (a ^ b) & 1
        a, b = a & ~1, b & ~1
        return self.and_(self.and_(a, b) ^ 1, self.and_(a ^ 1, b ^ 1) ^ 1) ^ flip

    def mux(self, select: int, high: int, low: int) -> int:
        """Return ``high`` if ``select``, else ``low``."""
        if high == low:
            return high
        if high == low ^ 1:
            return self.xor(select, low)
        return self.and_(self.and_(select, high) ^ 1, self.and_(select ^ 1, low) ^ 1) ^ 1

    def all_(self, bits: Iterable[int]) -> int:
        """Return whether all are true; the order of the bits does not matter."""
        return self._tree(sorted(set(bits)))

    def any_(self, bits: Iterable[int]) -> int:
        """Return whether any is true."""
        return self.all_(bit ^ 1 for bit in bits) ^ 1

    def parity(self, bits: Iterable[int]) -> int:
        """Return whether an odd number is true; pairs of the same bit cancel."""
        flip, odd = 0, set[int]()
        for bit in bits:
            flip ^= bit & 1
            odd ^= {bit & ~1}
        value = FALSE
        for bit in sorted(odd):
            value = self.xor(value, bit)
        return value ^ flip

    def lut(self, table: int, bits: Sequence[int]) -> int:
        """Return bit ``code`` of the table, bits[0] being the low digit of the code."""
        known: dict[tuple[int, int], int] = {}

        def half(table: int, size: int) -> int:
            if size == 0:
                return table & 1
            full = (1 << (1 << size)) - 1
            if table in (0, full):
                return int(table != 0)
            if (table, size) not in known:
                cut = 1 << (size - 1)
                low = half(table & ((1 << cut) - 1), size - 1)
                known[table, size] = self.mux(bits[size - 1], half(table >> cut, size - 1), low)
            return known[table, size]

        return half(table & ((1 << (1 << len(bits))) - 1), len(bits))

    def sum_digits(self, form: Form, constant: int) -> tuple[int, ...]:
        """Return the digits, lowest first, of ``constant`` + the weighted count ``form``.

        As many digits as the greatest value needs. A small count of single bits is built of
        ANDs; any other is a node of its own, whose meaning the kernel and the engines know.
        """
        key = (form, constant)
        known = self._sums.get(key)
        if known is None:
            known = self._sums[key] = self._make_sum(form, constant)
        return known

    def _make_sum(self, form: Form, constant: int) -> tuple[int, ...]:
        most = constant + sum(weight for _, weight in form)
        if not form:
            return tuple(constant >> place & 1 for place in range(max(1, most.bit_length())))
        if len(form) == 1 and constant == 0:
            return tuple(form[0][0] * (form[0][1] >> p & 1) for p in range(most.bit_length()))
        if constant == 0 and len(form) <= SMALL_SUM and all(weight == 1 for _, weight in form):
            return self._small([literal for literal, _ in form])
        numbers = []
        for place in range(most.bit_length()):
            self.digits.append(Digit(form, constant, place))
            numbers.append(self._new(DIGIT, len(self.digits) - 1))
        return tuple(numbers)

    def _small(self, bits: list[int]) -> tuple[int, ...]:
        a, b = bits[:2]
        both, differ = self.and_(a, b), self.xor(a, b)
        if len(bits) == 2:
            return differ, both
        return self.xor(differ, bits[2]), self.or_(both, self.and_(differ, bits[2]))

    def _tree(self, bits: list[int]) -> int:
        """Return the conjunction of sorted bits as a balanced tree."""
        if not bits:
            return TRUE
        while len(bits) > 1:
            paired = [self.and_(a, b) for a, b in zip(bits[::2], bits[1::2], strict=False)]
            bits = paired + bits[len(bits) & ~1 :]
        return bits[0]

    def _new(self, left: int, right: int) -> int:
        self.left.append(left)
        self.right.append(right)
        return 2 * (len(self.left) - 1)
