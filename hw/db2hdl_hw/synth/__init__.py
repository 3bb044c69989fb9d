"""Synthesis: Verilog to the cells of an FPGA with Yosys, what that costs, and place and route."""

from db2hdl_hw.synth.cells import Count
from db2hdl_hw.synth.cost import Cost, cost
from db2hdl_hw.synth.synthesis import Synthesis, synthesise
from db2hdl_hw.synth.targets import TARGETS, Target, find_target

__all__ = ["TARGETS", "Cost", "Count", "Synthesis", "Target", "cost", "find_target", "synthesise"]
