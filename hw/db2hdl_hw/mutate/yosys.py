"""Verilog to an and-inverter graph, by Yosys."""

from __future__ import annotations

from db2hdl_hw.mutate.aiger import Aiger, read_aiger
from db2hdl_hw.prove.yosys import read_commands, run_yosys

_TO_GRAPH = (
    "opt -fast",
    "techmap",
    "opt -fast",
    "aigmap",
    "opt_clean",
    "write_aiger -ascii -symbols -no-startoffset graph.aag",
)


def to_graph(verilog: str, top: str, blame: str) -> Aiger:
    """Return the and-inverter graph of a combinational Verilog design.

    Parameters
    ----------
    verilog, top : str
    blame : str
        What an error is about.

    Raises
    ------
    InputError
        If Yosys refuses the Verilog, or it is not combinational.
    ToolError
        If Yosys is missing.
    """
    commands = [*read_commands(["rtl.v"], top), *_TO_GRAPH]
    return read_aiger(run_yosys(commands, {"rtl.v": verilog}, "graph.aag", blame=blame))
