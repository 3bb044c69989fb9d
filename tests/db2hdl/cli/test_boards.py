"""boards, build, flash and ask on the command line: what they print, and one line per error."""

import json
import sys
from types import SimpleNamespace

import pytest

from db2hdl.model_file import save


def test_boards_are_listed(db2hdl):
    listed = db2hdl("boards", "--json").json["boards"]
    assert {"icebreaker", "ulx3s", "tang-nano-9k", "arty-a7-35t"} <= {b["name"] for b in listed}
    shown = db2hdl("boards")
    assert shown.code == 0
    assert "icebreaker" in shown.out and "5,280 LUT4" in shown.out


@pytest.fixture
def yosys(tmp_path, monkeypatch):
    """Stand in for Yosys: a netlist of so many LUTs."""

    def make(luts):
        def synthesise(verilog, top, target, **how):
            assert all(path.is_file() for path in verilog)
            file = tmp_path / "netlist.json"
            file.write_text("{}")
            count = SimpleNamespace(luts=luts, ffs=9, carries=0, depth=3)
            return SimpleNamespace(
                netlist_json=file, log=file, versions={"yosys": "0"}, count=count, logic_cells=None
            )

        fake = SimpleNamespace(synthesise=synthesise)
        monkeypatch.setitem(sys.modules, "db2hdl_hw.synth", fake)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    return make


def test_a_model_file_becomes_a_vivado_project(db2hdl, yosys, small_model, tmp_path):
    yosys(1234)
    save(tmp_path / "m.dbnet", small_model)
    argv = ["build", tmp_path / "m.dbnet", "--board", "arty-a7-35t", "-o", tmp_path / "b"]
    outcome = db2hdl(*argv)
    assert (outcome.code, outcome.err) == (0, "")
    assert "1,234 of 20,800 (6 %)" in outcome.out
    assert "vivado -mode batch" in outcome.out
    again = db2hdl(*argv, "--force", "--json", "--target-mhz", 20)
    assert again.json["shell_mhz"] == 25.0
    assert db2hdl(*argv).code == 2


def test_a_build_can_be_built_for_another_clock(db2hdl, yosys, small_bundle, tmp_path):
    yosys(10)
    first, board = tmp_path / "b", ("--board", "arty-a7-35t")
    assert db2hdl("build", small_bundle, *board, "-o", first).code == 0
    again = db2hdl("build", first, *board, "-o", tmp_path / "c", "--baud", 9600, "--json")
    assert again.json["baud"] == 9600


def test_a_net_that_does_not_fit_is_exit_code_5(db2hdl, yosys, small_bundle, tmp_path):
    yosys(20801)
    outcome = db2hdl("build", small_bundle, "--board", "arty-a7-35t", "-o", tmp_path / "b")
    assert (outcome.code, outcome.err.count("\n")) == (5, 1)
    assert "1 too few" in outcome.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--board", "icebraker"), "did you mean 'icebreaker'"),
        (("--board", "icebreaker", "--baud", "9000000"), "another --baud"),
        (("--board", "icebreaker", "--target-mhz", "48"), "a clock of 12 MHz"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(db2hdl, small_bundle, tmp_path, words, said):
    outcome = db2hdl("build", small_bundle, *words, "-o", tmp_path / "b")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert said in outcome.err


def test_a_bundle_whose_model_was_exchanged_is_a_mismatch(db2hdl, small_bundle, tmp_path):
    file = small_bundle / "interface.json"
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "model_hash": "00" * 32}))
    for argv in (
        ("build", small_bundle, "--board", "icebreaker", "-o", tmp_path / "b"),
        ("ask", small_bundle, "--port", "/dev/null"),
    ):
        outcome = db2hdl(*argv)
        assert (outcome.code, "export it again" in outcome.err) == (4, True)


def test_flash_wants_a_build(db2hdl, small_bundle):
    outcome = db2hdl("flash", small_bundle)
    assert (outcome.code, "is no build" in outcome.err) == (2, True)


def test_answers_are_counted(db2hdl, small_board, small_bundle):
    with small_board.running() as port:
        shown = db2hdl("ask", small_bundle, "--port", port, "--patience", 20)
        result = db2hdl("ask", small_bundle, "--port", port, "--patience", 20, "--json").json
    assert (shown.code, "90.00 %" in shown.out) == (0, True)
    assert (result["rows"], result["wrong"], result["accuracy"]) == (40, 0, 0.9)


def test_a_missing_port_is_exit_code_2(db2hdl, small_bundle):
    outcome = db2hdl("ask", small_bundle, "--port", "/dev/tty-none")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "there is no serial port /dev/tty-none" in outcome.err
