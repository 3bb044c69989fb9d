"""The tree of a Verilog text: modules of nets, assignments, registers and instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Const(NamedTuple):
    """A number with its width: ``4'h7``."""

    width: int
    value: int


class Ref(NamedTuple):
    """A net: whole, or bits ``high`` down to ``low`` of it."""

    name: str
    high: int | None = None
    low: int | None = None


class Concat(NamedTuple):
    """Words side by side, the most significant first: ``{ a, b }``."""

    parts: tuple[Value, ...]


Value = Const | Ref | Concat


class Unary(NamedTuple):
    """``~`` of each bit, or ``&``, ``|``, ``^`` of all bits."""

    op: str
    operand: Expression


class Binary(NamedTuple):
    """An operator on two words of one width."""

    op: str
    left: Expression
    right: Expression


class Choice(NamedTuple):
    """``condition ? high : low``."""

    condition: Expression
    high: Expression
    low: Expression


Expression = Const | Ref | Concat | Unary | Binary | Choice

BITWISE = ("&", "|", "^")
SUMS = ("+", "-")
COMPARISONS = (">", ">=")
BINARY = (*BITWISE, *SUMS, *COMPARISONS)
UNARY = ("~", *BITWISE)

INPUT, OUTPUT, WIRE = "input", "output", "wire"


@dataclass(slots=True)
class Net:
    """A declared net.

    Attributes
    ----------
    kind : str
        ``input``, ``output`` or ``wire``.
    width : int
    place : int
        Where in the text it is declared.
    register : bool
        Whether it holds its value from one clock edge to the next (``reg``).
    ranged : bool
        Whether it is a vector: ``[0:0]`` is one of one bit.
    initial : int or None
        What a register holds before the first edge, if that is stated.
    """

    kind: str
    width: int
    place: int
    register: bool = False
    ranged: bool = False
    initial: int | None = None


class Assign(NamedTuple):
    """``assign target = value;``."""

    target: str
    value: Expression
    place: int


class Register(NamedTuple):
    """``always @(posedge clock) target <= value;``."""

    target: str
    value: Expression
    clock: str
    place: int


class Instance(NamedTuple):
    """A module inside a module, its ports connected by name."""

    module: str
    name: str
    connections: tuple[tuple[str, str], ...]
    place: int


Item = Assign | Register | Instance


@dataclass(frozen=True)
class Source:
    """A text and what errors call it."""

    name: str
    text: str

    def line(self, place: int) -> int:
        """Return the line of a place in the text, from 1."""
        return self.text.count("\n", 0, place) + 1


@dataclass
class Module:
    """A module.

    Attributes
    ----------
    name : str
    ports : tuple of str
        In their order.
    nets : dict of name to Net
        In the order of their declarations; the ports are among them.
    items : list
        Assignments, registers and instances, in their order.
    source : Source
        The text that it was read from.
    place : int
        Where in the text it begins.
    """

    name: str
    ports: tuple[str, ...]
    source: Source
    place: int
    nets: dict[str, Net] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Design:
    """All modules of a circuit, the top among them, by name in the order of the text."""

    top: str
    modules: dict[str, Module]
