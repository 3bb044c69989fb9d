"""Registers between the statements of a circuit: the statements of a pipelined one.

Every statement drives one named signal, also the partial sums inside a count, so registers can
go behind each of them. How deep an expression is, is estimated in levels of 4-input tables: what
counts is the balance, not the number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from amaranth.hdl import Cat, Const, Signal, Value
from amaranth.hdl._ast import Concat, Operator, Slice, SwitchValue

from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.passes.stages import Pipeline, Stages, place

WIDE = 16
"""A gate with more inputs than this is split, so that registers can go inside."""

CARRY, PER_BIT, CHOICE, GATE = 0.75, 0.1, 0.75, 0.5
"""Levels of an adder or a comparison, for each of its bits, of a choice between two words, and of
a gate of bits, several of which share a table."""

REDUCTIONS = ("r&", "r|", "r^", "b")


@dataclass(frozen=True)
class Statement:
    """A signal of a layer, and the value that drives it."""

    layer: int
    signal: Signal
    value: Value


class Pipelined:
    """The statements of a circuit, cut into stages.

    Parameters
    ----------
    statements : sequence of Statement
        In topological order: a value reads signals driven earlier, or ports.
    ports : sequence of Signal
        The input ports.
    outputs : sequence of Value
        What leaves the circuit.
    pipeline : Pipeline
    taken : set of str
        Names, in lower case, that signals have already; the registers' names are added.
    static : collection of Signal
        Ports that stay as they are while the circuit works: they need no registers.

    Attributes
    ----------
    combinational, registers : list of Statement
        What drives each signal in its own cycle, and what it takes at the clock edge.
    outputs : list of Value
        What leaves the circuit, as late as the latency says.
    unused : list of Statement
        What reads the bits of signals that nothing else in a module reads: partial sums go on as
        words, of which later stages may need some bits. Synthesis removes such bits.
    stages : Stages
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        ports: Sequence[Signal],
        outputs: Sequence[Value],
        pipeline: Pipeline,
        taken: set[str],
        static: Collection[Signal] = (),
    ) -> None:
        self._taken = taken
        self._constant = {i for i, port in enumerate(ports) if any(port is s for s in static)}
        split = [part for one in statements for part in self._split(one)]
        self._signals = [*ports, *(one.signal for one in split)]
        self._index = {id(signal): i for i, signal in enumerate(self._signals)}
        self._layers = [0] * len(ports) + [one.layer for one in split]
        self.stages = self._place(split, len(ports), outputs, pipeline)
        self._delayed: dict[int, list[Signal]] = {}
        self.registers: list[Statement] = []
        self.combinational = [
            replace(one, value=own_net(self._at(one.value, self.stages.stage[i])))
            for i, one in enumerate(split, start=len(ports))
        ]
        self.outputs = [self._at(value, pipeline.latency) for value in outputs]
        self.unused = list(self._unread())

    def _place(
        self,
        statements: Sequence[Statement],
        ports: int,
        outputs: Sequence[Value],
        pipeline: Pipeline,
    ) -> Stages:
        reads: list[Mapping[int, float]] = [{} for _ in range(ports)]
        for node, one in enumerate(statements, start=ports):
            found = {k: v for k, v in self._depths(one.value).items() if k not in self._constant}
            if not found:
                self._constant.add(node)
            reads.append(found)
        leave = {node for value in outputs for node in self._depths(value)} - self._constant
        bits = {n for n, layer in enumerate(self._layers) if layer == 0} | self._constant
        return place(reads, [len(s) for s in self._signals], leave, pipeline, bits)

    def _split(self, one: Statement) -> Iterator[Statement]:
        """Yield a wide gate as a tree of narrower ones; any other statement as it is."""
        value, bits, count = one.value, [], 0
        if isinstance(value, Operator) and value.operator in REDUCTIONS:
            bits = list(_bits(value.operands[0]))
        while len(bits) > WIDE:
            groups = [bits[i : i + WIDE] for i in range(0, len(bits), WIDE)]
            bits = []
            for group in groups:
                part = Signal(name=self._free(f"{one.signal.name}_r{count}"))
                count += 1
                yield Statement(one.layer, part, Operator(value.operator, [Cat(*group)]))
                bits.append(part)
        yield replace(one, value=Operator(value.operator, [Cat(*bits)])) if count else one

    def _depths(self, value: Value) -> Mapping[int, float]:
        return depths(value, self._index)

    def _at(self, value: Value, stage: int) -> Value:
        """Return a value made of signals as they are in a later stage."""
        moved = {
            id(self._signals[node]): self._later(node, stage)
            for node in self._depths(value)
            if node not in self._constant and self.stages.stage[node] < stage
        }
        return substitute(value, moved, {}) if moved else value

    def _later(self, node: int, stage: int) -> Signal:
        """Return a node's signal behind so many registers that it is in a stage."""
        chain = self._delayed.setdefault(node, [self._signals[node]])
        while len(chain) <= stage - self.stages.stage[node]:
            signal = self._signals[node]
            name = self._free(f"{signal.name}_d{len(chain)}")
            register = Signal(len(signal), name=name, reset_less=True)
            self.registers.append(Statement(self._layers[node], register, chain[-1]))
            chain.append(register)
        return chain[stage - self.stages.stage[node]]

    def _unread(self) -> Iterator[Statement]:
        """Yield what reads the bits that a module sees and does not read.

        A module that only drives a signal for others gives all of its bits away.
        """
        read: dict[int, dict[int, int]] = {}
        for one in (*self.combinational, *self.registers):
            mark_read(one.value, read.setdefault(one.layer, {}))
        for value in self.outputs:
            mark_read(value, read.setdefault(0, {}))
        readers: dict[int, list[int]] = {}
        for layer, masks in read.items():
            for key in masks:
                readers.setdefault(key, []).append(layer)
        driven = [(self._layers[i], signal) for i, signal in enumerate(self._signals)]
        for home, signal in [*driven, *((one.layer, one.signal) for one in self.registers)]:
            layers = readers.get(id(signal), [])
            away = [layer for layer in layers if layer != home]
            for layer in away or ([home] if home else []):
                mask = read.get(layer, {}).get(id(signal), 0)
                bits = [bit for i, bit in enumerate(signal) if not mask >> i & 1]
                if bits:
                    unused = Signal(name=self._free(f"{signal.name}_unused"))
                    yield Statement(layer, unused, Cat(*bits).all())

    def _free(self, name: str) -> str:
        while name.lower() in self._taken:
            name += "_s"
        self._taken.add(name.lower())
        return name


def own_net(value: Value) -> Value:
    """Return a value that Amaranth does not take for the nets it is put together of.

    Else its signal would stay without a reader; see ``operations.copy``.
    """
    return value | Const(0, len(value)) if isinstance(value, Concat | Slice | Signal) else value


def _bits(value: Value) -> Sequence[Value]:
    """Return the bits that a value is made of; none if some part is wider."""
    if isinstance(value, Concat) and len(value.parts) == len(value):
        return tuple(value.parts)
    return ()


def mark_read(value: Value, read: dict[int, int]) -> None:
    """Set, for the id of each signal that a value reads, the bits of it that are read."""
    todo, seen = [(value, 0, len(value))], set[tuple[int, int, int]]()
    while todo:
        part, first, end = todo.pop()
        if (id(part), first, end) in seen or isinstance(part, Const):
            continue
        seen.add((id(part), first, end))
        if isinstance(part, Signal):
            read[id(part)] = read.get(id(part), 0) | ((1 << (end - first)) - 1) << first
        elif isinstance(part, Slice):
            todo.append((part.value, part.start + first, part.start + end))
        elif isinstance(part, Concat):
            low = 0
            for one in part.parts:
                start, stop = max(first - low, 0), min(end - low, len(one))
                if start < stop:
                    todo.append((one, start, stop))
                low += len(one)
        else:
            todo += [(child, 0, len(child)) for child in _children(part)]


def depths(value: Value, index: Mapping[int, int]) -> Mapping[int, float]:
    """Return how many levels of logic are between each signal that a value reads and the value.

    Parameters
    ----------
    value : Value
    index : mapping of the id of a signal to its number
    """
    known: dict[int, dict[int, float]] = {}

    def visit(part: Value) -> dict[int, float]:
        if id(part) not in known:
            known[id(part)] = measure(part)
        return known[id(part)]

    def measure(part: Value) -> dict[int, float]:
        if isinstance(part, Signal):
            return {index[id(part)]: 0.0}
        if isinstance(part, Const):
            return {}
        levels = _levels(part)
        result: dict[int, float] = {}
        for child in _children(part):
            for signal, deep in visit(child).items():
                result[signal] = max(result.get(signal, 0.0), deep + levels)
        return result

    return visit(value)


def _children(value: Value) -> Iterable[Value]:
    if isinstance(value, Operator):
        return tuple(value.operands)
    if isinstance(value, Slice):
        return (value.value,)
    if isinstance(value, Concat):
        return tuple(value.parts)
    if isinstance(value, SwitchValue):
        return (value.test, *(case for _, case in value.cases))
    raise TypeError(f"no pipeline through {type(value).__name__}")


def _levels(value: Value) -> float:
    """Return the levels of the outermost operation of a value."""
    if isinstance(value, SwitchValue):
        return CHOICE if len(value) > 1 else GATE
    if not isinstance(value, Operator) or value.operator == "~":
        return 0.0
    if value.operator in REDUCTIONS:
        return log2(max(1, len(value.operands[0]))) / 2
    if value.operator in ("&", "|", "^"):
        constant = any(isinstance(operand, Const) for operand in value.operands)
        return 0.0 if constant else GATE
    if max(len(operand) for operand in value.operands) == 1 and len(value) == 1:
        return GATE
    return CARRY + PER_BIT * max(len(operand) for operand in value.operands)


def substitute(value: Value, moved: Mapping[int, Value], known: dict[int, Value]) -> Value:
    """Return a value with other signals for some; parts that are shared stay shared."""
    if isinstance(value, Signal):
        return moved.get(id(value), value)
    if isinstance(value, Const):
        return value
    if id(value) not in known:
        known[id(value)] = _rebuild(value, moved, known)
    return known[id(value)]


def _rebuild(value: Value, moved: Mapping[int, Value], known: dict[int, Value]) -> Value:
    if isinstance(value, Operator):
        return Operator(value.operator, [substitute(o, moved, known) for o in value.operands])
    if isinstance(value, Slice):
        return Slice(substitute(value.value, moved, known), value.start, value.stop)
    if isinstance(value, Concat):
        return Concat([substitute(part, moved, known) for part in value.parts])
    if not isinstance(value, SwitchValue):
        raise Db2hdlError(f"no register can be put into a {type(value).__name__}")
    cases = [(patterns, substitute(case, moved, known)) for patterns, case in value.cases]
    return SwitchValue(substitute(value.test, moved, known), cases)
