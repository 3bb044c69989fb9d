"""A net behind its simulated UART: every word is answered, whatever happens on the wires."""

from pathlib import Path

import numpy as np
import pytest

from db2hdl_hw.boards.device import Device, connect
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.frames import PROTOCOL
from db2hdl_sim.board.simulated import SimulatedBoard

PATIENCE = 20.0
"""Seconds: simulated time, not the machine's load, decides when an answer is late."""

NOISE = {"drop": 0.01, "flip": 0.01, "spike": 0.05, "reset": 0.002}


@pytest.fixture(scope="module")
def bundle(_exported: Path) -> Bundle:
    return Bundle.open(_exported)


def wrong(device: Device, bundle: Bundle, times: int = 1) -> int:
    """Return how many words are answered wrong."""
    identity = device.who()
    words = np.tile(bundle.inputs(), (times, 1))
    expected = np.tile(bundle.expected(), (times, 1))
    got = np.array(list(device.classify(words, identity)))
    return int((got != expected).any(axis=1).sum())


def test_it_says_who_it_is(small_board: SimulatedBoard, bundle: Bundle) -> None:
    face = bundle.interface
    with small_board.running() as port, connect(port, patience=PATIENCE) as device:
        identity = device.who()
    assert identity.model_hash == face.model_hash
    assert (identity.input_bits, identity.output_bits) == (face.input_width, face.output_width)
    assert identity.protocol == PROTOCOL


def test_every_word_is_answered(small_board: SimulatedBoard, bundle: Bundle) -> None:
    with small_board.running() as port, connect(port, patience=PATIENCE) as device:
        assert (wrong(device, bundle), device.retried) == (0, 0)


def test_spikes_cost_not_even_a_retry(small_board: SimulatedBoard, bundle: Bundle) -> None:
    with small_board.running({"spike": 0.5}) as port, connect(port, patience=PATIENCE) as device:
        assert (wrong(device, bundle), device.retried) == (0, 0)
    assert small_board.faults()["spike"] > 50


def test_noise_lost_bytes_and_resets_cost_retries_only(
    small_board: SimulatedBoard, bundle: Bundle
) -> None:
    # A board that was reset in mid-frame says nothing: the host waits, then asks again.
    with (
        small_board.running(NOISE, seed=1) as port,
        connect(port, patience=0.3, retries=20) as device,
    ):
        assert wrong(device, bundle, times=10) == 0
        assert device.retried > 10
    assert small_board.faults().keys() == NOISE.keys()


def test_answers_that_lose_bytes_are_asked_for_again(
    small_board: SimulatedBoard, bundle: Bundle
) -> None:
    # Only a lost flag makes the host wait; the rest it notices at once.
    with (
        small_board.running({"back": 0.01}, seed=2) as port,
        connect(port, patience=0.3, retries=20) as device,
    ):
        assert wrong(device, bundle) == 0
        assert device.retried > 0


def test_a_line_that_loses_everything_is_given_up(
    small_board: SimulatedBoard, bundle: Bundle
) -> None:
    with (
        small_board.running({"drop": 1.0}) as port,
        connect(port, patience=0.0, retries=2) as device,
        pytest.raises(InputError, match="nothing answers at /dev/"),
    ):
        device.who()


def test_a_board_that_stops_answering_is_told_with_its_row(
    small_board: SimulatedBoard, bundle: Bundle
) -> None:
    with (
        small_board.running() as port,
        connect(port, patience=PATIENCE, retries=1) as device,
    ):
        identity = device.who()
        words = np.zeros((1, bundle.interface.input_width + 8), bool)
        with pytest.raises(ToolError, match=r"did not answer row 1 in 2 tries; .* wrong length"):
            list(device.classify(words, identity))


def test_an_unknown_fault_is_refused(small_board: SimulatedBoard) -> None:
    with pytest.raises(InputError, match="no fault 'rain'"), small_board.running({"rain": 1}):
        pass


def test_verilog_that_does_not_compile_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.v").write_text("module bad(;\n")
    with pytest.raises(ToolError, match="could not build the board"):
        SimulatedBoard.build([tmp_path / "bad.v"], "bad", tmp_path, divisor=4, timeout_bits=9)
