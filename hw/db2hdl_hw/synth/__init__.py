"""Synthesis: Verilog to the cells of an FPGA with Yosys, what that costs, and place and route."""

from db2hdl_hw.synth.cells import Count
from db2hdl_hw.synth.cost import Cost, cost
from db2hdl_hw.synth.models import Models, cell_models
from db2hdl_hw.synth.shell import shell_cost
from db2hdl_hw.synth.synthesis import Synthesis, synthesise
from db2hdl_hw.synth.targets import TARGETS, Target, find_target

__all__ = [
    "TARGETS",
    "Cost",
    "Count",
    "Models",
    "Synthesis",
    "Target",
    "cell_models",
    "cost",
    "find_target",
    "shell_cost",
    "synthesise",
]
