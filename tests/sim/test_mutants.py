"""One build simulates every fault; what the simulator does not finish is an error."""

from pathlib import Path

import numpy as np
import pytest

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_sim.mutants import MutantSimulation

# Fault 0 shows at input 3 only, fault 1 at no input, fault 2 everywhere.
VERILOG = """
module m(sel, in, out);
  input [2:0] sel; input [1:0] in; output [69:0] out;
  wire y = sel[0] ? in[0] ^ in[1] : sel[1] ? in[1] | in[0] : in[0] | in[1];
  assign out = {sel[2], 68'h0, y};
endmodule
"""
WORDS = (np.arange(4)[:, None] >> np.arange(2) & 1).astype(bool)
EXPECTED = np.zeros((4, 70), bool)
EXPECTED[:, 0] = WORDS.any(axis=1)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory, request) -> MutantSimulation:
    request.getfixturevalue("_needs_verilator")
    folder = tmp_path_factory.mktemp("mutants") / "build"
    return MutantSimulation(VERILOG, "m", 3, 2, 70, folder)


@pytest.fixture(scope="module")
def _needs_verilator() -> None:
    import os

    from db2hdl_sim.build import find_simulator

    try:
        find_simulator("verilator")
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_the_first_vector_that_shows_each_fault(simulation: MutantSimulation) -> None:
    run = simulation.run(WORDS, EXPECTED)
    assert run.first.tolist() == [3, -1, 0]
    assert run.simulator.startswith("Verilator")
    again = simulation.run(WORDS[::-1], EXPECTED[::-1])
    assert again.first.tolist() == [0, -1, 0]


def test_a_fault_is_not_caught_without_its_vector(simulation: MutantSimulation) -> None:
    assert simulation.run(WORDS[:3], EXPECTED[:3]).first.tolist() == [-1, -1, 0]


def test_a_circuit_that_is_wrong_without_a_fault(simulation: MutantSimulation) -> None:
    with pytest.raises(InputError, match="vector 1: the Verilog differs"):
        simulation.run(WORDS, EXPECTED ^ (np.arange(4)[:, None] == 1))


def test_no_vectors(simulation: MutantSimulation) -> None:
    with pytest.raises(InputError, match="0 vectors"):
        simulation.run(WORDS[:0], EXPECTED[:0])


def test_a_simulation_that_dies(simulation: MutantSimulation, tmp_path: Path) -> None:
    program = simulation._program
    kept = program.read_bytes()
    try:
        program.write_text("#!/bin/sh\necho oh no >&2\nexit 1\n")
        with pytest.raises(ToolError, match="died: oh no"):
            simulation.run(WORDS, EXPECTED)
        program.write_text("#!/bin/sh\nprintf '%s\\n' -1 -1 -1 > $5\n")
        with pytest.raises(ToolError, match="died"):
            simulation.run(WORDS, EXPECTED)
    finally:
        program.write_bytes(kept)


def test_verilog_that_is_refused(tmp_path: Path, _needs_verilator: None) -> None:
    with pytest.raises(InputError, match="refuses the mutants"):
        MutantSimulation("module m(; endmodule\n", "m", 1, 2, 3, tmp_path / "b")


# Latency 2; fault 0 is wrong at input 3, fault 1 at none, 2 comes late, 3 is not reset.
CLOCKED = """
module c(clk, rst, sel, in, out);
  input clk, rst; input [3:0] sel; input [2:0] in; output [1:0] out;
  reg a, b, late; reg [1:0] valid;
  wire y = sel[0] ? in[0] ^ in[1] : sel[1] ? in[1] | in[0] : in[0] | in[1];
  always @(posedge clk) begin
    a <= y; b <= a; late <= b; valid <= rst & ~sel[3] ? 2'h0 : {valid[0], in[2]};
  end
  assign out = {valid[1], sel[2] ? late : b};
endmodule
"""


@pytest.fixture(scope="module")
def clocked(tmp_path_factory, request) -> MutantSimulation:
    request.getfixturevalue("_needs_verilator")
    folder = tmp_path_factory.mktemp("clocked") / "build"
    return MutantSimulation(CLOCKED, "c", 4, 2, 1, folder, latency=2)


def test_faults_of_a_clocked_circuit(clocked: MutantSimulation) -> None:
    words, expected = np.tile(WORDS, (5, 1)), np.tile(EXPECTED[:, :1], (5, 1))
    first = clocked.run(words, expected).first
    assert first[:2].tolist() == [3, -1] and (first[2:] >= 0).all()
    assert clocked.run(WORDS[:3], EXPECTED[:3, :1]).first[0] == -1
    with pytest.raises(InputError, match="vector 2: the Verilog differs"):
        clocked.run(words, expected ^ (np.arange(20)[:, None] == 2))


def test_a_stated_latency_that_is_wrong_is_seen(clocked: MutantSimulation) -> None:
    seen = [clocked.stated(WORDS, EXPECTED[:, :1], latency) for latency in (1, 2, 3)]
    assert seen[1] == -1 and min(seen[0], seen[2]) >= 0
