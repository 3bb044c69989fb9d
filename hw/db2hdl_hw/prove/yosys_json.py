"""A flat netlist as Yosys writes it in JSON, read as a circuit.

Registers are looked through: the value of a register is the value of its data input, one clock
cycle before. That is sound for a pipeline, and only there: every net has a *stage*, the number of
registers on the way from the inputs, and a cell whose inputs are of different stages is refused.
Then an output of stage L is, cycle for cycle, the combinational function of the inputs L cycles
before. The clock must be the clock port; resets are taken as inactive.

Its *depth* is the longest way through registers from anything, constants and the reset among them:
so many cycles after a reset nothing is left of it, nor of what registers held at first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db2hdl_hw.errors import MismatchError, NotProvedError
from db2hdl_hw.prove.cells import OPERATORS, Cell, Meaning, UnknownCellError
from db2hdl_hw.prove.circuit import Circuit, Word
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.primitives import PRIMITIVES
from db2hdl_hw.prove.registers import REGISTERS
from db2hdl_hw.prove.sums import Sums

Bit = int | str
Ports = Mapping[str, int]
"""Port name -> width."""

MEANINGS = {**OPERATORS, **PRIMITIVES}
"""What there may be in a netlist after synthesis."""


@dataclass(frozen=True)
class Clock:
    """The ports of a clocked core that are not data: its clock, and its reset, held low."""

    clock: str
    reset: str


@dataclass
class Read:
    """A netlist as a circuit, with the names of its nets.

    Attributes
    ----------
    circuit : Circuit
    nets : dict of net name to word or None
        Public names, levels of hierarchy joined by dots; None where a bit has no driver.
    stage : dict of output port to int or None
        Registers between inputs and output; None of a constant.
    depth : dict of output port to int
        The most registers on any way to the output.
    """

    circuit: Circuit
    nets: dict[str, list[int | None]] = field(default_factory=dict)
    stage: dict[str, int | None] = field(default_factory=dict)
    depth: dict[str, int] = field(default_factory=dict)


def read_json(
    text: str,
    top: str,
    graph: Graph,
    inputs: Ports,
    outputs: Ports,
    *,
    exact: bool = True,
    clock: Clock | None = None,
    operators_only: bool = False,
) -> Read:
    """Return the circuit of a flat module.

    Parameters
    ----------
    inputs, outputs : mapping of port to width
        The ports it must have, beside the clock's.
    exact : bool
        Whether sums become sums (for comparison by what they count) or adders as they stand.
    clock : Clock, optional
    operators_only : bool
        Whether there must be nothing but operators and registers of Yosys, and no net without a
        driver: so it is before synthesis.

    Raises
    ------
    MismatchError
        If the module or its ports are others, or stages do not fit.
    NotProvedError
        If it has a cell that is not known here.
    """
    modules = json.loads(text)["modules"]
    if top not in modules:
        raise MismatchError(f"there is no module {top!r}")
    module = modules[top]
    found = {n: (port["direction"], len(port["bits"])) for n, port in module["ports"].items()}
    check_ports(found, top, inputs, outputs, clock)
    return _Reader(module, graph, exact, clock, operators_only).read(inputs, outputs)


def check_ports(
    found: Mapping[str, tuple[str, int]],
    top: str,
    inputs: Ports,
    outputs: Ports,
    clock: Clock | None,
) -> None:
    """Refuse a circuit whose ports, name to (direction, width), are not the wanted ones.

    Raises
    ------
    MismatchError
        Names the first port that is another.
    """
    wanted = {name: ("input", width) for name, width in inputs.items()}
    wanted |= {name: ("output", width) for name, width in outputs.items()}
    if clock is not None:
        wanted |= {clock.clock: ("input", 1), clock.reset: ("input", 1)}
    for name in sorted(set(wanted) | set(found)):
        if wanted.get(name) != found.get(name):
            want, got = (_port(one.get(name)) for one in (wanted, found))
            raise MismatchError(f"port {name!r} of module {top!r} is {got}, not {want}")


def _port(port: tuple[str, int] | None) -> str:
    return "missing" if port is None else f"an {port[0]} of {port[1]} bits"


@dataclass
class _Word:
    """The bits of a net, and how many have no value yet."""

    bits: list[Bit]
    missing: int


class _Reader:
    def __init__(
        self,
        module: Mapping[str, Any],
        graph: Graph,
        exact: bool,
        clock: Clock | None,
        operators_only: bool,
    ) -> None:
        self._module, self._graph, self._clock = module, graph, clock
        self._operators_only = operators_only
        self._meanings: Mapping[str, Meaning] = OPERATORS if operators_only else MEANINGS
        self._sums = Sums(graph, exact=exact)
        self._value: dict[Bit, int] = {"0": 0, "1": 1}
        self._stage: dict[Bit, int | None] = {"0": None, "1": None}
        self._depth: dict[Bit, int] = {}
        self._cells = _split_registers(self._own_unknowns(module["cells"]))
        self._driver: dict[Bit, str] = {}
        self._words: dict[Bit, list[_Word]] = {}
        for name, cell in self._cells.items():
            for port, direction in cell["port_directions"].items():
                if direction == "output":
                    for bit in cell["connections"][port]:
                        if bit in self._driver:
                            raise MismatchError(f"a net has two drivers, one is cell {name!r}")
                        self._driver[bit] = name

    def _own_unknowns(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Return cells in which each x or z that is read is a free bit of its own."""
        return {
            name: {
                **cell,
                "connections": {p: self._own(bits) for p, bits in cell["connections"].items()},
            }
            for name, cell in cells.items()
        }

    def _own(self, bits: Sequence[Bit]) -> list[Bit]:
        return [self._free() if bit in ("x", "z") else bit for bit in bits]

    def _free(self, bit: Bit | None = None) -> Bit:
        """Return a bit that may be anything; no user's input can have its name."""
        number = len(self._graph.inputs)  # so that no other circuit in the graph has it, either
        bit = f"x{number}" if bit is None else bit
        self._value[bit], self._stage[bit] = self._graph.input(f"?{number}[0]"), None
        return bit

    def _collect_words(self) -> None:
        """Note the words that nets join, so that a count in them is seen as one."""
        for net in self._module["netnames"].values():
            bits = [bit for bit in net["bits"] if bit in self._driver]
            if len(set(bits)) > 1 and len(bits) == len(net["bits"]):
                word = _Word(bits, len(set(bits)))
                for bit in set(bits):
                    self._words.setdefault(bit, []).append(word)

    def _complete(self, bit: Bit) -> None:
        """Where the bit completes a word that is a count, let the count's digits stand for it.

        A word is one integer, and an integer has one set of digits; so this changes no value. It
        matters where adders for the high and low digits of a count are apart.
        """
        for word in self._words.get(bit, ()):
            word.missing -= 1
            if not word.missing:
                bits = [self._value[one] for one in word.bits]
                for one, value in zip(word.bits, self._sums.joined(bits), strict=True):
                    self._value[one] = value

    def read(self, inputs: Ports, outputs: Ports) -> Read:
        if self._sums.exact:
            self._collect_words()
        ports = self._module["ports"]
        for name, port in ports.items():
            if port["direction"] == "input":
                self._input(name, port["bits"], data=name in inputs)
        read = Read(Circuit(self._graph))
        for name in outputs:
            bits = self._own(ports[name]["bits"])
            read.circuit.outputs[name] = [self._literal(bit) for bit in bits]
            read.stage[name] = self._common(bits, f"output {name!r}")
            read.depth[name] = self._deepest(bits)
        for name, net in self._module["netnames"].items():
            if not net.get("hide_name"):
                read.nets[name] = [self._value.get(bit) for bit in net["bits"]]
        return read

    def _input(self, name: str, bits: Sequence[Bit], data: bool) -> None:
        for place, bit in enumerate(bits):
            if bit in self._driver:
                raise MismatchError(f"input {name!r} is driven from inside the circuit")
            if self._clock is not None and name == self._clock.reset:
                self._value[bit], self._stage[bit] = 0, None
            else:
                self._value[bit] = self._graph.input(f"{name}[{place}]")
                self._stage[bit] = 0

    def _literal(self, bit: Bit) -> int:
        """Return the literal of a bit, working out the cells before it first."""
        stack = [bit]
        open_cells: set[str] = set()
        while stack:
            one = stack[-1]
            if one in self._value:
                stack.pop()
                continue
            if one not in self._driver:
                if self._operators_only:
                    raise MismatchError(f"nothing drives net {one}")
                self._free(one)
                continue
            name = self._driver[one]
            missing = [b for b in self._reads(name) if b not in self._value]
            if not missing:
                open_cells.discard(name)
                self._evaluate(name)
                continue
            if name in open_cells:
                raise MismatchError(f"there is a combinational loop through cell {name!r}")
            open_cells.add(name)
            stack += missing
        return self._value[bit]

    def _reads(self, name: str) -> Iterator[Bit]:
        cell = self._cells[name]
        for port, bits in cell["connections"].items():
            if cell["port_directions"].get(port) == "input":
                yield from bits

    def _evaluate(self, name: str) -> None:
        cell = self._cells[name]
        kind, directions = cell["type"], cell["port_directions"]
        words = {
            port: [self._value[bit] for bit in bits]
            for port, bits in cell["connections"].items()
            if directions.get(port) == "input"
        }
        params = {key: number(value) for key, value in cell.get("parameters", {}).items()}
        made = Cell(kind, self._sums, words, {k: v for k, v in params.items() if v is not None})
        try:
            results, delay, stage = self._meaning(made, name, cell)
        except UnknownCellError as error:
            raise NotProvedError(f"cell {name!r}: {error}") from error
        depth = self._deepest(self._reads(name)) + delay
        for port, bits in cell["connections"].items():
            if directions.get(port) == "output":
                self._depth |= dict.fromkeys(bits, depth)
                self._drive(name, port, bits, results, None if stage is None else stage + delay)

    def _meaning(
        self, made: Cell, name: str, cell: Mapping[str, Any]
    ) -> tuple[Mapping[str, Word], int, int | None]:
        """Return the words at the outputs, the cycles they take, and the stage of the inputs."""
        if made.kind in self._meanings:
            stage = self._common(list(self._reads(name)), f"cell {name!r}")
            return self._meanings[made.kind](made), 0, stage
        if made.kind not in REGISTERS:
            raise UnknownCellError(f"{made.kind!r} is not known")
        if self._clock is None:
            raise MismatchError(f"there is a register, {name!r}, in a circuit without a clock")
        clock = self._graph.input(f"{self._clock.clock}[0]")
        register = REGISTERS[made.kind](made, clock)
        return (
            register.outputs,
            register.delay,
            self._common(
                [bit for port in register.data for bit in cell["connections"][port]],
                f"cell {name!r}",
            ),
        )

    def _drive(
        self,
        name: str,
        port: str,
        bits: Sequence[Bit],
        results: Mapping[str, Word],
        stage: int | None,
    ) -> None:
        if port not in results:
            if not bits:
                return
            raise NotProvedError(f"cell {name!r}: its output {port!r} is not known")
        for bit, value in zip(bits, results[port], strict=True):
            self._value[bit] = value
            self._stage[bit] = stage
            self._graph.marks.add(value >> 1)
            self._complete(bit)

    def _deepest(self, bits: Iterable[Bit]) -> int:
        return max((self._depth.get(bit, 0) for bit in bits), default=0)

    def _common(self, bits: Sequence[Bit], what: str) -> int | None:
        """Return the one stage of bits; None if they are all constant."""
        stages = {self._stage[bit] for bit in bits} - {None}
        if len(stages) > 1:
            raise MismatchError(
                f"{what} reads values of clock cycles {sorted(s for s in stages if s is not None)}"
            )
        return stages.pop() if stages else None


_BITWISE = {"$dff": ("D", "Q"), "$sdff": ("D", "Q"), "$mux": ("A", "B", "Y")}
"""Cells whose bits have nothing to do with each other, and may even feed each other."""


def _split_registers(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return cells with each bit of a register or multiplexer a cell of its own."""
    split: dict[str, Any] = {}
    for name, cell in cells.items():
        ports, kind = cell["connections"], cell["type"]
        wide = _BITWISE.get(kind, ())
        if not wide or len(ports[wide[0]]) == 1:
            split[name] = cell
            continue
        for place in range(len(ports[wide[0]])):
            one = {**ports, **{port: [ports[port][place]] for port in wide}}
            split[f"{name}[{place}]"] = {**cell, "connections": one}
    return split


def number(value: str | int) -> int | None:
    """Return a parameter as a number; a text as the number of its bytes; None if undefined."""
    if isinstance(value, int):
        return value
    if value and set(value) <= {"0", "1"}:
        return int(value, 2)
    if value and set(value) <= set("01xz"):
        return None
    return int.from_bytes(value.rstrip(" ").encode(), "big")
