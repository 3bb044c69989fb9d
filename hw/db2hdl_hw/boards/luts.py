"""LUTs of one to three inputs as LUT4, so that nextpnr for Gowin times the paths through them.

nextpnr (himbaechel, 0.11) connects the inputs that such a LUT lacks to a constant, and its timing
analysis never gets past a cell with a constant input: every path through a LUT1, LUT2 or LUT3 is
missing, Fmax is far too high, or there is none. docs/explanation/decisions/0021-gowin-timing.md
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import SynthesisError

_INPUTS = {"LUT1": 1, "LUT2": 2, "LUT3": 3}


def widen_luts(netlist: Path) -> None:
    """Make each small LUT a LUT4 that reads its first input again, with the same function.

    Parameters
    ----------
    netlist : Path
        What Yosys' ``write_json`` wrote; it is changed in place.

    Raises
    ------
    SynthesisError
        If the file is no such netlist.
    """
    try:
        data = json.loads(netlist.read_text(encoding="utf-8"))
        for module in data["modules"].values():
            for cell in module.get("cells", {}).values():
                if cell["type"] in _INPUTS:
                    _widen(cell, _INPUTS[cell["type"]])
        netlist.write_text(json.dumps(data), encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthesisError(
            f"cannot read the netlist that Yosys wrote, {netlist}: {type(error).__name__}: {error}"
        ) from error


def _widen(cell: dict[str, Any], inputs: int) -> None:
    """Repeat the table for the values of the inputs that it did not have: they do not matter."""
    entries = 1 << inputs
    table = cell["parameters"]["INIT"].zfill(entries)[-entries:]
    cell["parameters"]["INIT"] = table * (16 >> inputs)
    for number in range(inputs, 4):
        cell["connections"][f"I{number}"] = list(cell["connections"]["I0"])
        cell["port_directions"][f"I{number}"] = "input"
    cell["type"] = "LUT4"
