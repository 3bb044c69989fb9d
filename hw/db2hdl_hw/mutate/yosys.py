"""Verilog to an and-inverter graph, by Yosys."""

from __future__ import annotations

from db2hdl_hw.mutate.aiger import Aiger, read_aiger
from db2hdl_hw.prove.yosys import read_commands, run_yosys

_WIRE = """\
(* techmap_celltype = "$dff $sdff" *)
module _wire_for_register(CLK, SRST, D, Q);
  parameter WIDTH = 1;
  parameter CLK_POLARITY = 1;
  parameter SRST_POLARITY = 1;
  parameter SRST_VALUE = 0;
  input CLK, SRST;
  input [WIDTH-1:0] D;
  output [WIDTH-1:0] Q;
  assign Q = D;
endmodule
"""

_TO_GRAPH = (
    "opt -fast",
    "techmap",
    "opt -fast",
    "aigmap",
    "opt_clean",
    "write_aiger -ascii -symbols -no-startoffset graph.aag",
)


def to_graph(verilog: str, top: str, blame: str, *, registers: bool = False) -> Aiger:
    """Return the and-inverter graph of a combinational Verilog design.

    Parameters
    ----------
    verilog, top : str
    blame : str
        What an error is about.
    registers : bool
        Whether registers are taken for wires: what each output computes, whenever it comes. Only
        in a pipeline, whose latency is checked elsewhere, does that say what the circuit does.
        Synchronous resets are taken as low.

    Raises
    ------
    InputError
        If Yosys refuses the Verilog, or it is not combinational.
    ToolError
        If Yosys is missing.
    """
    files = {"rtl.v": verilog}
    commands = read_commands(["rtl.v"], top)
    if registers:
        files["wire.v"] = _WIRE
        commands += ["techmap -map wire.v", "opt_clean"]
    commands += _TO_GRAPH
    return read_aiger(run_yosys(commands, files, "graph.aag", blame=blame))
