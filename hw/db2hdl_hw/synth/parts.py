"""A netlist put together of modules that were synthesised apart, each with what suits it best.

Synthesis of all in one is best for small nets. Of large ones it makes more than of their modules:
mnist-3k is 18,017 LUTs flat on Gowin and 13,520 part by part, as its tables want multiplexers
beside the LUTs and its counts do not (decision 23).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from db2hdl_hw.synth.cells import Count

BY_PARTS = "part by part"
"""The choice, beside a target's own, that takes each module from the choice best for it."""

PARTS_FROM = 1000
"""LUTs of a flat netlist from which on it is compared with one put together of parts."""

MERGED = "in0.json"


def merge(files: Sequence[Path], stats: Sequence[Mapping[str, Count]]) -> bytes:
    """Return a JSON netlist with hierarchy that has of each module the version of fewest LUTs.

    Parameters
    ----------
    files : sequence of Path
        JSON netlists of the same modules.
    stats : sequence of mapping of module to Count
        What each module holds in each of them. Of equals the first netlist's is taken.
    """
    netlists: list[dict[str, Any]] = [json.loads(file.read_text("utf-8")) for file in files]
    modules = {}
    for name in stats[0]:
        best = min(range(len(stats)), key=lambda number: stats[number][name].luts)
        modules[name] = netlists[best]["modules"][name]
    merged = {**netlists[0], "modules": modules}
    return json.dumps(merged).encode("utf-8")


def commands(library: str, top: str, *, flat: bool) -> list[str]:
    """Return the Yosys commands that read the merged netlist; what is selected is the design."""
    return [
        f"read_verilog -lib -specify {library}",
        f"read_json {MERGED}",
        f"hierarchy -check -top {top}",
        *(["flatten", "clean"] if flat else []),
        "select *",
    ]
