"""boards, build, flash and ask on the command line: what they print, and one line per error."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from db2hdl.model_file import save
from db2hdl_hw.boards.flow import Routed
from db2hdl_hw.errors import SynthesisError


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


def test_a_board_with_another_model_is_exit_code_4(db2hdl, small_board, small_model, tmp_path):
    other = replace(small_model, hard=replace(small_model.hard, classes=("a", "b")))
    save(tmp_path / "other.dbnet", other)
    with small_board.running() as port:
        done = db2hdl("ask", tmp_path / "other.dbnet", "--port", port, "--patience", 20)
    assert (done.code, done.err.count("\n"), "hash is" in done.err) == (4, 1, True)


def test_a_wrong_baud_rate_is_exit_code_2(db2hdl, small_board, small_bundle):
    slow = ("--baud", 9600, "--patience", 0.02, "--retries", 1)
    with replace(small_board, divisor=13).running() as port:
        done = db2hdl("ask", small_bundle, "--port", port, *slow)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "its baud rate 9600?" in done.err or "at 9600 baud is no answer" in done.err


@pytest.mark.parametrize(
    ("reached", "options", "said"),
    [
        (7.0, ("--target-mhz", 12), "7.00 MHz of 12 MHz reached; "),
        (SynthesisError("nextpnr-ice40 failed: no route; log: x.log"), (), "no route; log: x.log"),
        (SynthesisError("nextpnr-ice40 did not finish in 1 s"), (), "did not finish"),
    ],
)
def test_missed_timing_and_no_route_are_exit_code_5(
    db2hdl, yosys, small_bundle, tmp_path, monkeypatch, reached, options, said
):
    def place_and_route(*_):
        if isinstance(reached, Exception):
            raise reached
        return Routed(reached, None, {})

    yosys(10)
    monkeypatch.setattr("db2hdl_hw.boards.build.place_and_route", place_and_route)
    monkeypatch.setattr("db2hdl_hw.boards.build.command", lambda program: [program])
    argv = ("build", small_bundle, "--board", "icebreaker", "-o", tmp_path / "b", *options)
    done = db2hdl(*argv)
    assert (done.code, done.err.count("\n"), said in done.err) == (5, 1, True)
    assert not (tmp_path / "b").exists()


def test_flash_refuses_a_record_without_a_board(db2hdl, tmp_path):
    (tmp_path / "build.json").write_text('{"format": "db2hdl-build", "version": 1}')
    done = db2hdl("flash", tmp_path)
    assert (done.code, "is no build" in done.err) == (2, True)
