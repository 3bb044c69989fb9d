"""Synthesis of small Verilog with the Yosys that is installed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from db2hdl_hw.errors import InputError, SynthesisError, ToolError
from db2hdl_hw.synth import Synthesis, synthesise, yosys
from db2hdl_hw.synth.targets import TARGETS
from db2hdl_hw.synth.yosys import Yosys, find_yosys
from db2hdl_hw.system.processes import Child

TEXT = """
module inner (input [3:0] a, output y); assign y = ^a; endmodule
module top (input [7:0] a, output y);
  wire u, v;
  inner first (a[3:0], u);
  inner second (a[7:4], v);
  assign y = u & ~v;
endmodule
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "design.v"
    file.write_text(TEXT)
    return file


def run(source: Path, cache: Path, target: str = "ice40", keep: bool = False) -> Synthesis:
    return synthesise([source], "top", target, keep_hierarchy=keep, cache=cache)


def test_flat_netlists_are_one_module_and_kept_ones_are_counted_apart(
    source: Path, tmp_path: Path
) -> None:
    flat = run(source, tmp_path / "cache")
    assert list(flat.stats) == ["top"]
    assert (flat.count.luts, flat.count.ffs, flat.count.depth) == (3, 0, 2)
    assert "SB_LUT4" in flat.netlist_verilog.read_text()
    assert flat.versions == {find_yosys().package: find_yosys().version}
    parts = run(source, tmp_path / "cache", keep=True)
    assert {name: one.luts for name, one in parts.stats.items()} == {"top": 1, "inner": 1}


def test_the_second_time_a_result_comes_from_the_cache(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, told = tmp_path / "cache", list[str]()
    first = synthesise(
        [source], "top", "ice40", keep_hierarchy=False, cache=cache, progress=told.append
    )
    assert "iCE40" in told[0]
    monkeypatch.setattr(Yosys, "run", lambda *_, **__: pytest.fail("Yosys was started"))
    assert run(source, cache) == first
    first.netlist_json.write_text("{}")  # a copy, of which the cache knows nothing
    assert "SB_LUT4" in run(source, cache).netlist_json.read_text()
    (entry,) = cache.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"SB_LUT4", b"SB_LUT5"))
    with pytest.raises(pytest.fail.Exception):  # an edited entry is no entry
        run(source, cache)


def test_a_version_of_its_own_has_an_entry_of_its_own(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source, tmp_path / "cache")
    monkeypatch.setattr(Yosys, "run", lambda *_, **__: pytest.fail("Yosys was started"))
    other = Yosys(find_yosys().package, "0")
    with pytest.raises(pytest.fail.Exception):
        synthesise(
            [source], "top", "ice40", keep_hierarchy=False, cache=tmp_path / "cache", yosys=other
        )


def test_bad_verilog_is_a_synthesis_error_that_names_the_log(tmp_path: Path) -> None:
    bad = tmp_path / "bad.v"
    bad.write_text("module top (input a, output y); assign y = b c; endmodule\n")
    with pytest.raises(SynthesisError, match=r"syntax error.*; log: ") as caught:
        run(bad, tmp_path / "cache")
    log = Path(str(caught.value).rsplit("log: ", 1)[1])
    assert "syntax error" in log.read_text()
    assert not list((tmp_path / "cache").glob("*")) and caught.value.exit_code == 5
    shutil.rmtree(log.parent)


def test_bad_input_is_told_before_anything_runs(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'ice40'"):
        run(source, tmp_path, target="ice4")
    with pytest.raises(InputError, match=r"cannot read Verilog: .*none\.v"):
        run(tmp_path / "none.v", tmp_path)


def test_a_missing_yosys_is_a_tool_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yosys, "find_spec", lambda _: None)
    with pytest.raises(ToolError, match=r"not installed; pip install 'db2hdl\[fpga\]'"):
        find_yosys()


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ToolError, "SIGSEGV"),
        ("import time; time.sleep(60)", SynthesisError, r"stopped after 0\.5 s"),
        ("print('ERROR: no such thing'); raise SystemExit(1)", SynthesisError, "no such thing"),
    ],
)
def test_crashes_hangs_and_errors_end_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, error: type, said: str
) -> None:
    monkeypatch.setattr(Yosys, "_start", lambda _: [sys.executable, "-c", code])
    with pytest.raises(error, match=said):
        Yosys("pyosys", "1").run([], tmp_path, timeout=0.5 if "sleep" in code else None)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("netlist.json", "{", r"cannot read the netlist that Yosys wrote, .*netlist\.json: JSOND"),
        ("netlist.json", '{"modules": {}}', r"cannot understand Yosys' statistics"),
        ("stat.json", "Warning", r"cannot understand Yosys' statistics .*stat\.json: JSOND"),
    ],
)
def test_output_that_cannot_be_understood_is_named_with_its_log(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, said: str
) -> None:
    module = {"cells": {}}

    def write(tool: Yosys, commands: object, folder: Path, **_: object) -> Path:
        good = {"netlist.json": {"modules": {"top": module}}, "stat.json": {"modules": {}}}
        for name, value in good.items():
            (folder / name).write_text(json.dumps(value))
        (folder / "netlist.v").write_text("endmodule")
        (folder / "yosys.log").write_text("")
        (folder / file).write_text(text)
        return folder / "yosys.log"

    monkeypatch.setattr(Yosys, "run", write)
    with pytest.raises(SynthesisError, match=f"{said}.*; log: (.*)") as caught:
        run(source, tmp_path)
    assert Path(str(caught.value).rsplit("log: ", 1)[1]).is_file()


def test_ctrl_c_ends_yosys_and_leaves_no_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Child] = []

    def interrupted(child: Child, timeout: float | None) -> int:
        started.append(child)
        raise KeyboardInterrupt

    monkeypatch.setattr(yosys, "wait", interrupted)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "cache")
    assert not list(tmp_path.glob("db2hdl-synth-*"))
    assert started[0].returncode is not None  # and what it had started ended before it


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_every_target_synthesises(source: Path, tmp_path: Path, target: str) -> None:
    found = run(source, tmp_path / "cache", target)
    assert 2 <= found.count.luts <= 3 and found.count.ffs == 0
    assert (found.logic_cells is None) == (target not in ("ice40", "xc7"))


TABLE = "module top(input [5:0] x, output y); assign y = 64'h9669F00D12345678 >> x; endmodule\n"
GATES = "module top(input [11:0] x, output y); assign y = &x[6:0] ^ |x[11:5]; endmodule\n"


@pytest.mark.parametrize(("text", "muxes"), [(TABLE, True), (GATES, False)])
def test_the_choice_with_the_fewest_luts_is_taken(tmp_path: Path, text: str, muxes: bool) -> None:
    (tmp_path / "top.v").write_text(text)

    def luts(choice: str | None) -> tuple[int, int]:
        file = [tmp_path / "top.v"]
        made = synthesise(
            file, "top", "ecp5", keep_hierarchy=False, cache=tmp_path / "c", choice=choice
        )
        assert choice in (None, made.choice)
        return made.count.luts, made.count.muxes

    each = [luts("-nowidelut"), luts("")]
    assert luts(None) == min(each)
    assert bool(luts(None)[1]) is muxes
