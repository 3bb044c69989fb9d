"""The words inside a bundle's circuit that belong to no layer of the model: counts and argmax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from db2hdl.hardnet import HardNet
from db2hdl.lower import lower
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits
from db2hdl_hw.gateware.naming import Names, name_nets
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import BIT, Netlist, Op
from db2hdl_hw.passes import optimise
from db2hdl_sim.localise import Stage


def netlist_of(bundle: Bundle, hard: HardNet) -> Netlist:
    """Return the netlist that a bundle's circuit was made from, optimised."""
    listed = manifest.read(bundle.path)
    options = listed.options if listed else {}
    names = {port.name for port in bundle.interface.outputs}
    netlist = lower(
        hard,
        top=str(options.get("top", bundle.interface.top)),
        class_bits="class_bits" in names,
        scores="scores" in names,
    )
    return optimise(netlist)


def word_stages(bundle: Bundle, hard: HardNet, word: Bits) -> list[Stage]:
    """Return where the counts and the argmax are, and what they are for an input word.

    What they must be is the netlist's word, not the reference's, which has only their result. It
    serves to name a place, never to find a difference.
    """
    netlist = netlist_of(bundle, hard)
    names = name_nets(netlist)
    wanted = names.live & (names.constant < 0) & (netlist.width != BIT)
    cells = np.flatnonzero(wanted & (netlist.op != Op.INPUT)).tolist()
    inside = replace(netlist, outputs={f"w{c}": np.array([c], np.int32) for c in cells}, probes={})
    values = evaluate(inside, _inputs(bundle.interface, word))
    found: dict[str, Stage] = {}
    for cell in cells:
        layer = netlist.layers[netlist.layer[cell]]
        stage = found.setdefault(layer, Stage(layer, [], []))
        paths = _paths(netlist, names, cell)
        stage.nets.extend(paths)
        value = int(values[f"w{cell}"][0])
        stage.bits.extend(bool(value >> bit & 1) for bit in range(len(paths)))
    return list(found.values())


def _paths(netlist: Netlist, names: Names, cell: int) -> list[str]:
    """Return the path of each bit of a word; a signal has no more bits than it can need."""
    width = int(netlist.width[cell])
    if netlist.op[cell] == Op.POPCOUNT:
        width = min(width, len(netlist.fanins(cell)).bit_length())
    layer = names.layers[netlist.layer[cell]]
    path = ".".join(part for part in (netlist.top, layer, names.signals[cell]) if part)
    return [path] if width == 1 else [f"{path}[{bit}]" for bit in range(width)]


def _inputs(interface: Interface, word: Bits) -> Mapping[str, Any]:
    """Return the value of each input port in a word, for the interpreter."""
    inputs: dict[str, Any] = {}
    low = 0
    for port in interface.inputs:
        bits = word[low : low + port.width]
        low += port.width
        number = int(bits @ (1 << np.arange(port.width, dtype=np.int64)))
        inputs[port.name] = bits[None] if port.kind == "bits" else np.array([number])
    return inputs
