"""Images over a simulated UART, and bitstreams of real tools: make test-slow."""

import json
import os
from pathlib import Path

import pytest

from db2hdl.ask import ask
from db2hdl.bundle import export
from db2hdl.model_file import load, model_hash, save
from db2hdl_hw.boards.catalogue import find_board
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import ToolError
from db2hdl_hw.tools import find_verilator
from db2hdl_sim.board.simulated import SimulatedBoard

pytestmark = pytest.mark.slow

IMAGES = Path(__file__).parents[3] / "shared" / "data" / "mnist"
ROWS = 1000
DIVISOR, TIMEOUT_BITS = 4, 200

RECIPE = """
about = "as mnist-small, but half as wide and trained for two epochs"
data = "images"
[encoder]
kind = "uniform"
thresholds = 1
[[layer]]
kind = "lut"
neurons = 320
wiring = "window"
radius = 4
candidates = 8
[[layer]]
kind = "lut"
neurons = 160
wiring = "learned"
candidates = 8
[training]
optimiser = "adam"
epochs = 2
batch = 128
lr = 0.03
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A bundle of a net for images of digits, which keeps 1,000 of the test images."""
    if not IMAGES.is_dir():
        if os.environ.get("CI"):
            raise FileNotFoundError(IMAGES)
        pytest.skip(f"{IMAGES} is not there")
    from dataclasses import replace

    from db2hdl.data.idx import read_image_folder
    from db2hdl.train import train

    folder = tmp_path_factory.mktemp("images")
    recipe = folder / "short.toml"
    recipe.write_text(RECIPE)
    model = train(read_image_folder(IMAGES), recipe=str(recipe)).model
    few = replace(model, test_codes=model.test_codes[:ROWS], test_labels=model.test_labels[:ROWS])
    return Bundle.open(export(few, folder / "ip", vector_seconds=0))


@pytest.fixture(scope="module")
def board(images, tmp_path_factory):
    try:
        find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("board")
    shell = folder / "shell.v"
    shell.write_text(uart_verilog(images.interface, DIVISOR, timeout_bits=TIMEOUT_BITS))
    return SimulatedBoard.build(
        [shell, *images.rtl],
        shell_name(images.interface),
        folder,
        divisor=DIVISOR,
        timeout_bits=TIMEOUT_BITS,
    )


def test_a_thousand_images_have_no_wrong_class(images, board):
    with board.running() as port:
        answers = ask(images.path, port, patience=60)
    answers.check()
    assert (len(answers.words), answers.wrong, answers.retries) == (ROWS, 0, 0)
    assert answers.accuracy > 0.8


def test_a_thousand_images_over_a_bad_line_have_no_wrong_class(images, board):
    """A request is 790 bytes: with these faults about one in six is lost on the way."""
    faults = {"drop": 1e-4, "flip": 1e-4, "spike": 0.01, "reset": 2e-5, "back": 1e-3}
    with board.running(faults, seed=1) as port:
        answers = ask(images.path, port, patience=2, retries=20)
    answers.check()
    assert answers.retries > ROWS / 20
    assert len(board.faults()) == len(faults)


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s-12f", "tang-nano-9k", "arty-a7-35t"])
def test_a_small_net_is_built_for_each_board(db2hdl, small_model, tmp_path, name):
    save(tmp_path / "m.dbnet", small_model)
    outcome = db2hdl("build", tmp_path / "m.dbnet", "--board", name, "-o", tmp_path / "b", "--json")
    assert outcome.code == 0, outcome.err
    record = outcome.json
    board = find_board(name)
    assert 0 < record["luts"] < board.luts
    assert 0 < record["ffs"] < board.ffs
    assert any("yosys" in tool for tool in record["tools"])
    if board.bitstream:
        assert record["fmax_mhz"] >= record["shell_mhz"]
        assert record["bitstream_bytes"] > 10_000
    kept = load(tmp_path / "b" / "ip" / "model.dbnet").hard
    assert model_hash(kept) == record["model_hash"] == model_hash(small_model.hard)
    assert json.loads((tmp_path / "b" / "build.json").read_text())["board"] == name


@pytest.mark.parametrize("target", ["ice40", "ecp5"])
def test_the_synthesised_shell_answers_like_the_written_one(small_bundle, tmp_path, target):
    """What Yosys made of shell and core, with the vendor's cell models, behind the same wires."""
    from db2hdl_hw.synth import synthesise
    from db2hdl_hw.synth.yosys import find_yosys

    bundle, shell = Bundle.open(small_bundle), tmp_path / "shell.v"
    top = shell_name(bundle.interface)
    shell.write_text(uart_verilog(bundle.interface, DIVISOR, timeout_bits=60, clock_divider=2))
    done = synthesise([shell, *bundle.rtl], top, target, keep_hierarchy=False)
    models = find_yosys().share / target / "cells_sim.v"
    board = SimulatedBoard.build(
        [done.netlist_verilog, models],
        top,
        tmp_path,
        divisor=DIVISOR,
        timeout_bits=60,
        divider=2,
    )
    with board.running() as port:
        answers = ask(small_bundle, port, patience=60)
    assert (answers.wrong, answers.retries, len(answers.words)) == (0, 0, 40)
