"""A Vivado project as a script: ``vivado -mode batch -source vivado.tcl`` makes the bitstream."""

from __future__ import annotations

from db2hdl_hw.boards.board import Board
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.uart import shell_name

SCRIPT = "vivado.tcl"


def vivado_script(board: Board, bundle: Bundle, core: str) -> str:
    """Return the script: project, synthesis, implementation, reports, bitstream.

    It works in the folder of the script, wherever it is started, and ends with an error if
    timing is missed.

    Parameters
    ----------
    board : Board
    bundle : Bundle
    core : str
        The folder of the bundle, from the script's.
    """
    top = shell_name(bundle.interface)
    sources = "\n".join(f"  {core}/{name} \\" for name in bundle.interface.rtl)
    part = board.device
    return f"""\
# SPDX-License-Identifier: CC0-1.0
# {board.title}, {part}. Model: {bundle.interface.model_hash}
# vivado -mode batch -source {SCRIPT}
# Not run by db2hdl, which has no Vivado: look at timing.rpt and utilization.rpt afterwards.
cd [file dirname [file normalize [info script]]]
create_project -force {top} vivado -part {part}
add_files -norecurse [list \\
  {top}.v \\
{sources}
]
add_files -fileset constrs_1 -norecurse {top}.xdc
set_property top {top} [current_fileset]
update_compile_order -fileset sources_1

launch_runs synth_1 -jobs 4
wait_on_run synth_1
if {{[get_property PROGRESS [get_runs synth_1]] ne "100%"}} {{ error "synthesis failed" }}

launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_run impl_1
if {{[get_property PROGRESS [get_runs impl_1]] ne "100%"}} {{ error "implementation failed" }}

open_run impl_1
report_utilization -hierarchical -file utilization.rpt
report_timing_summary -file timing.rpt
file copy -force vivado/{top}.runs/impl_1/{top}.bit {top}.bit
set slack [get_property SLACK [get_timing_paths -max_paths 1]]
if {{$slack < 0}} {{ error "timing is missed by [expr {{-$slack}}] ns: pass a lower --target-mhz" }}
puts "{top}.bit is made, slack $slack ns"
"""
