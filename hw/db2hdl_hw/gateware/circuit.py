"""A netlist as an Amaranth component: a submodule for each layer, a signal for each net.

The style is measured (DESIGN, Gateware): one named 1-bit signal per net, and vectors as ports of
the top only, because a vector between layers wakes every reader of any of its bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from amaranth.hdl import C, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.naming import BUS_LAYER, Names, name_nets
from db2hdl_hw.gateware.operations import LOWER, copy
from db2hdl_hw.netlist.netlist import Netlist, Op

WIDEST = (1 << 16) - 1
"""The widest input, in bits: Amaranth's netlist has no more bits in a cell."""


class Circuit(wiring.Component):
    """The combinational circuit of a netlist.

    Its ports are those of the netlist: a bus or a word is an unsigned vector, the first bit the
    least significant. Every input may change at any time, outputs follow (latency 0, one result
    a cycle); there is no clock. Cells that no output needs are left out.

    Parameters
    ----------
    netlist : Netlist
        A verified netlist; one that the passes have optimised makes the smallest circuit.

    Attributes
    ----------
    latency, initiation_interval : int
        In clock cycles: 0 and 1.
    names : Names
        The signal of each net.

    Raises
    ------
    InputError
        If the name of a port cannot be an attribute of a component, or an input is too wide.
    """

    latency = 0
    initiation_interval = 1

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist
        self._names = name_nets(netlist)
        widths = {port.name: In(port.width) for port in netlist.inputs}
        for name, nets in netlist.outputs.items():
            widths[name] = Out(int(netlist.width[nets].clip(min=1).sum()))
        for port in netlist.inputs:
            if port.width > WIDEST:
                raise InputError(
                    f"port {port.name!r} is {port.width} bits wide, more than {WIDEST}"
                )
        for name in widths:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or hasattr(Circuit, name):
                raise InputError(f"port name {name!r} cannot be used here; choose another name")
        super().__init__(widths)

    @property
    def names(self) -> Names:
        """The names of signals and layers."""
        return self._names

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        return _Elaboration(self._netlist, self._names, self).module()


class _Elaboration:
    """The signals and statements of one circuit while it is built."""

    def __init__(self, netlist: Netlist, names: Names, ports: Circuit) -> None:
        self._netlist = netlist
        self._names = names
        self._ports = ports
        self._values: list[Value | None] = [None] * len(netlist)
        self._statements: list[list[object]] = [[] for _ in netlist.layers]

    def module(self) -> Module:
        self._constants_and_inputs()
        self._cells()
        top = self._statements[BUS_LAYER]
        for name, nets in self._netlist.outputs.items():
            values = [self._value(net) for net in nets.tolist()]
            value = copy(values[0]) if len(values) == 1 else Cat(*values)
            top.append(getattr(self._ports, name).eq(value))
        m = Module()
        m.d.comb += top
        for layer, statements in enumerate(self._statements):
            if layer != BUS_LAYER and statements:
                m.submodules[self._names.layers[layer]] = submodule = Module()
                submodule.d.comb += statements
        return m

    def _value(self, net: int) -> Value:
        value = self._values[net]
        assert value is not None, f"net {net} is read before it is driven"
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
            self._statements[BUS_LAYER].append(unused.eq(Cat(*slices).all()))

    def _cells(self) -> None:
        netlist, names = self._netlist, self._names
        op, layer, params = netlist.op.tolist(), netlist.layer.tolist(), netlist.param.tolist()
        start, fanin = netlist.fanin_start.tolist(), netlist.fanin.tolist()
        wanted = names.live & (names.constant < 0) & (netlist.op != Op.INPUT)
        for cell in wanted.nonzero()[0].tolist():
            partial = _Partial(names.signals[cell], self._statements[layer[cell]])
            reads = [self._value(net) for net in fanin[start[cell] : start[cell + 1]]]
            self._drive(cell, LOWER[op[cell]](reads, params[cell], partial))

    def _drive(self, cell: int, value: Value) -> None:
        """Give a cell its signal and drive it.

        A count may be wider than it can ever be; its signal is not, because a submodule's port
        with constant bits in it would lose its name.
        """
        width, natural = self._widths(cell)
        signal = Signal(natural, name=self._names.signals[cell])
        self._statements[int(self._netlist.layer[cell])].append(signal.eq(value))
        extra = width - len(signal)
        self._values[cell] = Cat(signal, C(0, extra)) if extra else signal

    def _widths(self, cell: int) -> tuple[int, int]:
        """Return the width of a cell's net, and the width that its greatest value needs."""
        width = max(1, int(self._netlist.width[cell]))
        if self._netlist.op[cell] != Op.POPCOUNT:
            return width, width
        return width, len(self._netlist.fanins(cell)).bit_length()


class _Partial:
    """Gives values inside a cell signals of their own: ``<cell>_s0``, ``<cell>_s1``, …"""

    def __init__(self, name: str, statements: list[object]) -> None:
        self._name = name
        self._statements = statements
        self._count = 0

    def __call__(self, value: Value, width: int) -> Value:
        signal = Signal(width, name=f"{self._name}_s{self._count}")
        self._count += 1
        self._statements.append(signal.eq(value))
        return signal


def _runs(bits: list[int]) -> Iterable[tuple[int, int]]:
    """Return the (first, end) of each run of consecutive numbers."""
    first = 0
    for index in range(1, len(bits) + 1):
        if index == len(bits) or bits[index] != bits[index - 1] + 1:
            yield bits[first], bits[index - 1] + 1
            first = index
