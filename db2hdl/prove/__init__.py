"""Proof that a bundle computes what its model computes, for all inputs.

``prove`` proves the whole chain of a bundle; ``prove_netlist`` and ``prove_verilog`` compare one
netlist or one Verilog text with a hard net. ``docs/explanation/trust.md`` says what that means.
"""

from db2hdl.prove.chain import prove
from db2hdl.prove.links import Options
from db2hdl.prove.result import LinkResult, ProofReport, Where
from db2hdl.prove.single import prove_netlist, prove_verilog

__all__ = [
    "LinkResult",
    "Options",
    "ProofReport",
    "Where",
    "prove",
    "prove_netlist",
    "prove_verilog",
]
