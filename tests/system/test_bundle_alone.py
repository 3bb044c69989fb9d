"""A bundle copied alone into an empty folder: other people's tools, and nothing of db2hdl."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from db2hdl.bundle import export
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import ToolError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.tools import find_verilator

BIN = Path(sys.executable).parent


@pytest.fixture
def alone(small_bundle, tmp_path):
    """The bundle by itself, and an environment in which db2hdl cannot be found."""
    folder = Path(shutil.copytree(small_bundle, tmp_path / "alone"))
    (folder / "evidence").mkdir(exist_ok=True)
    return folder


def run(folder, *command, env=None):
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def verilator_environment():
    """Return an environment with ``verilator`` on its PATH, or skip (in CI: fail)."""
    try:
        env = dict(find_verilator().env)
    except ToolError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    env["PATH"] = os.pathsep.join([str(BIN), env["PATH"]])
    return env


def icarus_bench(folder):
    built = run(folder, "iverilog", "-g2001", "-o", "tb.vvp", "tb/top_tb.v", "rtl/top.v")
    assert built.returncode == 0, built.stderr
    return run(folder, "vvp", "-n", "tb.vvp")


def passed(folder):
    """Return what the bench says of all vectors as shipped: 40 test rows and the directed ones."""
    lines = [len(file.read_text().split()) for file in (folder / "vectors").glob("*_inputs.hex")]
    assert sum(lines) > 40
    return f"PASS {sum(lines)}"


def swap_a_gate(folder):
    """Turn an AND of the RTL into an OR."""
    rtl = folder / "rtl" / "top.v"
    text = rtl.read_text()
    start = text.index("module top__l0_and")
    changed = text[:start] + text[start:].replace(" & ", " | ", 1)
    assert changed != text
    rtl.write_text(changed)


def test_the_plain_bench_passes_on_icarus(icarus, alone):
    done = icarus_bench(alone)
    assert (done.returncode, done.stdout) == (0, f"{passed(alone)}\n")


def test_and_fails_when_a_gate_is_swapped(icarus, alone):
    swap_a_gate(alone)
    done = icarus_bench(alone)
    assert done.returncode != 0
    assert "\nFAIL " in done.stdout and "PASS" not in done.stdout


@pytest.mark.parametrize("harm", ["missing", "short", "x"])
def test_and_fails_without_all_of_its_vectors(icarus, alone, harm):
    file = alone / "vectors" / "test_inputs.hex"
    lines = file.read_text().splitlines(keepends=True)
    if harm == "missing":
        file.unlink()
    else:
        last = "" if harm == "short" else "x" * (len(lines[-1]) - 1) + "\n"
        file.write_text("".join(lines[:-1]) + last)
    done = icarus_bench(alone)
    assert done.returncode != 0
    assert "FAIL" in done.stdout and "PASS" not in done.stdout


def test_an_x_is_a_failure(icarus, alone):
    rtl = alone / "rtl" / "top.v"
    text = rtl.read_text()
    start = text.index("module top__l0_and")
    at = text.index("  assign ", start)
    rtl.write_text(text[:at] + "  // " + text[at:].lstrip())  # one net has no driver any more
    done = icarus_bench(alone)
    assert done.returncode != 0 and "FAIL" in done.stdout


def test_the_plain_bench_on_verilator(alone):
    env = verilator_environment()
    build = ["verilator", "--binary", "--timing", "-Wno-fatal", "-CFLAGS", "-std=gnu++20"]
    build += ["--top-module", "top_tb", "tb/top_tb.v", "rtl/top.v"]
    built = run(alone, *build, env=env)
    assert built.returncode == 0, built.stderr
    done = run(alone, "obj_dir/Vtop_tb", env=env)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, passed(alone))
    expected = alone / "vectors" / "test_expected.hex"
    lines = expected.read_text().splitlines()
    lines[7] = f"{int(lines[7], 16) ^ 1:0{len(lines[7])}x}"
    expected.write_text("\n".join(lines) + "\n")
    done = run(alone, "obj_dir/Vtop_tb", env=env)
    assert done.returncode != 0 and "FAIL 1\n" in done.stdout


def test_the_cocotb_bench_runs_from_the_bundle(icarus, alone):
    done = run(alone, sys.executable, "tb/test_top.py", "icarus")
    assert done.returncode == 0, done.stdout + done.stderr
    swap_a_gate(alone)
    done = run(alone, sys.executable, "tb/test_top.py", "icarus")
    assert done.returncode != 0


@pytest.fixture(scope="module")
def pipelined(small_model, tmp_path_factory):
    """A bundle with registers; latency 3."""
    folder = tmp_path_factory.mktemp("pipelined") / "bundle"
    return export(small_model, folder, scores=True, pipeline=Pipeline(2, register_input=True))


@pytest.fixture
def clocked(pipelined, tmp_path):
    return Path(shutil.copytree(pipelined, tmp_path / "clocked"))


def lengthen(folder, what):
    """Give the data, or the valid bit, one more register than the interface says."""
    rtl = folder / "rtl" / "top.v"
    text = rtl.read_text()
    if what == "valid":
        changed = text.replace("reg [2:0] valid;", "reg [3:0] valid;")
        changed = changed.replace("{ valid[1:0], in_valid }", "{ valid[2:0], in_valid }")
        changed = changed.replace("rst ? 3'h0", "rst ? 4'h0")
        changed = changed.replace("wire [2:0] _0_", "wire [3:0] _0_")
        changed = changed.replace("out_valid = valid[2]", "out_valid = valid[3]")
    else:
        found = re.search(r"assign class_index = (.*);\n", text)
        late = f"reg late_;\n  always @(posedge clk) late_ <= {found[1]};\n"
        changed = text.replace(found[0], f"{late}  assign class_index = late_;\n")
    assert changed != text
    rtl.write_text(changed)


def test_the_plain_bench_of_a_pipelined_core(icarus, clocked):
    done = icarus_bench(clocked)
    assert (done.returncode, done.stdout) == (0, f"{passed(clocked)}\n")


@pytest.mark.parametrize("what", ["valid", "data"])
def test_and_fails_when_something_is_a_cycle_late(icarus, clocked, what):
    lengthen(clocked, what)
    done = icarus_bench(clocked)
    assert done.returncode != 0 and "\nFAIL " in done.stdout
    assert ("the latency is not 3" in done.stdout) == (what == "valid")


def test_the_cocotb_bench_of_a_pipelined_core(icarus, clocked):
    done = run(clocked, sys.executable, "tb/test_top.py", "icarus")
    assert done.returncode == 0, done.stdout + done.stderr
    lengthen(clocked, "valid")
    done = run(clocked, sys.executable, "tb/test_top.py", "icarus")
    assert done.returncode != 0 and "the latency is not 3" in done.stdout + done.stderr


@pytest.mark.parametrize("stages", [0, 2])
def test_both_benches_drive_made_vectors(icarus, small_model, tmp_path, stages):
    model = replace(
        small_model, test_codes=small_model.test_codes[:0], test_labels=small_model.test_labels[:0]
    )
    folder = export(model, tmp_path / "made", pipeline=Pipeline(stages))
    words, _ = Bundle.open(folder).directed()
    assert len(words) > 5
    done = icarus_bench(folder)
    assert (done.returncode, done.stdout) == (0, f"PASS {len(words)}\n")
    done = run(folder, sys.executable, "tb/test_top.py", "icarus")
    assert done.returncode == 0 and f"PASS {len(words)}" in done.stdout + done.stderr
    swap_a_gate(folder)
    assert icarus_bench(folder).returncode != 0
    assert run(folder, sys.executable, "tb/test_top.py", "icarus").returncode != 0


@pytest.mark.parametrize("target", ["lint", "sim"])
def test_fusesoc_runs_the_core(icarus, alone, target):
    env = verilator_environment()
    fusesoc = [sys.executable, "-m", "fusesoc.main", "--cores-root", "."]
    done = run(alone, *fusesoc, "run", f"--target={target}", "db2hdl:nets:top:0", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert target == "lint" or passed(alone) in done.stdout
    swap_a_gate(alone)
    if target == "sim":
        done = run(alone, *fusesoc, "run", "--target=sim", "db2hdl:nets:top:0", env=env)
        assert done.returncode != 0
