"""What the cells of a Yosys netlist mean: operators on words, gates, and vendors' primitives.

Each meaning takes a ``Cell`` and returns the words of its output ports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from db2hdl_hw.prove.circuit import Word
from db2hdl_hw.prove.graph import FALSE, Graph
from db2hdl_hw.prove.sums import Sums, at_least, greater, pad, ripple


class UnknownCellError(Exception):
    """A cell, or a mode of it, whose meaning is not written down here."""


@dataclass(frozen=True)
class Cell:
    """A cell with the words at its input ports, and its parameters as numbers."""

    kind: str
    sums: Sums
    ports: Mapping[str, Word]
    params: Mapping[str, int]

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.sums.graph

    def bit(self, port: str) -> int:
        """Return a port of one bit; low if it is not connected."""
        word = self.ports.get(port)
        return word[0] if word else FALSE

    def word(self, port: str, width: int = 0) -> Word:
        """Return a port extended to a width, by its sign if the cell says so."""
        word = list(self.ports[port])
        sign = word[-1] if word and self.params.get(f"{port}_SIGNED") else FALSE
        return word + [sign] * (width - len(word))

    @property
    def width(self) -> int:
        """The width of Y."""
        return self.params["Y_WIDTH"]

    @property
    def is_signed(self) -> bool:
        """Whether both operands are signed."""
        return bool(self.params.get("A_SIGNED") and self.params.get("B_SIGNED"))


Meaning = Callable[[Cell], Mapping[str, Word]]


def _y(of: Callable[[Cell], Word]) -> Meaning:
    """Return a meaning with the one output Y, cut or filled with zeros to its width."""
    return lambda cell: {"Y": pad(of(cell), cell.width)[: cell.width]}


def _each(of: Callable[[Graph, int, int], int]) -> Meaning:
    def meaning(cell: Cell) -> Mapping[str, Word]:
        a, b = (_extended(cell, port)[: cell.width] for port in "AB")
        return {"Y": [of(cell.graph, x, y) for x, y in zip(a, b, strict=True)]}

    return meaning


def _extended(cell: Cell, port: str, width: int = 0) -> Word:
    """Return an operand at the width of the operation; signed only if both operands are."""
    width = width or cell.width
    word = list(cell.ports[port])
    sign = word[-1] if word and cell.is_signed else FALSE
    return word + [sign] * (width - len(word))


def _not(cell: Cell) -> Mapping[str, Word]:
    return {"Y": [bit ^ 1 for bit in cell.word("A", cell.width)[: cell.width]]}


def _add(cell: Cell) -> Mapping[str, Word]:
    words = [_extended(cell, port) if cell.is_signed else cell.ports[port] for port in "AB"]
    return {"Y": cell.sums.total([list(word[: cell.width]) for word in words], cell.width)}


def _sub(cell: Cell) -> Mapping[str, Word]:
    a, b = (_extended(cell, port)[: cell.width] for port in "AB")
    return {"Y": ripple(cell.graph, a, [bit ^ 1 for bit in b], 1)[0]}


def _compared(of: Callable[[Graph, Word, Word], int]) -> Meaning:
    """Return a meaning of two words compared; a sign bit counts as minus, so it is flipped."""

    def meaning(cell: Cell) -> Mapping[str, Word]:
        width = max(len(cell.ports["A"]), len(cell.ports["B"]))
        a, b = (_extended(cell, port, width) for port in "AB")
        if cell.is_signed:
            a, b = [*a[:-1], a[-1] ^ 1], [*b[:-1], b[-1] ^ 1]
        return {"Y": pad([of(cell.graph, a, b)], cell.width)}

    return meaning


def exceeds(graph: Graph, a: Word, b: Word) -> int:
    """Return whether a > b; a constant on either side is compared digit by digit."""
    if all(bit < 2 for bit in b):
        return at_least(graph, a, _number(b) + 1)
    if all(bit < 2 for bit in a):
        return at_least(graph, b, _number(a)) ^ 1
    return greater(graph, a, b)


def _number(word: Word) -> int:
    return sum(bit << place for place, bit in enumerate(word))


def _same(graph: Graph, a: Word, b: Word) -> int:
    return graph.all_(graph.xor(x, y) ^ 1 for x, y in zip(a, b, strict=True))


def _mux(cell: Cell) -> Mapping[str, Word]:
    select, graph = cell.bit("S"), cell.graph
    pairs = zip(cell.ports["A"], cell.ports["B"], strict=True)
    return {"Y": [graph.mux(select, b, a) for a, b in pairs]}


def _pmux(cell: Cell) -> Mapping[str, Word]:
    """Return the B of the one high select; A if none is high."""
    graph, result = cell.graph, list(cell.ports["A"])
    width = len(result)
    for number, select in enumerate(cell.ports["S"]):
        part = cell.ports["B"][number * width : (number + 1) * width]
        result = [graph.mux(select, b, a) for a, b in zip(result, part, strict=True)]
    return {"Y": result}


def _alu(cell: Cell) -> Mapping[str, Word]:
    """A + B + CI, with B inverted if BI; X is A xor B, CO the carry out of each place."""
    width, graph = cell.width, cell.graph
    a = cell.word("A", width)[:width]
    b = cell.word("B", width)[:width]
    invert, carry = cell.bit("BI"), cell.bit("CI")
    b = [graph.xor(bit, invert) for bit in b]
    total, carries = ripple(graph, a, b, carry)
    if invert == FALSE and cell.sums.exact:
        total = cell.sums.total([a, b, [carry]], width)
    return {"Y": total, "X": [graph.xor(x, y) for x, y in zip(a, b, strict=True)], "CO": carries}


def _fa(cell: Cell) -> Mapping[str, Word]:
    """Full adders side by side: X is the carries, Y the sums."""
    words = zip(cell.ports["A"], cell.ports["B"], cell.ports["C"], strict=True)
    made = [cell.sums.full_adder(*bits) for bits in words]
    return {"Y": [total for total, _ in made], "X": [carry for _, carry in made]}


def _lcu(cell: Cell) -> Mapping[str, Word]:
    carry, carries, graph = cell.bit("CI"), [], cell.graph
    for p, g in zip(cell.ports["P"], cell.ports["G"], strict=True):
        carry = graph.or_(g, graph.and_(p, carry))
        carries.append(carry)
    return {"CO": carries}


def _lut(cell: Cell) -> Mapping[str, Word]:
    return {"Y": [cell.graph.lut(cell.params["LUT"], cell.ports["A"])]}


def _gate(inputs: str, of: Callable[..., int]) -> Meaning:
    return lambda cell: {"Y": [of(cell.graph, *(cell.bit(port) for port in inputs))]}


OPERATORS: dict[str, Meaning] = {
    "$not": _not,
    "$pos": _y(lambda cell: cell.word("A", cell.width)),
    "$and": _each(lambda g, a, b: g.and_(a, b)),
    "$or": _each(lambda g, a, b: g.or_(a, b)),
    "$xor": _each(lambda g, a, b: g.xor(a, b)),
    "$xnor": _each(lambda g, a, b: g.xor(a, b) ^ 1),
    "$reduce_and": _y(lambda cell: [cell.graph.all_(cell.ports["A"])]),
    "$reduce_or": _y(lambda cell: [cell.graph.any_(cell.ports["A"])]),
    "$reduce_bool": _y(lambda cell: [cell.graph.any_(cell.ports["A"])]),
    "$reduce_xor": _y(lambda cell: [cell.graph.parity(cell.ports["A"])]),
    "$reduce_xnor": _y(lambda cell: [cell.graph.parity(cell.ports["A"]) ^ 1]),
    "$logic_not": _y(lambda cell: [cell.graph.any_(cell.ports["A"]) ^ 1]),
    "$logic_and": _y(
        lambda c: [c.graph.and_(c.graph.any_(c.ports["A"]), c.graph.any_(c.ports["B"]))]
    ),
    "$logic_or": _y(lambda c: [c.graph.any_([*c.ports["A"], *c.ports["B"]])]),
    "$mux": _mux,
    "$pmux": _pmux,
    "$add": _add,
    "$sub": _sub,
    "$gt": _compared(exceeds),
    "$lt": _compared(lambda g, a, b: exceeds(g, b, a)),
    "$le": _compared(lambda g, a, b: exceeds(g, a, b) ^ 1),
    "$ge": _compared(lambda g, a, b: exceeds(g, b, a) ^ 1),
    "$eq": _compared(_same),
    "$eqx": _compared(_same),
    "$ne": _compared(lambda g, a, b: _same(g, a, b) ^ 1),
    "$nex": _compared(lambda g, a, b: _same(g, a, b) ^ 1),
    "$alu": _alu,
    "$fa": _fa,
    "$lcu": _lcu,
    "$lut": _lut,
    "$_BUF_": _gate("A", lambda g, a: a),
    "$_NOT_": _gate("A", lambda g, a: a ^ 1),
    "$_AND_": _gate("AB", lambda g, a, b: g.and_(a, b)),
    "$_NAND_": _gate("AB", lambda g, a, b: g.and_(a, b) ^ 1),
    "$_OR_": _gate("AB", lambda g, a, b: g.or_(a, b)),
    "$_NOR_": _gate("AB", lambda g, a, b: g.or_(a, b) ^ 1),
    "$_XOR_": _gate("AB", lambda g, a, b: g.xor(a, b)),
    "$_XNOR_": _gate("AB", lambda g, a, b: g.xor(a, b) ^ 1),
    "$_ANDNOT_": _gate("AB", lambda g, a, b: g.and_(a, b ^ 1)),
    "$_ORNOT_": _gate("AB", lambda g, a, b: g.or_(a, b ^ 1)),
    "$_MUX_": _gate("ABS", lambda g, a, b, s: g.mux(s, b, a)),
}
"""Meanings by cell type; ``primitives.PRIMITIVES`` has those of the vendors."""
