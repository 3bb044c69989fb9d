"""The vendors' simulation models of the cells that synthesis maps to, as Yosys brings them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db2hdl_hw.errors import ToolError
from db2hdl_hw.synth.targets import find_target
from db2hdl_hw.synth.yosys import find_yosys

_FOLDER = {"xc7": "xilinx"}
_DEFINES = {"ice40": ("NO_ICE40_DEFAULT_ASSIGNMENTS",)}
"""iCE40: ports with default values are more than Icarus 11 reads; mapping connects every port."""

_ICARUS = frozenset({"ice40", "xc7"})
"""Icarus 11 reads these models; of ECP5's it understands no $error in a generate block, and of
Gowin's it dies."""


@dataclass(frozen=True)
class Models:
    """The models of a family's cells.

    Attributes
    ----------
    file : Path
        Verilog.
    folder : Path
        Where the files are that it includes.
    defines : tuple of str
        Names that must be defined.
    icarus : bool
        Whether Icarus can read them; Verilator can.
    """

    file: Path
    folder: Path
    defines: tuple[str, ...] = ()
    icarus: bool = True


def cell_models(target: str) -> Models:
    """Return the simulation models of a target's cells.

    Raises
    ------
    InputError
        If the target is unknown.
    ToolError
        If there is no Yosys, or it comes without the models.
    """
    name = find_target(target).name
    folder = find_yosys().share / _FOLDER.get(name, name)
    file = folder / "cells_sim.v"
    if not file.is_file():
        raise ToolError(f"Yosys came without the cell models {file}; install pyosys again")
    return Models(file, folder, _DEFINES.get(name, ()), name in _ICARUS)
