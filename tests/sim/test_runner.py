"""Complete comparisons pass or fail by their vectors; anything else is an error."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_sim import runner
from db2hdl_sim.job import SimJob
from db2hdl_sim.process import run_worker
from db2hdl_sim.runner import simulate
from db2hdl_sim.stimulus import given


def test_a_right_net_passes(reused_bundle: Any, simulator: str) -> None:
    job = reused_bundle.job(simulator)
    seen: list[tuple[str, int, int]] = []
    result = simulate(job, lambda *what: seen.append(what))
    assert result.passed
    assert result.vectors == job.vectors == 17 + 50 + 64
    assert [source.name for source in result.sources] == ["corner", "random (seed 3)", "exhaustive"]
    assert all(stage in ("build", "run") and total == job.vectors for stage, _, total in seen)
    assert result.build_seconds >= 0 and result.run_seconds > 0


def test_a_flipped_gate_is_found(reused_bundle: Any, simulator: str) -> None:
    reused_bundle.flip("x[2] ^ x[3]", "x[2] | x[3]")
    rows = np.array([[0, 0, 0, 0, 0, 0], [1, 0, 1, 1, 0, 1], [1, 0, 0, 1, 0, 0]])
    result = simulate(reused_bundle.job(simulator, [given("test", rows)]))
    assert not result.passed
    assert (result.vectors, result.mismatches) == (3, 1)
    (one,) = result.described
    assert (one.index, one.label) == (1, "test row 1")
    assert one.inputs == {"x": "0xd", "level": "0x2"}
    assert one.expected == {"y": "0x2", "sum": "0x1"}
    assert one.got == {"y": "0x3", "sum": "0x2"}


def test_x_is_a_mismatch(bundle: Any, icarus: str) -> None:
    bundle.flip("assign y = {l1_and_1, l1_and_0};", "assign y = {l1_and_1, 1'bx};")
    result = simulate(bundle.job(icarus))
    assert result.mismatches == result.vectors
    assert len(result.described) == 20
    assert result.described[0].got["y"] == "0b0X"


def test_undriven_is_a_mismatch(bundle: Any, icarus: str) -> None:
    bundle.flip("assign y = {l1_and_1, l1_and_0};", "assign y[1] = l1_and_1;")
    result = simulate(bundle.job(icarus))
    assert result.described[0].got["y"] == "0b0Z"


def test_waves(reused_bundle: Any, simulator: str) -> None:
    result = simulate(reused_bundle.job(simulator, waves=True))
    assert result.passed and result.waves is not None
    if simulator == "icarus":
        # The header block of FST: its kind, its length, big-endian.
        assert result.waves.suffix == ".fst"
        assert result.waves.read_bytes()[:9] == b"\0" + (329).to_bytes(8, "big")
    else:
        _check_vcd(result.waves)


def _check_vcd(path: Path) -> None:
    from vcd.reader import TokenKind, tokenize

    with path.open("rb") as file:
        tokens = list(tokenize(file))
    names = {token.var.reference for token in tokens if token.kind is TokenKind.VAR}
    assert {"x", "y", "l0_xor_1", "l1_and_1"} <= names
    assert sum(token.kind is TokenKind.CHANGE_TIME for token in tokens) > 100


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("x[0] ^ x[1];", "x[0] ^ ;", "syntax error"),
        ("module net(", "module other(", "net"),
        ("net_l0_xor l0_xor", "nowhere l0_xor", "nowhere"),
    ],
)
def test_rtl_that_does_not_compile(
    bundle: Any, simulator: str, old: str, new: str, says: str
) -> None:
    bundle.flip(old, new)
    with pytest.raises(InputError, match=rf"refuses the RTL: .*{says}"):
        simulate(bundle.job(simulator))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("input [1:0] level, output [1:0] y", "input [2:0] level, output [1:0] y", "3 bits wide"),
        ("output [1:0] sum);", "output [1:0] more); wire [3:0] sum; assign more=0;", "sum"),
    ],
)
def test_ports_that_are_not_the_interface(
    bundle: Any, icarus: str, old: str, new: str, says: str
) -> None:
    bundle.flip(old, new)
    with pytest.raises(InputError, match=f"module 'net' has .*{says}"):
        simulate(bundle.job(icarus))


def test_a_simulation_that_ends_early(bundle: Any, icarus: str) -> None:
    bundle.flip("endmodule", "initial #30 $finish; endmodule")
    with pytest.raises(ToolError, match=r"died after at least 0 vectors.*log: "):
        simulate(bundle.job(icarus))


@pytest.fixture
def killing_vvp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "vvp"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho about to die\nkill -KILL $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("killing_vvp")
def test_a_killed_simulator(bundle: Any, icarus: str) -> None:
    with pytest.raises(ToolError, match=r"died .*-9; last line: about to die; log: .*run\.log"):
        simulate(bundle.job(icarus))


@pytest.fixture
def killed_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "c++"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'c++: fatal error: Killed signal' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    # Else the library's objects come from the cache.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("killed_compiler")
def test_a_killed_compiler(bundle: Any, verilator: str) -> None:
    job = bundle.job(verilator)
    with pytest.raises(ToolError, match=r"could not build the design, .*; log: .*build\.log") as no:
        simulate(job)
    log = job.build_dir / "verilator" / "build.log"
    assert str(log) in str(no.value)
    assert "Killed signal" in log.read_text()


def test_a_missing_simulator(bundle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bundle.folder))
    with pytest.raises(ToolError, match="apt-get install iverilog"):
        simulate(bundle.job("icarus"))
    with pytest.raises(ToolError, match="apt-get install"):
        simulate(bundle.job("verilator"))


def test_a_missing_cocotb(bundle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from db2hdl_sim import build

    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"cocotb is not installed; pip install"):
        simulate(bundle.job("icarus"))


Change = Callable[[Path], None]


def _shorten(folder: Path) -> None:
    answer = json.loads((folder / "bench.json").read_text())
    answer["compared"] -= 1
    (folder / "bench.json").write_text(json.dumps(answer))


def _cut(folder: Path) -> None:
    text = (folder / "bench.json").read_text()
    (folder / "bench.json").write_text(text[: len(text) // 2])


def _no_tests(folder: Path) -> None:
    (folder / "results.xml").write_text("<testsuites><testsuite tests='0'/></testsuites>")


def _failed(folder: Path) -> None:
    text = "<testsuites><testsuite tests='1' failures='1'/></testsuites>"
    (folder / "results.xml").write_text(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_shorten, "compared 130 of 131 vectors"),
        (_cut, "is cut off"),
        (lambda folder: (folder / "bench.json").unlink(), "did not come to its end"),
        (lambda folder: (folder / "results.xml").unlink(), "no test results"),
        (_no_tests, "ran 0 tests"),
        (_failed, "0 mismatches, but 1 failed"),
    ],
)
def test_incomplete_results(
    bundle: Any, icarus: str, monkeypatch: pytest.MonkeyPatch, change: Change, says: str
) -> None:
    def worker(folder: Path, *rest: Any, **options: Any) -> dict[str, Any]:
        status = run_worker(folder, *rest, **options)
        change(folder)
        return status

    monkeypatch.setattr(runner, "run_worker", worker)
    with pytest.raises(ToolError, match=says):
        simulate(bundle.job(icarus))


def test_the_callers_variables_do_not_reach_cocotb(
    bundle: Any, icarus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCOTB_TEST_FILTER", "nothing")
    monkeypatch.setenv("WAVES", "1")
    job: SimJob = bundle.job(icarus)
    assert simulate(job).passed
    assert not list(job.build_dir.rglob("*.fst"))
