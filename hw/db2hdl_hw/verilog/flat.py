"""A design without its hierarchy: bits, and the cells between them, in an order of evaluation.

Bits are numbers; 0 and 1 are the constants. What works bit by bit is a cell for each bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from db2hdl_hw.verilog.tree import (
    BITWISE,
    COMPARISONS,
    INPUT,
    Assign,
    Binary,
    Choice,
    Concat,
    Const,
    Design,
    Expression,
    Instance,
    Module,
    Ref,
    Register,
    Unary,
)

Bits = tuple[int, ...]
"""The bits of a word, the least significant first."""

WIRE, MUX, REGISTER = "wire", "mux", "register"
"""Operations beside the operators of the text: Y = A; Y = A ? B : C; Y = A one cycle ago."""

REDUCE = {"&": "all", "|": "any", "^": "parity"}
"""Operations of all bits of one word."""


class Cell(NamedTuple):
    """An operation: ``~ & | ^`` of bits, ``+ - > >=`` of words, or one of those named here.

    Attributes
    ----------
    op : str
    out : tuple of int
        The bits that it drives.
    words : tuple of Bits
        Its operands; of a register the data and the clock.
    net, item : str, int
        The path of the net that it is part of, and where its statement begins.
    """

    op: str
    out: Bits
    words: tuple[Bits, ...]
    net: str
    module: Module
    place: int


@dataclass
class Flat:
    """A flat circuit.

    Attributes
    ----------
    bits : int
        How many there are.
    nets : dict of path to Bits
        Nets of the top by name, those inside it as ``instance.net``.
    cells : list of Cell
    joined : dict of Bits to Bits
        Words that are wired together, and of which bits.
    """

    bits: int = 2
    nets: dict[str, Bits] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    joined: dict[Bits, Bits] = field(default_factory=dict)


def flatten(design: Design) -> Flat:
    """Return a checked design as one circuit; its instances must not contain themselves."""
    flat = Flat()
    stack: list[tuple[Module, str, Mapping[str, Bits]]] = [(design.modules[design.top], "", {})]
    while stack:
        module, path, outside = stack.pop()
        scope = _Scope(flat, module, path, outside)
        for item in module.items:
            if isinstance(item, Instance):
                inside = {port: scope.nets[net] for port, net in item.connections}
                stack.append((design.modules[item.module], f"{path}{item.name}.", inside))
            else:
                scope.statement(item)
    return flat


class _Scope:
    """The nets of one instance of a module."""

    def __init__(self, flat: Flat, module: Module, path: str, outside: Mapping[str, Bits]) -> None:
        self._flat, self._module, self._path = flat, module, path
        self.nets: dict[str, Bits] = {}
        for name, net in module.nets.items():
            bits = outside.get(name) or self._new(net.width)
            self.nets[name] = flat.nets[path + name] = bits
        self._net, self._place = "", 0

    def _new(self, width: int) -> Bits:
        first = self._flat.bits
        self._flat.bits += width
        return tuple(range(first, first + width))

    def statement(self, item: Assign | Register) -> None:
        out = self.nets[item.target]
        self._net, self._place = self._path + item.target, item.place
        if isinstance(item, Register):
            clock = self.nets[item.clock]
            for bit, data in zip(out, self._word(item.value), strict=True):
                self._cell(REGISTER, (bit,), (data,), clock)
        elif isinstance(item.value, Ref | Const | Concat):
            word = self._word(item.value)
            for bit, source in zip(out, word, strict=True):
                self._cell(WIRE, (bit,), (source,))
            if len(out) > 1:
                self._flat.joined[out] = word
        else:
            self._operation(item.value, out)

    def _cell(self, op: str, out: Bits, *words: Bits) -> None:
        self._flat.cells.append(Cell(op, out, words, self._net, self._module, self._place))

    def _word(self, value: Expression) -> Bits:
        """Return the bits of an expression; an operation inside another gets bits of its own."""
        if isinstance(value, Ref):
            word = self.nets[value.name]
            return word if value.high is None else word[value.low : value.high + 1]
        if isinstance(value, Const):
            return tuple(value.value >> place & 1 for place in range(value.width))
        if isinstance(value, Concat):
            return tuple(bit for part in reversed(value.parts) for bit in self._word(part))
        out = self._new(self._width(value))
        self._operation(value, out)
        return out

    def _width(self, value: Expression) -> int:
        if isinstance(value, Unary):
            return self._width(value.operand) if value.op == "~" else 1
        if isinstance(value, Binary):
            return 1 if value.op in COMPARISONS else self._width(value.left)
        if isinstance(value, Choice):
            return self._width(value.high)
        return len(self._word(value))

    def _operation(self, value: Unary | Binary | Choice, out: Bits) -> None:
        if isinstance(value, Unary) and value.op != "~":
            self._cell(REDUCE[value.op], out, self._word(value.operand))
        elif isinstance(value, Unary):
            self._each("~", out, [self._word(value.operand)])
        elif isinstance(value, Choice):
            condition, high, low = map(self._word, value)
            self._each(MUX, out, [condition * len(out), high, low])
        elif value.op in BITWISE:
            self._each(value.op, out, [self._word(value.left), self._word(value.right)])
        else:
            self._cell(value.op, out, self._word(value.left), self._word(value.right))

    def _each(self, op: str, out: Bits, words: Sequence[Bits]) -> None:
        for bit, *operands in zip(out, *words, strict=True):
            self._cell(op, (bit,), *((one,) for one in operands))


def ordered(
    flat: Flat, *, through_registers: bool, whole: bool = False
) -> tuple[list[Cell], Cell | None]:
    """Return cells so that each comes after what it reads, and a cell on a loop if there is one.

    Parameters
    ----------
    through_registers : bool
        Whether a register comes after its data, too; otherwise it may be on a loop.
    whole : bool
        Whether a word that is wired together is complete before any of its bits is read; that may
        make a loop where there is none.
    """
    driver = {bit: number for number, cell in enumerate(flat.cells) for bit in cell.out}
    word_of = {bit: word for word in flat.joined for bit in word} if whole else {}

    def before(cell: Cell) -> set[int]:
        """Return the cells that must come before this one."""
        reads = {other for bit in _reads(cell) for other in word_of.get(bit, (bit,))}
        return {driver[bit] for bit in reads if bit in driver}

    readers: list[list[int]] = [[] for _ in flat.cells]
    missing = [0] * len(flat.cells)
    for number, cell in enumerate(flat.cells):
        if cell.op != REGISTER or through_registers:
            for other in before(cell):
                readers[other].append(number)
                missing[number] += 1
    ready = [number for number, count in enumerate(missing) if not count]
    for number in ready:
        for reader in readers[number]:
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)
    if len(ready) == len(flat.cells):
        return [flat.cells[number] for number in ready], None
    # Go back from a cell that waits, always to one that waits: that ends on a loop.
    number, seen = next(number for number, count in enumerate(missing) if count), set[int]()
    while number not in seen:
        seen.add(number)
        number = next(other for other in before(flat.cells[number]) if missing[other])
    return [], flat.cells[number]


def _reads(cell: Cell) -> Iterator[int]:
    for word in cell.words:
        yield from word


def inputs(design: Design) -> list[str]:
    """Return the inputs of the top."""
    top = design.modules[design.top]
    return [name for name in top.ports if top.nets[name].kind == INPUT]
