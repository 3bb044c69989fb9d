"""The AXI4-Stream shell of exported cores, against the reference, with cocotbext-axi."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from db2hdl.bundle import export, output_values
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import save
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.emit.words import unpack_codes
from db2hdl_hw.errors import ToolError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.synth import cell_models, synthesise
from db2hdl_hw.tools import find_verilator
from db2hdl_sim.build import object_cache

BENCH = Path(__file__).parent / "axi" / "bench.py"
ROWS = 40


@pytest.fixture(scope="module")
def hard():
    """A net of 21 input bits and 3 classes."""
    rng = np.random.default_rng(4)
    features = (*(Feature(f"b{i}") for i in range(16)), Feature("age", "real", 5, 0.0, 1.0))
    encoder = {"feature": np.arange(17), "threshold": np.array([1] * 16 + [13])}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_xor", "xor", (0,), {}, {"weight": rng.random((12, 17)) < 0.2}),
        HardLayer("l1_or", "or", (1,), {}, {"weight": rng.random((18, 12)) < 0.1}),
        HardLayer("l2_class_head", "class_head", (2,), {"classes": 3}),
    )
    return HardNet(features, layers, ("a", "b", "c"))


def case(bundle: Path, hard: HardNet, folder: Path) -> None:
    """Write what the bench has to know: the shell, words, and what the reference says."""
    interface = Bundle.open(bundle).interface
    words = np.random.default_rng(1).integers(0, 2, (ROWS, interface.input_width)).astype(bool)
    wanted = output_values(hard, unpack_codes(interface, words), interface)
    shell = json.loads((bundle / "shell.json").read_text())
    rtl = [str(bundle / name) for name in shell["rtl"]]
    vectors = [[hexadecimal(a), hexadecimal(b)] for a, b in zip(words, wanted, strict=True)]
    facts = {**shell, "rtl": rtl, "latency": interface.latency, "vectors": vectors}
    folder.mkdir(exist_ok=True)
    (folder / "case.json").write_text(json.dumps(facts))


def hexadecimal(bits) -> str:
    return f"{sum(1 << i for i in np.flatnonzero(bits).tolist()):x}"


def run(folder: Path, simulator: str) -> subprocess.CompletedProcess:
    env = dict(os.environ)
    if simulator == "verilator":
        env = {**find_verilator().env, "OBJCACHE": object_cache()}
    return subprocess.run(
        [sys.executable, str(BENCH), str(folder), simulator],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in env.items() if not k.startswith(("COCOTB", "AXI_"))},
    )


@pytest.fixture
def verilator():
    try:
        find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("simulator", "pipeline", "data_width", "scores"),
    [
        ("icarus", Pipeline(2, True, True), 32, False),
        ("icarus", Pipeline(1), 8, True),
        ("icarus", Pipeline(), 16, True),
        ("verilator", Pipeline(), 32, False),
        ("verilator", Pipeline(2, True, True), 8, True),
    ],
)
def test_the_shell_answers_as_the_reference_does(
    request, hard, tmp_path, simulator, pipeline, data_width, scores
):
    request.getfixturevalue(simulator)
    bundle = export(
        hard,
        tmp_path / "b",
        scores=scores,
        pipeline=pipeline,
        shell="axi-stream",
        data_width=data_width,
    )
    case(bundle, hard, tmp_path / "run")
    done = run(tmp_path / "run", simulator)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_a_shell_that_loses_backpressure_is_found(request, hard, tmp_path, simulator):
    request.getfixturevalue(simulator)
    bundle = export(hard, tmp_path / "b", shell="axi-stream", data_width=8)
    case(bundle, hard, tmp_path / "run")
    file = bundle / "rtl" / "top_axis.v"
    text = file.read_text()
    wrong = re.sub(r"(s_axis_tready <= )[^;]*;", r"\g<1>1'h1;", text)
    assert wrong != text
    file.write_text(wrong)
    done = run(tmp_path / "run", simulator)
    # cocotb's runner says it, or the bench, which reads the results itself.
    said = re.search(r"Failed \d of 6 tests|tests 6 failures [1-6]", done.stdout + done.stderr)
    assert done.returncode != 0 and said


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_the_shell_that_synthesis_makes_answers_as_the_reference_does(
    request, hard, tmp_path, simulator
):
    """On iCE40 cells in Icarus, on ECP5 cells, with the queue in LUT memory, in Verilator."""
    request.getfixturevalue(simulator)
    target = {"icarus": "ice40", "verilator": "ecp5"}[simulator]
    bundle = export(
        hard, tmp_path / "b", pipeline=Pipeline(1), shell="axi-stream", data_width=8, target=target
    )
    case(bundle, hard, tmp_path / "run")
    file = tmp_path / "run" / "case.json"
    facts = json.loads(file.read_text())
    rtl = [Path(name) for name in facts["rtl"]]
    made = synthesise(rtl, facts["module"], target, keep_hierarchy=False, cache=tmp_path / "c")
    assert target == "ice40" or made.count.cells["TRELLIS_DPR16X4"]
    models = cell_models(target)
    facts |= {"rtl": [str(models.file), str(made.netlist_verilog)]}
    facts |= {"includes": [str(models.folder)], "defines": models.defines}
    file.write_text(json.dumps(facts))
    done = run(tmp_path / "run", simulator)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


@pytest.mark.parametrize("data_width", [8, 24, 512])
def test_lint_finds_nothing(verilator, hard, tmp_path, data_width):
    bundle = export(hard, tmp_path / "b", shell="axi-stream", data_width=data_width)
    rtl = json.loads((bundle / "shell.json").read_text())["rtl"]
    assert lint([bundle / name for name in rtl], "top_axis") == []


def test_the_command_line(db2hdl, hard, small_model, tmp_path):
    save(tmp_path / "m.dbnet", small_model)
    model = tmp_path / "m.dbnet"
    made = db2hdl(
        "export", model, "-o", tmp_path / "b", "--shell", "axi-stream", "--data-width", 64
    )
    assert made.code == 0 and (tmp_path / "b" / "rtl" / "top_axis.v").is_file()
    options = json.loads((tmp_path / "b" / "manifest.json").read_text())["options"]
    assert (options["shell"], options["data_width"]) == ("axi-stream", 64)
    for wrong, says in [
        (("--shell", "axi-stram"), "did you mean 'axi-stream'"),
        (("--shell", "axi-stream", "--data-width", 12), "multiple of 8 in 8..4096, not 12"),
        (("--data-width", 16), "--data-width is of a shell"),
    ]:
        refused = db2hdl("export", model, "-o", tmp_path / "c", *wrong)
        assert refused.code == 2 and says in refused.err
        assert not (tmp_path / "c").exists()
