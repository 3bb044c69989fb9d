"""Which faults a netlist can have: stuck nets, wrong gates, thresholds, orders, ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.naming import Names, name_nets
from db2hdl_hw.netlist.netlist import BIT, Netlist, Op

KINDS = (
    "stuck at 0",
    "stuck at 1",
    "inverted gate",
    "wrong gate",
    "lost operand",
    "swapped operands",
    "threshold - 1",
    "threshold + 1",
    "table bit",
    "bit order",
    "class order",
    "tie-break",
)

_GATES = (Op.NOT, Op.AND, Op.OR, Op.XOR, Op.LUT, Op.AT_LEAST, Op.COMPARE)
_LOSSY = (Op.AND, Op.OR, Op.XOR, Op.AT_LEAST, Op.POPCOUNT)


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    layer : str
        Of the netlist; ``input`` and ``output`` for the ports.
    cell : int
        The cell at fault, or -1 for a port.
    arg : int
        Which bit, operand or pair of operands; -1 if there is no choice.
    port : str
        The port at fault.
    where : str
        The signal, for people.
    """

    kind: str
    layer: str
    cell: int
    arg: int = -1
    port: str = ""
    where: str = ""

    def __str__(self) -> str:
        """Return one line."""
        which = f" ({self.arg})" if self.arg >= 0 else ""
        return f"{self.kind}{which} of {self.where} in {self.layer}"


def faults(netlist: Netlist) -> list[Fault]:
    """Return all single faults of the cells that outputs need, and of the ports.

    Faults that cannot change a cell, such as swapped inputs of a symmetric gate, are left out; most
    that nothing shows at the outputs are in it, and turn out to be equivalent.
    """
    names = name_nets(netlist)
    found: list[Fault] = []
    alive = np.flatnonzero(names.live & (names.constant < 0)).tolist()
    for cell in alive:
        found += _of_cell(netlist, names, cell)
    found += _of_ports(netlist)
    return found


def sample(all_faults: Sequence[Fault], count: int, seed: int) -> list[Fault]:
    """Return ``count`` of the faults, every kind in every layer as evenly as it goes.

    Raises
    ------
    InputError
        If there are no faults, or fewer than one is wanted.
    """
    if count < 1:
        raise InputError(f"--faults {count}: at least one fault is needed to measure anything")
    if not all_faults:
        raise InputError("the circuit has no gate and no port that a fault could be put into")
    if len(all_faults) <= count:
        return list(all_faults)
    rng = np.random.default_rng(seed)
    strata: dict[tuple[str, str], list[int]] = {}
    for number, fault in enumerate(all_faults):
        strata.setdefault((fault.kind, fault.layer), []).append(number)
    queues = [rng.permutation(numbers).tolist() for numbers in strata.values()]
    rng.shuffle(queues)
    chosen: list[int] = []
    while len(chosen) < count:
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return [all_faults[number] for number in sorted(chosen)]


def _of_cell(netlist: Netlist, names: Names, cell: int) -> Iterator[Fault]:
    op, width = Op(netlist.op[cell]), int(netlist.width[cell])
    layer = netlist.layers[netlist.layer[cell]] or "input"
    where = names.signals[cell] or netlist.inputs[int(netlist.param[cell]) >> 32].name

    def fault(kind: str, arg: int = -1) -> Fault:
        return Fault(kind, layer, cell, arg, where=where)

    bits = [-1] if width == BIT else range(width)
    for bit in bits:
        yield fault("stuck at 0", bit)
        yield fault("stuck at 1", bit)
    if width > 1:
        yield fault("bit order")
    if op in _GATES:
        yield fault("inverted gate")
    arity = len(netlist.fanins(cell))
    if op in (Op.AND, Op.OR, Op.XOR) and arity > 1:
        yield fault("wrong gate")
    if op in _LOSSY and arity > 1:
        yield from (fault("lost operand", operand) for operand in range(arity))
    yield from _of_parameter(netlist, cell, fault)


def _of_parameter(netlist: Netlist, cell: int, fault: Callable[..., Fault]) -> Iterator[Fault]:
    op, param = Op(netlist.op[cell]), int(netlist.param[cell])
    arity = len(netlist.fanins(cell))
    if op is Op.AT_LEAST or op is Op.COMPARE:
        yield fault("threshold - 1")
        yield fault("threshold + 1")
    if op is Op.COMPARE:
        yield fault("swapped operands")
    if op is Op.LUT:
        yield from (fault("table bit", bit) for bit in range(1 << arity))
        for pair in range(arity - 1):
            if swapped_table(param, arity, pair) != param:
                yield fault("swapped operands", pair)
    if op is Op.ARGMAX:
        yield fault("tie-break")
        yield from (fault("class order", pair) for pair in range(arity - 1))


def _of_ports(netlist: Netlist) -> Iterator[Fault]:
    for port in netlist.inputs:
        if not port.is_word and port.width > 1:
            yield Fault("bit order", "input", -1, port=port.name, where=port.name)
    for name, nets in netlist.outputs.items():
        if netlist.width[nets[0]] == BIT and len(nets) > 1:
            yield Fault("bit order", "output", -1, port=name, where=name)
        if netlist.width[nets[0]] != BIT:
            pairs = range(len(nets) - 1)
            yield from (Fault("class order", "output", -1, pair, name, name) for pair in pairs)


def swapped_table(table: int, inputs: int, pair: int) -> int:
    """Return the table of a LUT whose inputs ``pair`` and ``pair + 1`` are exchanged."""
    result = 0
    for code in range(1 << inputs):
        low, high = code >> pair & 1, code >> (pair + 1) & 1
        other = code & ~(3 << pair) | high << pair | low << (pair + 1)
        result |= (table >> other & 1) << code
    return result
