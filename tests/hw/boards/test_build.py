"""A build is whole or not there, finds its clock, and says by how much something does not do."""

import hashlib
import json
from types import SimpleNamespace

import pytest

from db2hdl_hw.boards import build as build_module
from db2hdl_hw.boards.build import build
from db2hdl_hw.boards.catalogue import find_board
from db2hdl_hw.boards.record import RECORD, check_build_target, read_record
from db2hdl_hw.emit import evidence
from db2hdl_hw.errors import InputError, SynthesisError

ICE = find_board("icebreaker")


def test_a_build_has_everything_and_its_hashes(tools, bundle, tmp_path):
    steps = []
    record = build(bundle, ICE, tmp_path / "b", progress=steps.append)
    assert record == read_record(tmp_path / "b")
    assert (record["luts"], record["ffs"], record["fmax_mhz"]) == (100, 50, 20.0)
    assert (record["shell_mhz"], record["clock_divider"]) == (12.0, 1)
    assert record["bitstream_bytes"] == 4
    files = {p for p in (tmp_path / "b").rglob("*") if p.is_file() and p.name != RECORD}
    assert {str(p.relative_to(tmp_path / "b")) for p in files} == set(record["files"])
    for name, digest in record["files"].items():
        assert hashlib.sha256((tmp_path / "b" / name).read_bytes()).hexdigest() == digest
    wanted = {"top_uart.v", "top_uart.pcf", "top_uart.bin", "ip/rtl/top.v", "ip/model.dbnet"}
    assert wanted | {"logs/nextpnr-ice40.log", "logs/report.json"} <= set(record["files"])
    assert steps[-1] == "packing the bitstream"
    assert not any((tmp_path / "tmp").iterdir())


def test_a_slow_net_gets_a_divided_clock(tools, bundle, tmp_path):
    tools.fmax = [7.0, 6.5]
    record = build(bundle, ICE, tmp_path / "b")
    assert (record["clock_divider"], record["shell_mhz"], record["fmax_mhz"]) == (2, 6.0, 6.5)
    assert "clk divided by 2, 52 clocks a bit" in (tmp_path / "b" / "top_uart.v").read_text()


@pytest.fixture
def two_choices(monkeypatch):
    choices = SimpleNamespace(choices=("-nowidelut", ""))
    monkeypatch.setattr(build_module, "find_target", lambda target: choices)


@pytest.mark.parametrize(
    ("smallest", "fmax", "asked", "reached"),
    [
        ("part by part", [13.0], [None], 13.0),
        ("part by part", [7.0, 12.5], [None, ""], 12.5),
        ("part by part", [7.0, 6.0, 12.5], [None, "", "-nowidelut"], 12.5),
        ("", [7.0, 12.5], [None, "-nowidelut"], 12.5),
    ],
)
def test_other_netlists_are_tried_before_a_slower_clock(
    tools, bundle, tmp_path, two_choices, smallest, fmax, asked, reached
):
    tools.smallest, tools.fmax = smallest, fmax
    record = build(bundle, ICE, tmp_path / "b")
    assert tools.asked == asked
    assert (record["shell_mhz"], record["fmax_mhz"]) == (12.0, reached)


def test_the_fastest_netlist_says_how_slow_a_clock_must_be(tools, bundle, tmp_path, two_choices):
    tools.fmax = [3.0, 7.0, 6.5]
    record = build(bundle, ICE, tmp_path / "b")
    assert (record["clock_divider"], record["fmax_mhz"]) == (2, 6.5)
    assert tools.asked == [None, "-nowidelut", None]


def test_a_clock_that_is_missed_again_is_divided_again(tools, bundle, tmp_path):
    tools.fmax = [7.0, 4.9, 5.5]
    assert build(bundle, ICE, tmp_path / "b")["clock_divider"] == 4


def test_a_clock_that_is_nearly_met_gets_other_seeds(tools, bundle, tmp_path):
    tools.fmax = [11.5, 11.0, 12.5]
    record = build(bundle, ICE, tmp_path / "b")
    assert (record["shell_mhz"], record["fmax_mhz"], record["seed"]) == (12.0, 12.5, 3)


def test_the_best_of_the_seeds_is_what_was_reached(tools, bundle, tmp_path):
    tools.fmax = [11.5, 11.9, 10.9]
    with pytest.raises(SynthesisError, match=r"11.90 MHz of 12 MHz reached"):
        build(bundle, ICE, tmp_path / "b", target_mhz=11)


def test_runs_that_never_reach_a_clock_end(tools, bundle, tmp_path):
    tools.fmax = [7.0, 5.0, 2.5, 1.0]
    with pytest.raises(SynthesisError, match=r"timing is missed on iCEBreaker: 1.00 MHz"):
        build(bundle, ICE, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_target_that_is_missed_says_what_was_reached(tools, bundle, tmp_path):
    tools.fmax = [7.0]
    with pytest.raises(SynthesisError, match=r"7.00 MHz of 12 MHz reached; .*logs: ") as missed:
        build(bundle, ICE, tmp_path / "b", target_mhz=11)
    logs = str(missed.value).split("logs: ")[1]
    assert (tmp_path / "tmp" / logs / "nextpnr-ice40.log").is_file()


def test_a_target_below_takes_the_slower_clock(tools, bundle, tmp_path):
    tools.fmax = [7.0]
    assert build(bundle, ICE, tmp_path / "b", target_mhz=5)["shell_mhz"] == 6.0


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"luts": 5281}, "needs 5,281 LUTs, iCE40UP5K-SG48 has 5,280, 1 too few"),
        ({"ffs": 6000}, "needs 6,000 flip-flops, .* 720 too few"),
        ({"fail": "no BELs", "used": 5300}, "needs 5,300 ICESTORM_LC, .* 20 too few; log: "),
        ({"fail": "Unable to route"}, "nextpnr-ice40 failed: Unable to route; log: "),
        ({"report": "{"}, "cannot read nextpnr's report .*report.json: .*log: .*nextpnr-ice40.log"),
        ({"report": '{"fmax": {}, "utilization": {}}'}, "report.json names no clock"),
        ({"report": '{"fmax": 3}'}, "cannot read nextpnr's report"),
        ({"pack": ""}, "icepack wrote no bitstream; log: "),
    ],
)
def test_what_does_not_do_is_told_and_leaves_nothing(tools, bundle, tmp_path, what, said):
    for name, value in what.items():
        setattr(tools, name, value)
    with pytest.raises(SynthesisError, match=said):
        build(bundle, ICE, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert [p.name for p in (tmp_path / "tmp").iterdir()] != []


def test_only_a_build_is_replaced(tools, bundle, tmp_path):
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "mine").write_text("keep me")
    with pytest.raises(InputError, match=r"b is no build.*so --force does not replace"):
        build(bundle, ICE, folder, force=True)
    assert (folder / "mine").is_file()
    build(bundle, ICE, tmp_path / "c")
    (tools.folder / "plan.json").unlink()
    with pytest.raises(InputError, match="pass --force"):
        build(bundle, ICE, tmp_path / "c")
    build(bundle, ICE, tmp_path / "c", force=True)
    record = (tmp_path / "c" / RECORD).read_text()
    for name in ("notes.txt", "ip/src/wrapper.v", "ip/evidence/notes.md", "logs/yosys.log"):
        file = tmp_path / "c" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_bytes() if file.exists() else None
        file.write_text("my own")
        with pytest.raises(InputError, match=f"{name} was .* it is not replaced"):
            check_build_target(tmp_path / "c", force=True)
        assert file.read_text() == "my own"
        file.unlink() if before is None else file.write_bytes(before)
    (tmp_path / "c" / RECORD).write_text('{"format": "another\'s"}')
    with pytest.raises(InputError, match="c is no build"):
        build(bundle, ICE, tmp_path / "c", force=True)
    (tools.folder / "plan.json").unlink(missing_ok=True)
    (tmp_path / "c" / RECORD).write_text(record)
    evidence.write(tmp_path / "c" / "ip", "sim", {})
    build(bundle, ICE, tmp_path / "c", force=True)


def test_arty_is_a_vivado_project(tools, bundle, tmp_path):
    record = build(bundle, find_board("arty-a7-35t"), tmp_path / "b")
    assert (record["bitstream"], record["fmax_mhz"], record["shell_mhz"]) == (None, None, 12.5)
    script = (tmp_path / "b" / "vivado.tcl").read_text()
    for name in ("top_uart.v", "ip/rtl/top.v", "top_uart.xdc"):
        assert name in script
        assert (tmp_path / "b" / name).is_file()
    assert "xc7a35ticsg324-1L" in script


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"format": "x", "version": 1})])
def test_a_folder_that_is_no_build(tmp_path, text):
    if text:
        (tmp_path / RECORD).write_text(text)
    with pytest.raises(InputError, match="is no build; make one with db2hdl build"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"board": None},
        {"baud": "fast"},
        {"bitstream": 5},
        {"files": []},
        {"bitstream": "../secret.bin"},
        {"bitstream": "/etc/passwd"},
        {"top": "../x"},
    ],
)
def test_a_record_that_was_damaged_is_no_build(tools, bundle, tmp_path, wrong):
    record = build(bundle, ICE, tmp_path / "b")
    (tmp_path / "b" / RECORD).write_text(json.dumps({**record, **wrong}))
    with pytest.raises(InputError, match=r"is no build; .*\(build.json: "):
        read_record(tmp_path / "b")
    del record[next(iter(wrong))]
    (tmp_path / "b" / RECORD).write_text(json.dumps(record))
    with pytest.raises(InputError, match="is no build"):
        read_record(tmp_path / "b")
