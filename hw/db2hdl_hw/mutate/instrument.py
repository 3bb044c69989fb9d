"""A netlist with faults in it that are switched on one at a time, as Verilog.

The cells are lowered by the same functions as in the circuit of the bundle, faulty ones too; that
it is the bundle's circuit while no fault is on is proved, not assumed (``decide``).

Of a pipelined core the circuit of mutants has registers, too, as many on each path: placed by the
same method, but not in the same places, because the switches of the faults are in the way. The
ports ``in`` and ``out`` have one more bit then, ``in_valid`` and ``out_valid``, the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from amaranth.hdl import C, Cat, ClockDomain, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from db2hdl_hw.emit.verilog import from_rtlil
from db2hdl_hw.errors import Db2hdlError, InputError
from db2hdl_hw.gateware.circuit import WIDEST
from db2hdl_hw.gateware.naming import name_nets
from db2hdl_hw.gateware.operations import STYLES, Lower, style_of
from db2hdl_hw.gateware.registers import Pipelined, Statement, own_net
from db2hdl_hw.mutate.faults import Fault, swapped_table
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes.stages import CLOCK, COMBINATIONAL, RESET, Pipeline

TOP = "db2hdl_mutants"


def instrumented(
    netlist: Netlist,
    faults: Sequence[Fault],
    target: str = "",
    pipeline: Pipeline = COMBINATIONAL,
) -> str:
    """Return the Verilog of a circuit of mutants: the top ``TOP``, fault f at ``sel[f]``.

    ``target`` is the one that the bundle was exported for: counters are built in its style.
    ``pipeline`` is the core's; ``clk`` and ``rst`` are ports of the top then.

    Raises
    ------
    InputError
        If inputs and faults together have more bits than Amaranth can hold.
    ToolError
        If its Yosys is missing or dies.
    """
    from amaranth.back import rtlil

    bits = sum(port.width for port in netlist.inputs) + len(faults)
    if bits > WIDEST:
        raise InputError(
            f"{bits} bits of inputs and faults are more than {WIDEST}; ask for fewer --faults"
        )
    top = Instrumented(netlist, faults, style_of(target), pipeline)
    return from_rtlil(rtlil.convert(top, name=TOP, emit_src=False), "proc -nomux -norom")


class Instrumented(wiring.Component):
    """The circuit of mutants of a netlist, flat."""

    def __init__(
        self, netlist: Netlist, faults: Sequence[Fault], style: str, pipeline: Pipeline
    ) -> None:
        self._netlist, self._pipeline = netlist, pipeline
        self._statements: list[Statement] = []
        self._lower = STYLES[style]
        self._faults: dict[tuple[int, str], list[tuple[int, Fault]]] = {}
        for number, fault in enumerate(faults):
            self._faults.setdefault((fault.cell, fault.port), []).append((number, fault))
        width = sum(port.width for port in netlist.inputs)
        out = sum(int(netlist.width[nets].clip(min=1).sum()) for nets in netlist.outputs.values())
        valid = int(pipeline.latency > 0)
        ports = {"sel": In(max(1, len(faults))), "in": In(width + valid), "out": Out(out + valid)}
        super().__init__({CLOCK: In(1), RESET: In(1), **ports} if valid else ports)

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        netlist = self._netlist
        names = name_nets(netlist)
        ports = self._input_ports()
        values: list[Value] = [C(0)] * len(netlist)
        for cell in names.live.nonzero()[0].tolist():
            width = max(1, int(netlist.width[cell]))
            if names.constant[cell] >= 0:
                values[cell] = C(int(names.constant[cell]), width)
                continue
            reads = [values[net] for net in netlist.fanins(cell).tolist()]
            values[cell] = self._cell(ports, cell, reads, width)
        parts = [
            self._output(name, nets.tolist(), values) for name, nets in netlist.outputs.items()
        ]
        return self._module(Cat(*parts))

    def _module(self, output: Value) -> Module:
        """Return the module of the statements, with the registers of the pipeline between them."""
        m, registers, latency = Module(), list[Statement](), self._pipeline.latency
        if latency:
            m.domains.sync = domain = ClockDomain(reset_less=True)
            m.d.comb += domain.clk.eq(self.clk)
            ports = [getattr(self, "in"), self.sel]
            taken = {one.signal.name for one in self._statements}
            cut = Pipelined(
                self._statements, ports, [output], self._pipeline, taken, static=[self.sel]
            )
            self._statements, registers, output = cut.combinational, cut.registers, cut.outputs[0]
            valid = Signal(latency, name="valid")
            following = Cat(getattr(self, "in")[-1], valid)[:latency]
            m.d.sync += valid.eq(Mux(self.rst, C(0, latency), following))
            output = Cat(output, valid[-1])
        for one in self._statements:
            m.d.comb += one.signal.eq(one.value)
        for one in registers:
            m.d.sync += one.signal.eq(one.value)
        m.d.comb += self.out.eq(output)
        return m

    def _input_ports(self) -> list[Value]:
        """Return the value of each input port, with the faults of its order."""
        ports, low = [], 0
        for port in self._netlist.inputs:
            good = value = getattr(self, "in")[low : low + port.width]
            low += port.width
            for number, _ in self._faults.get((-1, port.name), ()):
                value = Mux(self.sel[number], _reversed(good), value)
            named = Signal(port.width, name=f"p_{port.name}")
            self._statements.append(Statement(1, named, own_net(value)))
            ports.append(named)
        return ports

    def _cell(self, ports: list[Value], cell: int, reads: list[Value], width: int) -> Value:
        op, param = Op(self._netlist.op[cell]), int(self._netlist.param[cell])
        partial = _Partial(self._statements, f"n{cell}")
        if op is Op.INPUT:
            port = ports[param >> 32]
            is_word = self._netlist.inputs[param >> 32].is_word
            value = port if is_word else port[param & 0xFFFFFFFF]
        else:
            value = _resized(
                self._lower[op](self._operands(cell, reads, partial), param, partial), width
            )
        # A signal for whatever is read twice: nested expressions would double with every fault.
        good = value = partial(value, width)
        for number, fault in self._faults.get((cell, ""), ()):
            if _is_in_operand(fault, op, reads):
                continue
            wrong = _wrong(self._lower, fault, op, reads, param, good, partial)
            value = Mux(self.sel[number], _resized(wrong, width), value)
        return partial(value, width)

    def _operands(
        self, cell: int, reads: list[Value], named: Callable[[Value, int], Value]
    ) -> list[Value]:
        """Return the operands of a cell with the faults that are in them: no cell is doubled."""
        values, op = list(reads), Op(self._netlist.op[cell])
        for number, fault in self._faults.get((cell, ""), ()):
            if not _is_in_operand(fault, op, reads):
                continue
            if fault.kind == "lost operand":
                neutral = C(op is Op.AND, 1)
                values[fault.arg] = Mux(self.sel[number], neutral, values[fault.arg])
            elif fault.kind == "class order":
                first, second = values[fault.arg : fault.arg + 2]
                width = len(first)
                values[fault.arg] = named(Mux(self.sel[number], second, first), width)
                values[fault.arg + 1] = named(Mux(self.sel[number], first, second), width)
        return values

    def _output(self, name: str, nets: list[int], values: list[Value]) -> Value:
        words = [values[net] for net in nets]
        good = value = Cat(*words)
        for number, fault in self._faults.get((-1, name), ()):
            wrong = _reversed(good) if fault.kind == "bit order" else Cat(*_swap(words, fault.arg))
            value = Mux(self.sel[number], wrong, value)
        return value


def _is_in_operand(fault: Fault, op: Op, reads: Sequence[Value]) -> bool:
    """Return whether a fault is put between a cell and what it reads.

    A count adds up constants, and bits that it reads twice, by themselves: a switch in front of
    one would make another circuit, in which equality is hard to prove.
    """
    if fault.kind != "lost operand":
        return fault.kind == "class order"
    alike = len({id(one) for one in reads}) < len(reads)
    mixed = alike or any(isinstance(one, Const) for one in reads)
    return op in (Op.AND, Op.OR, Op.XOR) or (op is Op.AT_LEAST and not mixed)


class _Partial:
    """Gives values inside a cell signals of their own."""

    def __init__(self, statements: list[Statement], name: str) -> None:
        self._statements, self._name, self._count = statements, name, 0

    def __call__(self, value: Value, width: int) -> Value:
        signal = Signal(width, name=f"{self._name}_{self._count}")
        self._count += 1
        self._statements.append(Statement(1, signal, own_net(value)))
        return signal


def _wrong(
    lower: Mapping[int, Lower],
    fault: Fault,
    op: Op,
    reads: list[Value],
    param: int,
    value: Value,
    named: Callable[[Value, int], Value],
) -> Value:
    """Return the value that a faulty cell has."""
    kind, arg, arity = fault.kind, fault.arg, len(reads)
    if kind == "lost operand":
        if op is Op.POPCOUNT:
            return value - reads[arg]
        return lower[op]([*reads[:arg], *reads[arg + 1 :]], param, named)
    if kind in ("stuck at 0", "stuck at 1"):
        stuck = C(kind == "stuck at 1", 1)
        return stuck if arg < 0 else Cat(value[:arg], stuck, value[arg + 1 :])
    if kind == "inverted gate":
        return ~value
    if kind == "bit order":
        return _reversed(value)
    if kind == "wrong gate":
        return lower[{Op.AND: Op.OR, Op.OR: Op.AND, Op.XOR: Op.OR}[op]](reads, 0, named)
    if kind in ("threshold - 1", "threshold + 1"):
        limit = param + (1 if kind.endswith("+ 1") else -1)
        return _at_least(lower, reads, limit, named) if op is Op.AT_LEAST else reads[0] >= C(limit)
    if kind == "swapped operands":
        if op is Op.LUT:
            return _lut(lower, reads, swapped_table(param, arity, arg), named)
        return C(param) >= reads[0]
    if kind == "table bit":
        return _lut(lower, reads, param ^ 1 << arg, named)
    if kind != "tie-break":
        raise Db2hdlError(f"no fault is called {kind!r}")
    return C(arity - 1) - lower[op](reads[::-1], 0, named)


def _at_least(
    lower: Mapping[int, Lower], reads: list[Value], limit: int, named: Callable[[Value, int], Value]
) -> Value:
    if not 0 < limit <= len(reads):
        return C(limit <= 0, 1)
    return lower[Op.AT_LEAST](reads, limit, named)


def _lut(
    lower: Mapping[int, Lower], reads: list[Value], table: int, named: Callable[[Value, int], Value]
) -> Value:
    full = (1 << (1 << len(reads))) - 1
    return C(table != 0, 1) if table in (0, full) else lower[Op.LUT](reads, table, named)


def _swap(values: list[Value], pair: int) -> list[Value]:
    swapped = list(values)
    swapped[pair], swapped[pair + 1] = values[pair + 1], values[pair]
    return swapped


def _reversed(value: Value) -> Value:
    return Cat(*(value[bit] for bit in reversed(range(len(value)))))


def _resized(value: Value, width: int) -> Value:
    return Cat(value, C(0, width))[:width]
