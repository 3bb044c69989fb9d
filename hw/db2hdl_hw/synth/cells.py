"""What a synthesised netlist is made of: LUTs, flip-flops, carries, and how deep it is.

Read from the JSON that Yosys writes. A level is a LUT; a path through a carry chain costs
the LUT at which it enters the chain (none on iCE40 and xc7, where that LUT is a cell of its own)
and none for each further bit; multiplexers beside LUTs (MUXF7, PFUMX, …) are free, as the paths
through them are short. A depth is a number of LUTs, not a delay.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import SynthesisError
from db2hdl_hw.synth.carries import lone_carries

LUT = re.compile(r"SB_LUT4|LUT[1-6]|TRELLIS_COMB|INV")
FLIP_FLOP = re.compile(r"SB_DFF\w*|TRELLIS_FF|DFF\w*|FD[RSCP]E(_1)?")
SHIFT = re.compile(r"SRL16E|SRLC32E")
"""Shift registers of xc7, each in a LUT; for the depth they are registers."""

MUX = re.compile(r"MUXF[789]|PFUMX|L6MUX21|MUX2_LUT[5678]")
CARRY_LUTS: Mapping[str, int] = {"SB_CARRY": 0, "CARRY4": 0, "CCU2C": 2, "ALU": 1}
"""Carry cell -> LUTs that it takes up itself."""

MEMORY_LUTS: Mapping[str, int] = {"TRELLIS_DPR16X4": 6, "RAM16SDP4": 8, "RAM32M": 4, "RAM64M": 4}
"""Memory in LUTs -> LUTs that it takes up: of ECP5 four and two that write (nextpnr's count), of
Gowin a whole tile, in which nextpnr places nothing else, of xc7 a slice. Writing ends a path."""

_CARRY_INPUTS = ("CI", "CIN", "CYINIT")
_READ_ADDRESS = re.compile(r"RAD|ADDR[A-D]")
_FREE = ("GND", "VCC", "VHI", "VLO", "$scopeinfo", "IBUF", "OBUF")


@dataclass(frozen=True)
class Count:
    """What a netlist, or a part of it, costs.

    Attributes
    ----------
    luts : int
        With those inside carry cells.
    ffs, carries, muxes : int
        Flip-flops, carry cells, multiplexers that make larger LUTs of smaller ones.
    depth : int
        LUTs on the longest path.
    alone : int
        Carries of iCE40 that fill a logic cell by themselves.
    cells : mapping of type to int
        All cells as Yosys names them.
    """

    luts: int = 0
    ffs: int = 0
    carries: int = 0
    muxes: int = 0
    depth: int = 0
    alone: int = 0
    cells: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the record for reports."""
        names = ("luts", "ffs", "carries", "muxes", "depth")
        return {name: getattr(self, name) for name in names} | {"cells": dict(self.cells)}


def count_modules(netlist: Path) -> dict[str, Count]:
    """Return what each module of a JSON netlist holds itself, without its submodules.

    Raises
    ------
    SynthesisError
        If the file is no such netlist.
    """
    try:
        modules = json.loads(netlist.read_text(encoding="utf-8"))["modules"]
        own = {name: module for name, module in modules.items() if not _is_model(module)}
        return {name: _count(module, own) for name, module in own.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CycleError) as error:
        raise SynthesisError(
            f"cannot read the netlist that Yosys wrote, {netlist}: {type(error).__name__}: {error}"
        ) from error


def _is_model(module: Mapping[str, Any]) -> bool:
    """Whether a module is the model of a vendor's cell, which is in the file as a black box."""
    return not {"blackbox", "whitebox"}.isdisjoint(module.get("attributes", {}))


def _count(module: Mapping[str, Any], own: Iterable[str]) -> Count:
    cells = [cell for cell in module["cells"].values() if cell["type"] not in own]
    types = Counter(cell["type"] for cell in cells if cell["type"] != "$scopeinfo")
    unknown = [kind for kind in types if _luts(kind) is None]
    if unknown:
        raise ValueError(f"what is the cell {unknown[0]!r}?")
    return Count(
        luts=sum(n * (_luts(kind) or 0) for kind, n in types.items()),
        ffs=sum(n for kind, n in types.items() if FLIP_FLOP.fullmatch(kind)),
        carries=sum(types[kind] for kind in CARRY_LUTS),
        muxes=sum(n for kind, n in types.items() if MUX.fullmatch(kind)),
        depth=_depth(cells),
        alone=lone_carries(cells),
        cells=dict(sorted(types.items())),
    )


def _luts(kind: str) -> int | None:
    """Return the LUTs in a cell of a type; None of a type that is not known."""
    if LUT.fullmatch(kind) or SHIFT.fullmatch(kind):
        return 1
    if FLIP_FLOP.fullmatch(kind) or MUX.fullmatch(kind) or kind in _FREE:
        return 0
    return MEMORY_LUTS.get(kind, CARRY_LUTS.get(kind))


def _depth(cells: list[Mapping[str, Any]]) -> int:
    """Return the most LUTs on a path between ports and flip-flops."""
    registers = (FLIP_FLOP, SHIFT)
    logic = [c for c in cells if not any(kind.fullmatch(c["type"]) for kind in registers)]
    pins = [list(_pins(cell)) for cell in logic]
    driver = {net: i for i, cell in enumerate(pins) for net, cost in cell if cost is None}
    reads = [[(driver[net], cost or 0) for net, cost in cell if net in driver] for cell in pins]
    own = [max((cost or 0 for _, cost in cell), default=0) for cell in pins]
    level = list(own)
    graph = {i: {source for source, _ in read} - {i} for i, read in enumerate(reads)}
    for i in TopologicalSorter(graph).static_order():
        level[i] = max(
            [own[i], *(level[source] + cost for source, cost in reads[i] if source != i)]
        )
    return max(level, default=0)


def _pins(cell: Mapping[str, Any]) -> Iterator[tuple[int, int | None]]:
    """Yield each net at a cell, and the LUTs from there to its outputs; None of an output."""
    kind = cell["type"]
    memory = kind in MEMORY_LUTS
    cost = 1 if LUT.fullmatch(kind) or CARRY_LUTS.get(kind) or memory else 0
    for pin, nets in cell["connections"].items():
        if memory and not _READ_ADDRESS.fullmatch(pin) and cell["port_directions"][pin] == "input":
            continue
        for net in nets:
            if not isinstance(net, int):
                continue  # a constant
            if cell["port_directions"][pin] == "output":
                yield net, None
            else:
                yield net, 0 if pin in _CARRY_INPUTS else cost
