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
