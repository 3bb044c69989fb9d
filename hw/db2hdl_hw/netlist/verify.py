"""Check a netlist against every rule that the rest of db2hdl_hw relies on.

Each rule is one vectorised function; the first cell that breaks a rule is named in the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.netlist.netlist import (
    BIT,
    CONST0,
    CONST1,
    LARGEST_WIDTH,
    NO_NET,
    Netlist,
    Nets,
    Op,
)

_DTYPES = {
    "op": np.uint8,
    "width": np.int32,
    "param": np.uint64,
    "layer": np.int32,
    "place": np.int32,
}
_SOURCES = (Op.CONST, Op.INPUT)
_ONE_FANIN = (Op.NOT, Op.COMPARE)
_READS_WORDS = (Op.COMPARE, Op.ARGMAX)
_GIVES_WORDS = (Op.POPCOUNT, Op.ARGMAX)
_EITHER_KIND = (Op.CONST, Op.INPUT)
_NO_PARAM = (Op.NOT, Op.AND, Op.OR, Op.XOR, Op.POPCOUNT, Op.ARGMAX)
_LUT_INPUTS = 6
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


class NetlistError(Db2hdlError):
    """A netlist breaks a rule: an internal error, as only passes and builders make netlists.

    ``cell`` is the number of the first cell at fault, or None when no single cell is.
    """

    def __init__(self, message: str, cell: int | None = None) -> None:
        super().__init__(message)
        self.cell = cell


def verify(netlist: Netlist) -> None:
    """Raise unless the netlist obeys every rule.

    Raises
    ------
    NetlistError
        Names the cell (number, operation, layer) or the port, and the rule.
    """
    for rule in _RULES:
        rule(netlist)


def describe(netlist: Netlist, cell: int) -> str:
    """Return a cell's name for messages: number, operation, layer and place."""
    op = int(netlist.op[cell])
    name = Op(op).name.lower() if op in Op._value2member_map_ else f"operation {op}"
    layer = int(netlist.layer[cell])
    where = netlist.layers[layer] if 0 <= layer < len(netlist.layers) else f"layer {layer}"
    place = int(netlist.place[cell])
    inside = "" if not where else f" in {where}" + (f"[{place}]" if place >= 0 else "")
    return f"cell n{cell} ({name}{inside})"


def _fail(netlist: Netlist, wrong: NDArray[np.bool_], rule: str) -> None:
    if wrong.any():
        cell = int(wrong.argmax())
        raise NetlistError(f"{describe(netlist, cell)} {rule}", cell)


def _fail_fanin(netlist: Netlist, wrong: NDArray[np.bool_], rule: str) -> None:
    """Fail for a mask over fan-ins."""
    if wrong.any():
        at = int(wrong.argmax())
        cell = int(np.searchsorted(netlist.fanin_start, at, side="right")) - 1
        shown = int(netlist.fanin[at])
        raise NetlistError(f"{describe(netlist, cell)} {rule}: fan-in n{shown}", cell)


def _is(op: NDArray[np.uint8], ops: Iterable[Op]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[[int(each) for each in ops]] = True
    return table[op]


def _arrays(netlist: Netlist) -> None:
    cells = len(netlist.op)
    for name, dtype in _DTYPES.items():
        array = getattr(netlist, name)
        if array.shape != (cells,) or array.dtype != dtype:
            raise NetlistError(f"column {name!r} must be {np.dtype(dtype)} of {cells} cells")
    start, fanin = netlist.fanin_start, netlist.fanin
    if start.shape != (cells + 1,) or start.dtype != np.int64 or fanin.dtype != np.int32:
        raise NetlistError(f"fanin_start must be int64 of {cells + 1} entries, fanin int32")
    if start[0] != 0 or start[-1] != len(fanin) or (np.diff(start) < 0).any():
        raise NetlistError("fanin_start must rise from 0 to the number of fan-ins")


def _names(netlist: Netlist) -> None:
    if not netlist.layers or netlist.layers[0] != "":
        raise NetlistError('layers[0] must be "", the layer of inputs and constants')
    ports = [port.name for port in netlist.inputs] + list(netlist.outputs)
    for what, names in (("layer", netlist.layers[1:]), ("port", ports), ("top", [netlist.top])):
        for name in names:
            if not _IDENTIFIER.fullmatch(name):
                raise NetlistError(f"{what} name {name!r} is not an identifier")
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise NetlistError(f"{what} name {twice!r} is there twice")
    for port in netlist.inputs:
        if port.width < 1 or (port.is_word and port.width > LARGEST_WIDTH):
            raise NetlistError(f"input {port.name!r} has the width {port.width}")


def _operations(netlist: Netlist) -> None:
    _fail(netlist, ~_is(netlist.op, Op), "has an unknown operation")
    _fail(
        netlist,
        (netlist.layer < 0) | (netlist.layer >= len(netlist.layers)),
        f"is in a layer outside 0..{len(netlist.layers) - 1}",
    )


def _constants(netlist: Netlist) -> None:
    for net, value in ((CONST0, 0), (CONST1, 1)):
        if len(netlist) <= net or netlist.op[net] != Op.CONST:
            raise NetlistError(f"cell n{net} must be the constant {value}", net)
        if netlist.width[net] != BIT or netlist.param[net] != value or netlist.layer[net] != 0:
            raise NetlistError(f"{describe(netlist, net)} must be the bit {value}", net)


def _order(netlist: Netlist) -> None:
    fanin = netlist.fanin
    owner = np.repeat(np.arange(len(netlist)), np.diff(netlist.fanin_start))
    _fail_fanin(netlist, (fanin < 0) | (fanin >= len(netlist)), "reads a net that does not exist")
    _fail_fanin(netlist, fanin >= owner, "reads itself or a later cell")
    late = netlist.layer[fanin] > netlist.layer[owner]
    _fail_fanin(netlist, late, "reads a later layer")


def _arities(netlist: Netlist) -> None:
    op, arity = netlist.op, np.diff(netlist.fanin_start)
    _fail(netlist, _is(op, _SOURCES) & (arity != 0), "must have no fan-in")
    _fail(netlist, _is(op, _ONE_FANIN) & (arity != 1), "must have one fan-in")
    _fail(netlist, ~_is(op, _SOURCES) & (arity < 1), "must have a fan-in")
    _fail(netlist, (op == Op.LUT) & (arity > _LUT_INPUTS), f"has more than {_LUT_INPUTS} fan-ins")


def _widths(netlist: Netlist) -> None:
    op, width, arity = netlist.op, netlist.width, np.diff(netlist.fanin_start)
    _fail(
        netlist,
        (width < BIT) | (width > LARGEST_WIDTH),
        f"has a width outside {BIT}..{LARGEST_WIDTH}",
    )
    words = _is(op, _GIVES_WORDS)
    _fail(netlist, words & (width == BIT), "must drive a word")
    _fail(netlist, ~words & ~_is(op, _EITHER_KIND) & (width != BIT), "must drive a bit")
    room = np.left_shift(1, np.clip(width, 0, 62), dtype=np.int64)
    _fail(netlist, (op == Op.POPCOUNT) & (arity >= room), "has too small a width for its count")
    least = np.maximum(1, np.ceil(np.log2(np.maximum(arity, 1)))).astype(np.int32)
    _fail(netlist, (op == Op.ARGMAX) & (width != least), "must have the width of its index")
    owner = np.repeat(np.arange(len(netlist)), arity)
    reads = width[netlist.fanin]
    wants_word = _is(op, _READS_WORDS)[owner]
    _fail_fanin(netlist, wants_word & (reads == BIT), "must read words")
    _fail_fanin(netlist, ~wants_word & (reads != BIT), "must read bits")
    if len(netlist.fanin):
        first = reads[np.minimum(netlist.fanin_start[owner], len(reads) - 1)]
        unequal = (op[owner] == Op.ARGMAX) & (reads != first)
        _fail_fanin(netlist, unequal, "must read words of equal width")


def _params(netlist: Netlist) -> None:
    op, param, width = netlist.op, netlist.param, netlist.width
    arity = np.diff(netlist.fanin_start)
    rule = "has a parameter out of range"
    _fail(netlist, _is(op, _NO_PARAM) & (param != 0), "must have the parameter 0")
    one = np.uint64(1)
    const = (op == Op.CONST) & (param >> np.maximum(width, 1).astype(np.uint64) != 0)
    _fail(netlist, const, rule)
    _fail(netlist, (op == Op.AT_LEAST) & (param > (arity + 1).astype(np.uint64)), rule)
    cells = np.flatnonzero(op == Op.COMPARE)
    wrong = np.zeros(len(netlist), dtype=np.bool_)
    read = width[netlist.fanin[netlist.fanin_start[cells]]].astype(np.uint64)
    wrong[cells] = param[cells] > one << read
    cells = np.flatnonzero((op == Op.LUT) & (arity < _LUT_INPUTS))
    wrong[cells] = param[cells] >> (one << arity[cells].astype(np.uint64)) != 0
    _fail(netlist, wrong, rule)


def _inputs(netlist: Netlist) -> None:
    cells = np.flatnonzero(netlist.op == Op.INPUT)
    param = netlist.param[cells]
    port, bit = (param >> np.uint64(32)).astype(np.int64), (param & np.uint64(0xFFFFFFFF))
    wrong = np.zeros(len(netlist), dtype=np.bool_)
    wrong[cells] = port >= len(netlist.inputs)
    _fail(netlist, wrong, f"reads a port outside 0..{len(netlist.inputs) - 1}")
    bits = np.array([1 if p.is_word else p.width for p in netlist.inputs], dtype=np.uint64)
    kind = np.array([p.width if p.is_word else BIT for p in netlist.inputs], dtype=np.int64)
    wrong[cells] = bit >= bits[port]
    _fail(netlist, wrong, "reads a bit that its port does not have")
    wrong[cells] = netlist.width[cells] != kind[port]
    _fail(netlist, wrong, "has another width than its port")
    _, first = np.unique(param, return_index=True)
    wrong[cells] = True
    wrong[cells[first]] = False
    _fail(netlist, wrong, "reads the same bit as an earlier input cell")
    _fail(
        netlist, (netlist.op == Op.INPUT) & (netlist.layer != 0), "must be in the layer of inputs"
    )


def _in_range(netlist: Netlist, what: str, nets: Nets, least: int) -> None:
    if nets.dtype != np.int32 or nets.ndim != 1:
        raise NetlistError(f"{what} must be one row of int32 nets")
    if ((nets < least) | (nets >= len(netlist))).any():
        raise NetlistError(f"{what} has a net outside {least}..{len(netlist) - 1}")


def _outputs(netlist: Netlist) -> None:
    if not netlist.outputs:
        raise NetlistError("the netlist has no output")
    for name, nets in netlist.outputs.items():
        _in_range(netlist, f"output {name!r}", nets, 0)
        if not len(nets):
            raise NetlistError(f"output {name!r} has no nets")
        word = netlist.width[nets] != BIT
        if word.any() and not word.all():
            raise NetlistError(f"output {name!r} mixes bits and words")


def _probes(netlist: Netlist) -> None:
    marked = np.zeros(len(netlist), dtype=np.bool_)
    for name, nets in netlist.probes.items():
        if name not in netlist.layers[1:]:
            raise NetlistError(f"probe of {name!r}, which is not a layer")
        _in_range(netlist, f"probe of {name!r}", nets, NO_NET)
        if (netlist.width[nets[nets != NO_NET]] != BIT).any():
            raise NetlistError(f"probe of {name!r} has a word where a bit must be")
        cells = np.flatnonzero(netlist.layer == netlist.layers.index(name))
        cells = cells[(netlist.place[cells] >= 0) & (netlist.place[cells] < len(nets))]
        marked[cells] = nets[netlist.place[cells]] == cells
    _fail(netlist, (netlist.place < -1), "has a place below -1")
    _fail(netlist, (netlist.place >= 0) & ~marked, "has a place that its layer's probe denies")


_RULES = (
    _arrays,
    _names,
    _operations,
    _constants,
    _order,
    _arities,
    _widths,
    _params,
    _inputs,
    _outputs,
    _probes,
)
