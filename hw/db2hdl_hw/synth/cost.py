"""What a core costs on an FPGA family: all of it, and each of its parts.

Two syntheses. The flat one is what would be built and what proofs are about; its figures are the
total. In the other one modules stay apart, so that each part can be counted: what synthesis saves
across the borders of parts is missing there, and the parts need not add up to the total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db2hdl_hw.synth.cells import Count
from db2hdl_hw.synth.synthesis import LIMIT, Synthesis, synthesise
from db2hdl_hw.synth.yosys import Progress

ENCODER, COUNT, ARGMAX = "encoder", "count", "argmax"
TOP = "(top)"
"""The part that is the top module's own: wires, and the valid bits of a pipeline."""


@dataclass(frozen=True)
class Cost:
    """What a core costs.

    Attributes
    ----------
    target : str
    total : Count
        Of the flat netlist.
    parts : mapping of layer to Count
        Of each module by itself, in the order of the layers.
    flat : Synthesis
    """

    target: str
    total: Count
    parts: Mapping[str, Count]
    flat: Synthesis

    def as_json(self) -> dict[str, Any]:
        """Return the record for reports."""
        return {
            "target": self.target,
            "total": self.total.as_json() | {"logic_cells": self.flat.logic_cells},
            "parts": {name: count.as_json() for name, count in self.parts.items()},
            "tools": dict(self.flat.versions),
            "command": self.flat.command,
            "netlist": hashlib.sha256(self.flat.netlist_json.read_bytes()).hexdigest(),
        }


def cost(
    verilog: Sequence[Path],
    top: str,
    target: str,
    layers: Sequence[str] = (),
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    timeout: float = LIMIT,
) -> Cost:
    """Synthesise a core twice, flat and part by part, and return what it costs.

    Parameters
    ----------
    verilog : sequence of Path
    top : str
    target : str
    layers : sequence of str
        The order of the parts; others come behind, the encoder first, count and argmax last.
    cache : Path, optional
    progress : callable, optional
    timeout : float
        Seconds for each run of Yosys.

    Raises
    ------
    InputError, ToolError, SynthesisError
        As ``synthesise``.
    """
    tell = progress or (lambda text: None)

    def made(what: str, keep: bool, choice: str | None) -> Synthesis:
        return synthesise(
            verilog,
            top,
            target,
            keep_hierarchy=keep,
            cache=cache,
            progress=lambda text: tell(f"{text}, {what}"),
            choice=choice,
            timeout=timeout,
        )

    flat = made("flat", False, None)
    parts_made = made("part by part", True, flat.choice)
    found = {_part(name, top): count for name, count in parts_made.stats.items()}
    order = [ENCODER, *layers, *sorted(found), COUNT, ARGMAX]
    last = {name: place for place, name in enumerate(order)}
    parts = {name: found[name] for name in sorted(found, key=last.__getitem__)}
    if not any(parts.pop(TOP, Count()).cells.values()):
        return Cost(target, flat.count, parts, flat)
    return Cost(target, flat.count, {TOP: found[TOP]} | parts, flat)


def _part(module: str, top: str) -> str:
    """Return the layer that a module is: ``<top>__<layer>``."""
    return TOP if module == top else module.removeprefix(top).lstrip("_")
