"""A picture of a small circuit: cells in columns by depth, wires between them, as SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np

from db2hdl.explain.regions import real
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower, port_names
from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import BIT_PASSES, optimise

MOST_CELLS = 150
"""A circuit of more cells is not drawn."""

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 150, 24, 70, 10


def draw(hard: HardNet) -> str:
    """Return the SVG of a net's circuit after the passes.

    Raises
    ------
    InputError
        If it has more than ``MOST_CELLS`` cells.
    """
    netlist = optimise(lower(hard), passes=BIT_PASSES)
    shown = [c for c in range(2, len(netlist)) if netlist.op[c] != Op.CONST and _used(netlist)[c]]
    if len(shown) > MOST_CELLS:
        raise InputError(
            f"the circuit has {len(shown)} cells; more than {MOST_CELLS} make no readable picture"
        )
    places = _places(netlist, shown)
    labels = {cell: _label(hard, netlist, cell) for cell in shown}
    ends = [(name, int(net)) for name, nets in netlist.outputs.items() for net in nets]
    parts = [_wire(places[a], places[b]) for b in shown for a in _reads(netlist, b, places)]
    parts += [_box(places[cell], labels[cell], netlist.op[cell] == Op.INPUT) for cell in shown]
    parts += [
        f'<text x="{places[net][0] + _WIDTH + 6}" y="{places[net][1] + 16}">{escape(name)}</text>'
        for name, net in ends
        if net in places
    ]
    width = max((x for x, _ in places.values()), default=0) + 2 * _WIDTH
    height = max((y for _, y in places.values()), default=0) + 2 * _HEIGHT
    style = "font-family:sans-serif;font-size:11px"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="{style}">'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _used(netlist: Netlist) -> np.ndarray:
    used = np.zeros(len(netlist), np.bool_)
    used[netlist.fanin] = True
    for nets in netlist.outputs.values():
        used[nets] = True
    return used


def _reads(netlist: Netlist, cell: int, places: dict[int, tuple[int, int]]) -> list[int]:
    return [int(net) for net in netlist.fanins(cell) if int(net) in places]


def _places(netlist: Netlist, shown: list[int]) -> dict[int, tuple[int, int]]:
    """Return the corner of each cell: its column is its depth, its row comes in order."""
    depth: dict[int, int] = {}
    rows: dict[int, int] = {}
    places = {}
    for cell in shown:
        column = 1 + max(
            (depth[int(n)] for n in netlist.fanins(cell) if int(n) in depth), default=-1
        )
        depth[cell] = column
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[cell] = (10 + column * (_WIDTH + _GAP_X), 10 + row * (_HEIGHT + _GAP_Y))
    return places


def _label(hard: HardNet, netlist: Netlist, cell: int) -> str:
    op, param = Op(int(netlist.op[cell])), int(netlist.param[cell])
    if op == Op.INPUT:
        port = netlist.inputs[param >> 32]
        if port.is_word:
            return {p: name for name, p in port_names(hard).items()}[port.name]
        booleans = [f.name for f in hard.features if f.kind == "bit"]
        return booleans[param & 0xFFFFFFFF]
    if op == Op.COMPARE:
        source = int(netlist.fanins(cell)[0])
        if netlist.op[source] == Op.INPUT:
            name = _label(hard, netlist, source)
            feature = next(f for f in hard.features if f.name == name)
            return f">= {real(feature, param)}"
        return f">= {param}"
    if op == Op.AT_LEAST:
        return f"at least {param} of {len(netlist.fanins(cell))}"
    if op == Op.LUT:
        return f"table {param:x}"
    return {Op.POPCOUNT: "count", Op.ARGMAX: "greatest"}.get(op, op.name.lower())


def _box(place: tuple[int, int], label: str, is_input: bool) -> str:
    x, y = place
    fill = "#eef" if is_input else "#fff"
    short = label if len(label) <= 24 else label[:23] + "…"
    return (
        f'<g><title>{escape(label)}</title><rect x="{x}" y="{y}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="4" fill="{fill}" stroke="#333"/>'
        f'<text x="{x + 6}" y="{y + 16}">{escape(short)}</text></g>'
    )


def _wire(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    x2, y2 = end[0], end[1] + _HEIGHT // 2
    bend = (x2 - x1) // 2
    return (
        f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" '
        'fill="none" stroke="#888"/>'
    )
