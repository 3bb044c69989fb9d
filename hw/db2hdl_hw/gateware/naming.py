"""Names of the nets of a circuit: which net has a signal, and where it is found.

Decided before anything is built, so that the circuit and the net map of a bundle agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.emit.names import mangle_inner
from db2hdl_hw.netlist.netlist import NO_NET, Netlist, Op

BUS_LAYER = 0
"""The layer of inputs and constants; its signals are in the top module itself."""


@dataclass(frozen=True)
class Names:
    """The names of a circuit's modules and signals.

    Attributes
    ----------
    layers : list of str
        The instance of each layer of the netlist; ``""`` for layer 0, which is the top itself.
    signals : list of str
        The signal of each cell; ``""`` for what has none: a constant, a whole input word, or a
        cell that no output needs.
    constant : array of one entry a cell
        The value of a cell that its own parameter decides, or -1.
    live : array of one entry a cell
        Whether an output needs the cell.
    unused : str
        The signal that reads the input bits which nothing else reads.
    valid : str
        The valid bits of a pipelined circuit.
    """

    layers: list[str]
    signals: list[str]
    constant: NDArray[np.int64]
    live: NDArray[np.bool_]
    unused: str
    valid: str = "valid"


def name_nets(netlist: Netlist) -> Names:
    """Return the names of a netlist's circuit.

    An input bit is ``<port>_<bit>``, an output of a layer ``<layer>_<place>``, a cell inside a
    layer ``<layer>_n<number>``. Where such a name is taken by a port, ``_s`` is put behind it.
    """
    ports = [port.name for port in netlist.inputs] + list(netlist.outputs)
    layers = ["", *mangle_inner(netlist.layers[1:], reserved=[netlist.top, *ports])]
    taken = {name.lower() for name in (*ports, *layers)}
    constant = decided(netlist)
    live = live_cells(netlist, constant)
    signals = [""] * len(netlist)
    numbers = [0] * len(layers)
    op, layer, place = netlist.op.tolist(), netlist.layer.tolist(), netlist.place.tolist()
    for cell in np.flatnonzero(live & (constant < 0)).tolist():
        if op[cell] == Op.INPUT:
            param = int(netlist.param[cell])
            port = netlist.inputs[param >> 32]
            if not port.is_word:
                signals[cell] = _free(f"{port.name}_{param & 0xFFFFFFFF}", taken)
            continue
        prefix = layers[layer[cell]] or netlist.top
        if place[cell] >= 0:
            signals[cell] = _free(f"{prefix}_{place[cell]}", taken)
        else:
            signals[cell] = _free(f"{prefix}_n{numbers[layer[cell]]}", taken)
            numbers[layer[cell]] += 1
    unused, valid = _free("unused", taken), _free("valid", taken)
    return Names(layers, signals, constant, live, unused, valid)


def live_cells(netlist: Netlist, constant: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which cells an output needs, through any number of cells that are not constant."""
    live = bytearray(len(netlist))
    for nets in netlist.outputs.values():
        for net in nets.tolist():
            live[net] = 1
    start, fanin = netlist.fanin_start.tolist(), netlist.fanin.tolist()
    known = (constant >= 0).tolist()
    for cell in range(len(netlist) - 1, -1, -1):
        if live[cell] and not known[cell]:
            for net in fanin[start[cell] : start[cell + 1]]:
                live[net] = 1
    return np.frombuffer(live, np.uint8).astype(np.bool_)


def decided(netlist: Netlist) -> NDArray[np.int64]:
    """Return the value of each cell that its own parameter decides, or -1.

    Constants; at_least 0 or more than all; compare with 0 or more than fits; tables of one value;
    argmax of one word.
    """
    op, param = netlist.op, netlist.param
    value = np.full(len(netlist), -1, np.int64)
    value[op == Op.CONST] = param[op == Op.CONST].astype(np.int64)
    arity = np.diff(netlist.fanin_start)
    value[(op == Op.ARGMAX) & (arity == 1)] = 0
    for cell in np.flatnonzero((op == Op.AT_LEAST) | (op == Op.COMPARE)).tolist():
        first = netlist.fanin[netlist.fanin_start[cell]]
        most = arity[cell] if op[cell] == Op.AT_LEAST else (1 << int(netlist.width[first])) - 1
        if param[cell] == 0 or param[cell] > most:
            value[cell] = int(param[cell] == 0)
    for cell in np.flatnonzero(op == Op.LUT).tolist():
        table = int(netlist.param[cell])
        full = (1 << (1 << int(arity[cell]))) - 1
        if table in (0, full):
            value[cell] = int(table != 0)
    return value


def net_map(netlist: Netlist, names: Names) -> list[dict[str, object]]:
    """Return, for each probed layer, where its output bits are seen in a simulation.

    Each is a hierarchical path that starts with the top's name, ``"0"`` or ``"1"`` for a
    constant, or None for a bit that is not in the circuit.
    """
    return [
        {"name": layer, "nets": [_path(netlist, names, net) for net in nets.tolist()]}
        for layer, nets in netlist.probes.items()
    ]


def _path(netlist: Netlist, names: Names, net: int) -> str | None:
    if net == NO_NET:
        return None
    if names.constant[net] >= 0:
        return str(names.constant[net])
    if not names.signals[net]:
        return None
    instance = names.layers[netlist.layer[net]]
    parts = [netlist.top, instance, names.signals[net]]
    return ".".join(part for part in parts if part)


def _free(name: str, taken: set[str]) -> str:
    while name.lower() in taken:
        name += "_s"
    taken.add(name.lower())
    return name
