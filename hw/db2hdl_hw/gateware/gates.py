"""A circuit as gates of one bit: what each operator of its Verilog is made of.

The statements are those that become the Verilog, so a gate is a place where its text, or what a
tool makes of it, can be wrong: a sum is a ripple of full adders, a wide gate a tree of gates of two
inputs. Constants are folded away. Registers are left out: they change no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from amaranth.hdl import Const, Signal, Value
from amaranth.hdl._ast import Concat, Operator, Slice, SwitchValue
from numpy.typing import NDArray

from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.gateware.circuit import circuit_statements
from db2hdl_hw.gateware.operations import STYLE
from db2hdl_hw.netlist.netlist import Netlist

Word = list[int]
"""The node of each bit, the least significant first."""


class Kind(IntEnum):
    """What a node computes of its inputs a, b and c."""

    CONST = 0
    """Node 0 is 0, and node 1 is 1."""
    INPUT = 1
    """Bit ``a`` of the input word."""
    BUF = 2
    """a: what is put between an input bit and its readers, and behind a bit that leaves twice."""
    NOT = 3
    AND = 4
    OR = 5
    XOR = 6
    MUX = 7
    """a if c, else b."""


ARITY = {Kind.BUF: 1, Kind.NOT: 1, Kind.AND: 2, Kind.OR: 2, Kind.XOR: 2, Kind.MUX: 3}
"""Inputs of each kind of gate."""


@dataclass(frozen=True)
class Gates:
    """Nodes in topological order: constants, input bits, gates.

    Attributes
    ----------
    kind : array of Kind [nodes]
    reads : array [nodes, 3]
        The inputs a, b, c of each gate; 0 where there are fewer.
    outputs : array [output_width]
        The node of each bit of the output word.
    where : list of str
        The signal whose value a gate belongs to; "" of constants and inputs.
    input_width : int
    """

    kind: NDArray[np.uint8]
    reads: NDArray[np.int64]
    outputs: NDArray[np.int64]
    where: list[str]
    input_width: int

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.kind)


def gates_of(netlist: Netlist, style: str = STYLE) -> Gates:
    """Return the gates of the circuit of a netlist, as ``style`` builds it."""
    statements, ports, outputs = circuit_statements(netlist, style)
    made = _Gates()
    for port in ports:
        made.input(port)
    for one in statements:
        made.drive(one.signal, one.value)
    nodes = [node for value in outputs for node in made.word(value)]
    return made.build(nodes)


class _Gates:
    """Gates while they are made: a list for each column."""

    def __init__(self) -> None:
        self._kind = [int(Kind.CONST)] * 2
        self._reads = [(0, 0, 0)] * 2
        self._where = ["", ""]
        self._signals: dict[int, Word] = {}
        self._known: dict[int, Word] = {}
        self._width = 0
        self._name = ""

    def input(self, port: Signal) -> None:
        """Add the bits of a port to the input word."""
        bits = range(self._width, self._width + len(port))
        self._name = ""
        inputs = [self._add(Kind.INPUT, bit) for bit in bits]
        self._name = port.name
        self._signals[id(port)] = [self._add(Kind.BUF, node) for node in inputs]
        self._width += len(port)

    def drive(self, signal: Signal, value: Value) -> None:
        """Add the gates of a statement; a value that is there twice has its gates once."""
        self._known, self._name = {}, signal.name
        self._signals[id(signal)] = _resized(self.word(value), len(signal))

    def build(self, outputs: Sequence[int]) -> Gates:
        """Return the gates; an output bit that is an input, a constant or another has a buffer."""
        self._name = "output"
        nodes, taken = list[int](), {0, 1}
        for node in outputs:
            nodes.append(self._add(Kind.BUF, node) if node in taken else node)
            taken.add(node)
        return Gates(
            np.array(self._kind, np.uint8),
            np.array(self._reads, np.int64),
            np.array(nodes, np.int64),
            self._where,
            self._width,
        )

    def word(self, value: Value) -> Word:
        """Return the nodes of the bits of a value."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = self._word(value)
        return known

    def _word(self, value: Value) -> Word:
        if isinstance(value, Const):
            return [value.value >> place & 1 for place in range(len(value))]
        if isinstance(value, Signal):
            return self._signals[id(value)]
        if isinstance(value, Slice):
            return self.word(value.value)[value.start : value.stop]
        if isinstance(value, Concat):
            return [node for part in value.parts for node in self.word(part)]
        if isinstance(value, SwitchValue):
            return self._choice(value)
        if isinstance(value, Operator) and value.operator in _MEANING:
            words = [self.word(operand) for operand in value.operands]
            return _resized(_MEANING[value.operator](self, words, len(value)), len(value))
        raise Db2hdlError(f"no gates for {value!r}")

    def _choice(self, value: SwitchValue) -> Word:
        """Return a word or another, as one bit says."""
        if [patterns for patterns, _ in value.cases] != [("0",), None] or len(value.test) != 1:
            raise Db2hdlError(f"no gates for {value!r}")
        select = self.word(value.test)[0]
        low, high = (_resized(self.word(case), len(value)) for _, case in value.cases)
        return [self.mux(select, a, b) for a, b in zip(high, low, strict=True)]

    # Gates of one bit, without those that constants decide.

    def not_(self, a: int) -> int:
        return 1 - a if a < 2 else self._add(Kind.NOT, a)

    def and_(self, a: int, b: int) -> int:
        if a < 2 or b < 2:
            return 0 if 0 in (a, b) else max(a, b)
        return self._add(Kind.AND, a, b)

    def or_(self, a: int, b: int) -> int:
        if a < 2 or b < 2:
            return 1 if 1 in (a, b) else max(a, b)
        return self._add(Kind.OR, a, b)

    def xor(self, a: int, b: int) -> int:
        if a < 2 or b < 2:
            other, constant = max(a, b), min(a, b)
            return self.not_(other) if constant else other
        return self._add(Kind.XOR, a, b)

    def mux(self, select: int, high: int, low: int) -> int:
        if select < 2 or high == low:
            return high if select or high == low else low
        if high < 2 and low < 2:
            return select if high else self.not_(select)
        if high < 2:
            return self.or_(select, low) if high else self.and_(self.not_(select), low)
        if low < 2:
            return self.or_(self.not_(select), high) if low else self.and_(select, high)
        return self._add(Kind.MUX, high, low, select)

    def tree(self, gate: Callable[[int, int], int], bits: Sequence[int]) -> int:
        row = list(bits)
        while len(row) > 1:
            paired = [gate(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
            row = paired + row[len(row) & ~1 :]
        return row[0]

    def add(self, a: Word, b: Word, width: int) -> Word:
        """Return the sum, a full adder for each place; the last carry is made if it is read."""
        total, carry = list[int](), 0
        for x, y in zip(_resized(a, width), _resized(b, width), strict=True):
            if x == 0 == y:
                total.append(carry)
                carry = 0
                continue
            half = self.xor(x, y)
            total.append(self.xor(half, carry))
            if len(total) < width:
                carry = self.or_(self.and_(x, y), self.and_(half, carry))
        return total

    def greater(self, a: Word, b: Word) -> int:
        """Return a > b: the highest place in which they differ decides."""
        width = max(len(a), len(b))
        value = 0
        for x, y in zip(_resized(a, width), _resized(b, width), strict=True):
            first = value == 0
            value = self.and_(x, self.not_(y)) if first else self.mux(self.xor(x, y), x, value)
        return value

    def at_least(self, a: Word, b: Word) -> int:
        """Return a >= b; of a constant, from its lowest 1 up, a gate a place."""
        if any(node > 1 for node in b):
            return self.not_(self.greater(b, a))
        value = 1
        for x, limit in zip(a, _resized(b, len(a)), strict=True):
            value = self.and_(x, value) if limit else self.or_(x, value)
        return 0 if any(b[len(a) :]) else value

    def _add(self, kind: Kind, a: int, b: int = 0, c: int = 0) -> int:
        self._kind.append(int(kind))
        self._reads.append((a, b, c))
        self._where.append(self._name)
        return len(self._kind) - 1


def _resized(word: Word, width: int) -> Word:
    return [*word, *[0] * (width - len(word))][:width]


def _each(gate: Callable[[_Gates, int, int], int]) -> Callable[[_Gates, list[Word], int], Word]:
    def meaning(made: _Gates, words: list[Word], width: int) -> Word:
        a, b = (_resized(word, width) for word in words)
        return [gate(made, x, y) for x, y in zip(a, b, strict=True)]

    return meaning


def _reduce(gate: Callable[[_Gates, int, int], int]) -> Callable[[_Gates, list[Word], int], Word]:
    return lambda made, words, width: [made.tree(lambda a, b: gate(made, a, b), words[0])]


_MEANING: Mapping[str, Callable[[_Gates, list[Word], int], Word]] = {
    "~": lambda made, words, width: [made.not_(bit) for bit in words[0]],
    "&": _each(_Gates.and_),
    "|": _each(_Gates.or_),
    "^": _each(_Gates.xor),
    "r&": _reduce(_Gates.and_),
    "r|": _reduce(_Gates.or_),
    "b": _reduce(_Gates.or_),
    "r^": _reduce(_Gates.xor),
    "+": lambda made, words, width: made.add(words[0], words[1], width),
    ">": lambda made, words, width: [made.greater(words[0], words[1])],
    ">=": lambda made, words, width: [made.at_least(words[0], words[1])],
}
