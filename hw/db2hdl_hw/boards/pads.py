"""Buffers at the ports of netlists synthesised without, which nextpnr for Gowin wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import SynthesisError

_BUFFERS = {"input": ("IBUF", "I", "O"), "output": ("OBUF", "O", "I")}
"""Direction -> buffer, its pin towards the port, its pin towards the logic."""


def add_pads(netlist: Path, top: str) -> None:
    """Put a buffer between every port bit of the top module and the logic behind it.

    Parameters
    ----------
    netlist : Path
        What Yosys' ``write_json`` wrote; it is changed in place.
    top : str
        The top module; its ports are single bits here, inputs or outputs.

    Raises
    ------
    SynthesisError
        If the file is no such netlist.
    """
    try:
        data = json.loads(netlist.read_text(encoding="utf-8"))
        module = data["modules"][top]
        free = _first_free_net(module)
        for name, port in module["ports"].items():
            for index, net in enumerate(port["bits"]):
                _add_pad(module, f"{name}_{index}_pad", port["direction"], net, free)
                port["bits"][index] = free
                free += 1
            module["netnames"][name]["bits"] = list(port["bits"])
        netlist.write_text(json.dumps(data), encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthesisError(
            f"cannot read the netlist that Yosys wrote, {netlist}: {type(error).__name__}: {error}"
        ) from error


def _first_free_net(module: dict[str, Any]) -> int:
    groups = [port["bits"] for port in module["ports"].values()]
    groups += [net["bits"] for net in module["netnames"].values()]
    groups += [pin for cell in module["cells"].values() for pin in cell["connections"].values()]
    return 1 + max(bit for bits in groups for bit in bits if isinstance(bit, int))


def _add_pad(module: dict[str, Any], name: str, direction: str, net: object, pad: int) -> None:
    kind, outside, inside = _BUFFERS[direction]
    module["cells"][name] = {
        "hide_name": 0,
        "type": kind,
        "parameters": {},
        "attributes": {},
        "port_directions": {"I": "input", "O": "output"},
        "connections": {outside: [pad], inside: [net]},
    }
