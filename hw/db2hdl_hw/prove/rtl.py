"""The RTL as a circuit, from the tree of the subset's reader: no tool has a part in it.

Registers are looked through, as in ``yosys_json``: every bit has a *stage*, the number of registers
on the way from the inputs; a cell whose inputs are of different stages is refused. Its *depth* is
the longest way through registers from anything, constants and the reset among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from db2hdl_hw.errors import MismatchError
from db2hdl_hw.prove.cells import exceeds
from db2hdl_hw.prove.circuit import Circuit, Word
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.sums import Sums, ripple
from db2hdl_hw.prove.yosys_json import Clock, Ports, Read, check_ports
from db2hdl_hw.verilog.flat import MUX, REGISTER, WIRE, Bits, Cell, flatten, ordered
from db2hdl_hw.verilog.tree import INPUT, Design

_MEANINGS: Mapping[str, Callable[[Sums, list[Word]], Word]] = {
    WIRE: lambda sums, words: words[0],
    "~": lambda sums, words: [words[0][0] ^ 1],
    "&": lambda sums, words: [sums.graph.and_(words[0][0], words[1][0])],
    "|": lambda sums, words: [sums.graph.or_(words[0][0], words[1][0])],
    "^": lambda sums, words: [sums.graph.xor(words[0][0], words[1][0])],
    MUX: lambda sums, words: [sums.graph.mux(words[0][0], words[1][0], words[2][0])],
    "all": lambda sums, words: [sums.graph.all_(words[0])],
    "any": lambda sums, words: [sums.graph.any_(words[0])],
    "parity": lambda sums, words: [sums.graph.parity(words[0])],
    "+": lambda sums, words: sums.total(words, len(words[0])),
    "-": lambda sums, words: ripple(sums.graph, words[0], [b ^ 1 for b in words[1]], 1)[0],
    ">": lambda sums, words: [exceeds(sums.graph, words[0], words[1])],
    ">=": lambda sums, words: [exceeds(sums.graph, words[1], words[0]) ^ 1],
}


def read_rtl(
    design: Design,
    graph: Graph,
    inputs: Ports,
    outputs: Ports,
    *,
    exact: bool = True,
    clock: Clock | None = None,
) -> Read:
    """Return the circuit of a design.

    Parameters
    ----------
    design : Design
        A checked one: of ``verilog.design.read_design``.
    graph : Graph
        The circuit's nodes are added to it.
    inputs, outputs : mapping of port to width
        The ports it must have, beside the clock's.
    exact : bool
        Whether sums become sums (for comparison by what they count) or adders as they stand.
    clock : Clock, optional
        The ports of a clocked core that are not data; its reset is held low.

    Raises
    ------
    MismatchError
        If the ports are others, or stages do not fit.
    """
    top = design.modules[design.top]
    found = {name: (net.kind, net.width) for name, net in top.nets.items() if name in top.ports}
    check_ports(found, design.top, inputs, outputs, clock)
    return _Reader(design, graph, exact, clock).read(inputs, outputs)


class _Reader:
    def __init__(self, design: Design, graph: Graph, exact: bool, clock: Clock | None) -> None:
        self._design, self._graph, self._clock = design, graph, clock
        self._sums = Sums(graph, exact=exact)
        self._flat = flatten(design)
        self._value: list[int] = [0, 1, *[0] * (self._flat.bits - 2)]
        self._stage: list[int | None] = [None] * self._flat.bits
        self._depth = [0] * self._flat.bits
        self._words: dict[int, Bits] = {}
        self._missing: dict[Bits, int] = {}
        if exact:
            # An output of several counts side by side is no count.
            outside = {self._flat.nets[name] for name in design.modules[design.top].ports}
            words = [word for word in self._flat.joined if word not in outside]
            self._missing = {word: len(word) for word in words}
            self._words = {bit: word for word in words for bit in word}

    def read(self, inputs: Ports, outputs: Ports) -> Read:
        top = self._design.modules[self._design.top]
        for name in top.ports:
            if top.nets[name].kind == INPUT:
                self._input(name)
        cells, loop = ordered(self._flat, through_registers=True, whole=True)
        if loop is not None:
            cells, loop = ordered(self._flat, through_registers=True)
        if loop is not None:
            raise MismatchError(f"{loop.net!r} depends on itself: this is no pipeline")
        for cell in cells:
            self._evaluate(cell)
        read = Read(Circuit(self._graph))
        for name in outputs:
            bits = self._flat.nets[name]
            read.circuit.outputs[name] = [self._value[bit] for bit in bits]
            read.stage[name] = self._common([bits], f"output {name!r}")
            read.depth[name] = self._deepest([bits])
        for path, bits in self._flat.nets.items():
            read.nets[path] = [self._value[bit] for bit in bits]
        return read

    def _input(self, name: str) -> None:
        for place, bit in enumerate(self._flat.nets[name]):
            if self._clock is None or name != self._clock.reset:
                self._value[bit] = self._graph.input(f"{name}[{place}]")
                self._stage[bit] = 0

    def _evaluate(self, cell: Cell) -> None:
        if cell.op == REGISTER:
            self._register(cell)
            return
        stage = self._common(cell.words, f"{cell.net!r}")
        depth = self._deepest(cell.words)
        words = [[self._value[bit] for bit in word] for word in cell.words]
        for bit, value in zip(cell.out, _MEANINGS[cell.op](self._sums, words), strict=True):
            self._drive(bit, value, stage, depth)

    def _register(self, cell: Cell) -> None:
        (data,), (clock,) = cell.words
        if self._clock is None or clock != self._flat.nets[self._clock.clock][0]:
            raise MismatchError(f"{cell.net!r} is a register of a clock the interface has not")
        stage = self._stage[data]
        later = None if stage is None else stage + 1
        self._drive(cell.out[0], self._value[data], later, self._depth[data] + 1)

    def _drive(self, bit: int, value: int, stage: int | None, depth: int) -> None:
        self._value[bit], self._stage[bit], self._depth[bit] = value, stage, depth
        self._graph.marks.add(value >> 1)
        word = self._words.get(bit)
        if word is not None:
            self._missing[word] -= 1
            if not self._missing[word]:
                self._join(word)

    def _join(self, word: Bits) -> None:
        """Let the digits of a count stand for a word that is one.

        A word is one integer, and an integer has one set of digits; so this changes no value. It
        matters where adders for the high and low digits of a count are apart.
        """
        joined = self._sums.joined([self._value[bit] for bit in word])
        for bit, source, value in zip(word, self._flat.joined[word], joined, strict=True):
            self._value[bit] = value
            if source > 1:
                self._value[source] = value

    def _deepest(self, words: Sequence[Bits]) -> int:
        return max(self._depth[bit] for word in words for bit in word)

    def _common(self, words: list[Bits] | tuple[Bits, ...], what: str) -> int | None:
        """Return the one stage of bits; None if they are all constant."""
        stages = {self._stage[bit] for word in words for bit in word} - {None}
        if len(stages) > 1:
            raise MismatchError(
                f"{what} reads values of clock cycles {sorted(s for s in stages if s is not None)}"
            )
        return stages.pop() if stages else None
