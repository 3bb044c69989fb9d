# amaranth: UnusedElaboratable=no
"""A netlist as an Amaranth component: a submodule for each layer, a signal for each net.

It is combinational, or has registers of the domain ``sync`` between its statements. The style is
measured (DESIGN, Gateware): one named 1-bit signal per net, and vectors as ports of the top only,
because a vector between layers wakes every reader of any of its bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from db2hdl_hw.errors import Db2hdlError, InputError
from db2hdl_hw.gateware.naming import BUS_LAYER, Names, name_nets
from db2hdl_hw.gateware.operations import STYLE, STYLES, compare_gates, copy
from db2hdl_hw.gateware.registers import Pipelined, Statement, own_net
from db2hdl_hw.netlist.netlist import BIT, LARGEST_WIDTH, Netlist, Op
from db2hdl_hw.passes.stages import (
    CLOCK,
    COMBINATIONAL,
    IN_VALID,
    OUT_VALID,
    RESET,
    Pipeline,
    Stages,
)

WIDEST = (1 << 16) - 1
"""The widest input, in bits: Amaranth's netlist has no more bits in a cell."""


class Circuit(wiring.Component):
    """The circuit of a netlist, combinational or pipelined.

    Its ports are those of the netlist: a bus or a word is an unsigned vector, the first bit the
    least significant. Cells that no output needs are left out.

    Without registers every input may change at any time, and outputs follow. With a pipeline
    the circuit takes a new input word in every cycle in which ``in_valid`` is high; the output
    word belongs to it, and ``out_valid`` is high, ``latency`` cycles later, in a cycle of its own.
    It never waits: who cannot take a result must not ask for it. ``rst``, high at a clock edge,
    clears the valid bits, as a reset of the domain does; the data registers have none, because what
    they hold does not matter while ``out_valid`` is low.

    Parameters
    ----------
    netlist : Netlist
        A verified netlist; one that the passes have optimised makes the smallest circuit.
    pipeline : Pipeline
        How many registers are on every path, in the domain ``sync``; by default none.
    style : str
        How bits are counted: ``lut4``, ``lut6`` or ``plain`` (see ``counters``).

    Attributes
    ----------
    latency, initiation_interval : int
        In clock cycles: as the pipeline says, by default 0, and 1.
    names : Names
        The signal of each net.

    Raises
    ------
    InputError
        If the name of a port cannot be an attribute of a component, or an input is too wide.
    """

    initiation_interval = 1

    def __init__(
        self, netlist: Netlist, pipeline: Pipeline = COMBINATIONAL, style: str = STYLE
    ) -> None:
        self._netlist = netlist
        self._pipeline = pipeline
        self._style = style
        self._names = name_nets(netlist)
        widths = {port.name: In(port.width) for port in netlist.inputs}
        for name, nets in netlist.outputs.items():
            widths[name] = Out(int(netlist.width[nets].clip(min=1).sum()))
        for port in netlist.inputs:
            if port.width > WIDEST:
                raise InputError(
                    f"port {port.name!r} is {port.width} bits wide, more than {WIDEST}"
                )
        own = {RESET: In(1), IN_VALID: In(1), OUT_VALID: Out(1)} if pipeline.latency else {}
        for name in widths:
            used = name in own or (own and name == CLOCK) or hasattr(Circuit, name)
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or used:
                raise InputError(f"port name {name!r} cannot be used here; choose another name")
        super().__init__({**own, **widths})

    @property
    def latency(self) -> int:
        """Cycles from an input to its output."""
        return self._pipeline.latency

    @property
    def names(self) -> Names:
        """The names of signals and layers."""
        return self._names

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        return _Elaboration(self._netlist, self._names, self, self._pipeline, self._style).module()


def cut_stages(netlist: Netlist, pipeline: Pipeline, style: str = STYLE) -> Stages:
    """Return what the registers of a pipelined circuit cost, and how deep the logic between is."""
    circuit = Circuit(netlist, pipeline, style)
    return _Elaboration(netlist, circuit.names, circuit, pipeline, style).cut().stages


def circuit_statements(
    netlist: Netlist, style: str = STYLE
) -> tuple[list[Statement], list[Signal], list[Value]]:
    """Return what drives each signal of a combinational circuit, its input ports and outputs."""
    circuit = Circuit(netlist, COMBINATIONAL, style)
    made = _Elaboration(netlist, circuit.names, circuit, COMBINATIONAL, style)
    return made.parts()


class _Elaboration:
    """The signals and statements of one circuit while it is built."""

    def __init__(
        self,
        netlist: Netlist,
        names: Names,
        ports: Circuit,
        pipeline: Pipeline = COMBINATIONAL,
        style: str = STYLE,
    ) -> None:
        self._netlist = netlist
        self._lower = STYLES[style]
        self._names = names
        self._ports = ports
        self._pipeline = pipeline
        self._values: list[Value | None] = [None] * len(netlist)
        self._statements: list[Statement] = []
        self._unused: list[Statement] = []
        self._discarded: list[Statement] = []
        gates = self._lower[Op.COMPARE] is compare_gates
        self._unread = _unread_bits(netlist, names) if gates else {}
        self._constants_and_inputs()
        self._cells()

    def module(self) -> Module:
        m = Module()
        comb, sync, outputs = self._statements, list[Statement](), self._outputs()
        unused = [*self._unused, *self._discarded]
        if self._pipeline.latency:
            cut = self.cut()
            comb, sync, outputs = cut.combinational, cut.registers, cut.outputs
            unused = [*self._unused, *cut.unused]
            self._valid(m)
        submodules = self._submodules(m, {one.layer for one in (*comb, *sync)})
        for one in comb:
            submodules[one.layer].d.comb += one.signal.eq(one.value)
        for one in sync:
            submodules[one.layer].d.sync += one.signal.eq(one.value)
        for one in unused:
            submodules[one.layer].d.comb += one.signal.eq(one.value)
        for name, value in zip(self._netlist.outputs, outputs, strict=True):
            m.d.comb += getattr(self._ports, name).eq(value)
        return m

    def cut(self) -> Pipelined:
        """Return the statements with registers between them."""
        taken = {name.lower() for name in (*self._names.signals, *self._names.layers)}
        taken |= {name.lower() for name in self._ports.signature.members}
        taken |= {one.signal.name.lower() for one in self._statements} | {CLOCK}
        inputs = [getattr(self._ports, port.name) for port in self._netlist.inputs]
        return Pipelined(self._statements, inputs, self._outputs(), self._pipeline, taken)

    def parts(self) -> tuple[list[Statement], list[Signal], list[Value]]:
        """Return the statements, the input ports and the outputs."""
        inputs = [getattr(self._ports, port.name) for port in self._netlist.inputs]
        return self._statements, inputs, self._outputs()

    def _outputs(self) -> list[Value]:
        result = []
        for nets in self._netlist.outputs.values():
            values = [self._value(net) for net in nets.tolist()]
            result.append(copy(values[0]) if len(values) == 1 else Cat(*values))
        return result

    def _submodules(self, m: Module, layers: set[int]) -> dict[int, Module]:
        """Return the module of each layer; layer 0 is the top itself."""
        modules = {BUS_LAYER: m}
        for layer in sorted(layers - {BUS_LAYER}):
            modules[layer] = m.submodules[self._names.layers[layer]] = Module()
        return modules

    def _valid(self, m: Module) -> None:
        """Delay the valid bit as long as the data."""
        chain = Signal(self._pipeline.latency, name=self._names.valid)
        following = Cat(self._ports.in_valid, chain)[: len(chain)]
        m.d.sync += chain.eq(Mux(self._ports.rst, C(0, len(chain)), following))
        m.d.comb += self._ports.out_valid.eq(copy(chain[-1]))

    def _value(self, net: int) -> Value:
        value = self._values[net]
        if value is None:
            raise Db2hdlError(f"net {net} is read before it is driven")
        return value

    def _constants_and_inputs(self) -> None:
        netlist, names = self._netlist, self._names
        for cell in (names.live & (names.constant >= 0)).nonzero()[0].tolist():
            self._values[cell] = C(int(names.constant[cell]), max(1, int(netlist.width[cell])))
        free = {port.name: set(range(port.width)) for port in netlist.inputs}
        for cell in (names.live & (netlist.op == Op.INPUT)).nonzero()[0].tolist():
            param = int(netlist.param[cell])
            port, bit = netlist.inputs[param >> 32], param & 0xFFFFFFFF
            vector = getattr(self._ports, port.name)
            if port.is_word:
                self._values[cell] = vector
                free[port.name] = set()
            else:
                self._drive(cell, copy(vector[bit]))
                free[port.name].remove(bit)
        self._read_unused(free)

    def _read_unused(self, free: dict[str, set[int]]) -> None:
        """Read the bits of inputs that nothing else reads, so that lint finds no loose wire.

        A signal called ``unused`` is what lint tools look for; this tells readers of the Verilog
        which inputs do not matter, where a lint pragma would hide them from one tool only. It
        drives nothing, so that it costs nothing in hardware.
        """
        slices = [
            getattr(self._ports, name)[first:end]
            for name, bits in free.items()
            for first, end in _runs(sorted(bits))
        ]
        if slices:
            unused = Signal(name=self._names.unused)
            self._unused.append(Statement(BUS_LAYER, unused, Cat(*slices).all()))

    def _cells(self) -> None:
        netlist, names = self._netlist, self._names
        op, layer, params = netlist.op.tolist(), netlist.layer.tolist(), netlist.param.tolist()
        start, fanin = netlist.fanin_start.tolist(), netlist.fanin.tolist()
        wanted = names.live & (names.constant < 0) & (netlist.op != Op.INPUT)
        for cell in wanted.nonzero()[0].tolist():
            partial = _Partial(names.signals[cell], layer[cell], self._statements)
            reads = [self._value(net) for net in fanin[start[cell] : start[cell + 1]]]
            self._drive(cell, self._lower[op[cell]](reads, params[cell], partial))
            if cell in self._unread:
                partial.unused(reads[0][: self._unread[cell]])
            self._discarded += partial.discarded()

    def _drive(self, cell: int, value: Value) -> None:
        """Give a cell its signal and drive it.

        A count may be wider than it can ever be; its signal is not, because a submodule's port
        with constant bits in it would lose its name.
        """
        width, natural = self._widths(cell)
        signal = Signal(natural, name=self._names.signals[cell])
        self._statements.append(Statement(int(self._netlist.layer[cell]), signal, value))
        extra = width - len(signal)
        self._values[cell] = Cat(signal, C(0, extra)) if extra else signal

    def _widths(self, cell: int) -> tuple[int, int]:
        """Return the width of a cell's net, and the width that its greatest value needs."""
        width = max(1, int(self._netlist.width[cell]))
        if self._netlist.op[cell] != Op.POPCOUNT:
            return width, width
        return width, len(self._netlist.fanins(cell)).bit_length()


class _Partial:
    """Gives values inside a cell signals of their own: ``<cell>_s0``, ``<cell>_s1``, …

    Full adders are called ``<cell>_f0``, …. Yosys' alumacc sorts the operands of a sum by name,
    and takes as the first one, which costs a LUT less on xc7 if it is no adder's, the greater.
    """

    def __init__(self, name: str, layer: int, statements: list[Statement]) -> None:
        self._name = name
        self._layer = layer
        self._statements = statements
        self._count = 0
        self._bits: list[Value] = []

    def __call__(self, value: Value, width: int) -> Value:
        return self._signal(value, width, "s")

    def adder(self, value: Value, width: int) -> Value:
        """Give the word of a full adder a signal."""
        return self._signal(value, width, "f")

    def _signal(self, value: Value, width: int, kind: str) -> Value:
        signal = Signal(width, name=f"{self._name}_{kind}{self._count}")
        self._count += 1
        self._statements.append(Statement(self._layer, signal, own_net(Value.cast(value))))
        return signal

    def unused(self, bit: Value) -> None:
        """Note a bit that nothing reads, so that lint finds no loose wire."""
        self._bits.append(bit)

    def discarded(self) -> list[Statement]:
        """Return what reads those bits, if there are any; it costs nothing in hardware."""
        if not self._bits:
            return []
        signal = Signal(name=f"{self._name}_unused")
        return [Statement(self._layer, signal, Cat(*self._bits).all())]


def _unread_bits(netlist: Netlist, names: Names) -> dict[int, int]:
    """Return how many low bits of a word no reader of a layer reads: for the first of the readers.

    Comparisons as gates skip the low bits in which their constants are 0.
    """
    reader = np.repeat(np.arange(len(netlist)), np.diff(netlist.fanin_start))
    chosen = names.live[reader] & (netlist.width[netlist.fanin] > BIT)
    reader, word = reader[chosen], netlist.fanin[chosen]
    limit = netlist.param[reader].astype(np.int64)
    zeros = np.log2(np.maximum(limit & -limit, 1)).astype(np.int64)
    zeros[netlist.op[reader] != Op.COMPARE] = 0
    place = netlist.layer[reader] * np.int64(len(netlist)) + word
    _, first, group = np.unique(place, return_index=True, return_inverse=True)
    least = np.full(len(first), LARGEST_WIDTH)
    np.minimum.at(least, group, zeros)
    some = least > 0
    return dict(zip(reader[first[some]].tolist(), least[some].tolist(), strict=True))


def _runs(bits: list[int]) -> Iterable[tuple[int, int]]:
    """Return the (first, end) of each run of consecutive numbers."""
    first = 0
    for index in range(1, len(bits) + 1):
        if index == len(bits) or bits[index] != bits[index - 1] + 1:
            yield bits[first], bits[index - 1] + 1
            first = index
