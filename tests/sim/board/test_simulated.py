"""A net behind its simulated UART: every word is answered, whatever happens on the wires."""

import os
from pathlib import Path

import numpy as np
import pytest

from db2hdl_hw.boards.device import Device, connect
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.frames import PROTOCOL
from db2hdl_hw.tools import find_verilator
from db2hdl_sim.board.simulated import SimulatedBoard

PATIENCE = 20.0
"""Seconds: simulated time, not the machine's load, decides when an answer is late."""

NOISE = {"drop": 0.01, "flip": 0.01, "spike": 0.05, "reset": 0.002}


@pytest.fixture(scope="module")
def bundle(_exported: Path) -> Bundle:
    return Bundle.open(_exported)


@pytest.fixture(scope="module")
def board(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> SimulatedBoard:
    try:
        find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("board")
    shell = folder / "shell.v"
    shell.write_text(uart_verilog(bundle.interface, 4, timeout_bits=60, clock_divider=2))
    return SimulatedBoard.build(
        [shell, *bundle.rtl],
        shell_name(bundle.interface),
        folder,
        divisor=4,
        timeout_bits=60,
        divider=2,
    )


def wrong(device: Device, bundle: Bundle, times: int = 1) -> int:
    """Return how many words are answered wrong."""
    identity = device.who()
    words = np.tile(bundle.inputs(), (times, 1))
    expected = np.tile(bundle.expected(), (times, 1))
    got = np.array(list(device.classify(words, identity)))
    return int((got != expected).any(axis=1).sum())


def test_it_says_who_it_is(board: SimulatedBoard, bundle: Bundle) -> None:
    face = bundle.interface
    with board.running() as port, connect(port, patience=PATIENCE) as device:
        identity = device.who()
    assert identity.model_hash == face.model_hash
    assert (identity.input_bits, identity.output_bits) == (face.input_width, face.output_width)
    assert identity.protocol == PROTOCOL


def test_every_word_is_answered(board: SimulatedBoard, bundle: Bundle) -> None:
    with board.running() as port, connect(port, patience=PATIENCE) as device:
        assert (wrong(device, bundle), device.retried) == (0, 0)


def test_spikes_cost_not_even_a_retry(board: SimulatedBoard, bundle: Bundle) -> None:
    with board.running({"spike": 0.5}) as port, connect(port, patience=PATIENCE) as device:
        assert (wrong(device, bundle), device.retried) == (0, 0)
    assert board.faults()["spike"] > 50


def test_noise_lost_bytes_and_resets_cost_retries_only(
    board: SimulatedBoard, bundle: Bundle
) -> None:
    # A board that was reset in mid-frame says nothing: the host waits, then asks again.
    with (
        board.running(NOISE, seed=1) as port,
        connect(port, patience=0.3, retries=20) as device,
    ):
        assert wrong(device, bundle, times=10) == 0
        assert device.retried > 10
    assert board.faults().keys() == NOISE.keys()


def test_answers_that_lose_bytes_are_asked_for_again(board: SimulatedBoard, bundle: Bundle) -> None:
    # Only a lost flag makes the host wait; the rest it notices at once.
    with (
        board.running({"back": 0.01}, seed=2) as port,
        connect(port, patience=0.3, retries=20) as device,
    ):
        assert wrong(device, bundle) == 0
        assert device.retried > 0


def test_a_line_that_loses_everything_is_given_up(board: SimulatedBoard, bundle: Bundle) -> None:
    with (
        board.running({"drop": 1.0}) as port,
        connect(port, patience=0.0, retries=2) as device,
        pytest.raises(InputError, match="nothing answers at /dev/pts/"),
    ):
        device.who()


def test_a_board_that_stops_answering_is_told_with_its_row(
    board: SimulatedBoard, bundle: Bundle
) -> None:
    with (
        board.running() as port,
        connect(port, patience=PATIENCE, retries=1) as device,
    ):
        identity = device.who()
        words = np.zeros((1, bundle.interface.input_width + 8), bool)
        with pytest.raises(ToolError, match=r"did not answer row 1 in 2 tries; .* wrong length"):
            list(device.classify(words, identity))


def test_an_unknown_fault_is_refused(board: SimulatedBoard) -> None:
    with pytest.raises(InputError, match="no fault 'rain'"), board.running({"rain": 1}):
        pass


def test_verilog_that_does_not_compile_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.v").write_text("module bad(;\n")
    with pytest.raises(ToolError, match="could not build the board"):
        SimulatedBoard.build([tmp_path / "bad.v"], "bad", tmp_path, divisor=4, timeout_bits=9)
