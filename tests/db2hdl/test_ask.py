"""Rows go to a simulated board and come back; another model and a wrong net are noticed."""

import os
from dataclasses import replace

import numpy as np
import pytest

from db2hdl.ask import ask
from db2hdl.bundle import export
from db2hdl.model_file import save
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import InputError, MismatchError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_sim.board.simulated import SimulatedBoard

PATIENCE = 20.0


def rows_file(path, model):
    """Write the model's test rows as values, with their labels, to a CSV file."""
    hard = model.hard
    names = [feature.name for feature in hard.features]
    lines = [",".join([*names, "class"])]
    for codes, label in zip(model.test_codes.tolist(), model.test_labels.tolist(), strict=True):
        values = [
            code * feature.scale + feature.offset if feature.kind == "real" else code
            for code, feature in zip(codes, hard.features, strict=True)
        ]
        lines.append(",".join([*(f"{value:g}" for value in values), hard.classes[label]]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_models_own_test_rows(small_board, small_bundle):
    with small_board.running() as port:
        answers = ask(small_bundle, port, patience=PATIENCE)
    answers.check()
    assert (len(answers.words), answers.wrong, answers.retries) == (40, 0, 0)
    assert answers.accuracy == pytest.approx(0.9)


def test_a_model_file_compares_the_class(small_board, small_model, tmp_path):
    save(tmp_path / "m.dbnet", small_model)
    seen = []
    with small_board.running() as port:
        answers = ask(
            tmp_path / "m.dbnet",
            port,
            patience=PATIENCE,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert (answers.wrong, answers.words.shape, answers.accuracy) == (0, (40, 1), 0.9)
    assert seen[-1] == (40, 40)


def test_rows_of_a_file_are_coded_with_the_models_own_coding(
    small_board, small_bundle, small_model, tmp_path
):
    data = rows_file(tmp_path / "rows.csv", small_model)
    with small_board.running() as port:
        unlabelled = ask(small_bundle, port, data=data, patience=PATIENCE)
        labelled = ask(small_bundle, port, data=data, label="class", patience=PATIENCE)
    assert (unlabelled.wrong, unlabelled.accuracy) == (0, None)
    assert (labelled.wrong, labelled.accuracy) == (0, 0.9)


def test_lost_bytes_and_resets_are_survived(small_board, small_bundle):
    faults = {"drop": 0.02, "flip": 0.01, "reset": 0.005}
    with small_board.running(faults, seed=3) as port:
        answers = ask(small_bundle, port, patience=0.3, retries=20)
    assert answers.wrong == 0
    assert answers.retries > 0


def test_another_model_is_refused_with_both_hashes(small_board, small_model, tmp_path):
    other = replace(small_model, hard=replace(small_model.hard, classes=("a", "b")))
    bundle = export(other, tmp_path / "other")
    has = Bundle.open(bundle).interface.model_hash
    with small_board.running() as port, pytest.raises(MismatchError) as refused:
        ask(bundle, port, patience=PATIENCE)
    assert has in str(refused.value)
    assert str(refused.value).count("hash is") == 1


def test_a_wrong_circuit_with_the_right_hash_is_found(small_bundle, tmp_path, small_board):
    """The checker can fail: a circuit that is not the model's is told with its first row."""
    bundle = Bundle.open(small_bundle)
    core = tmp_path / "core.v"
    text = bundle.rtl[0].read_text()
    assert text.count("assign class_index = ") == 1
    core.write_text(text.replace("assign class_index = ", "assign class_index = ~ "))
    shell = tmp_path / "shell.v"
    shell.write_text(uart_verilog(bundle.interface, 4, timeout_bits=60))
    board = SimulatedBoard.build(
        [shell, core], shell_name(bundle.interface), tmp_path, divisor=4, timeout_bits=60
    )
    with board.running() as port:
        answers = ask(small_bundle, port, patience=PATIENCE)
    assert answers.wrong == 40
    with pytest.raises(MismatchError, match=r"40 of 40 answers differ .* row 1: the board says 0x"):
        answers.check()


def test_a_pipelined_core_answers_the_same(small_model, tmp_path, small_board):
    pipeline = Pipeline(stages=3, register_input=True, register_output=True)
    bundle = Bundle.open(export(small_model, tmp_path / "piped", pipeline=pipeline))
    assert bundle.interface.latency >= 4
    shell = tmp_path / "shell.v"
    shell.write_text(uart_verilog(bundle.interface, 4, timeout_bits=60))
    board = SimulatedBoard.build(
        [shell, *bundle.rtl], shell_name(bundle.interface), tmp_path, divisor=4, timeout_bits=60
    )
    with board.running() as port:
        answers = ask(bundle.path, port, patience=PATIENCE)
    assert (answers.wrong, len(answers.words)) == (0, 40)


def test_a_missing_port_is_told_with_those_that_exist(small_bundle, monkeypatch):
    monkeypatch.setattr("db2hdl_hw.boards.device.ports", lambda: ["/dev/ttyUSB7"])
    with pytest.raises(InputError, match=r"no serial port /dev/tty-none; there are: /dev/ttyUSB7"):
        ask(small_bundle, "/dev/tty-none")
    monkeypatch.setattr("db2hdl_hw.boards.device.ports", list)
    with pytest.raises(InputError, match="this machine has none"):
        ask(small_bundle, "/dev/tty-none")


@pytest.mark.parametrize(
    ("port", "baud", "said"),
    [
        ("", None, "no serial port ''"),
        ("{file}", None, "is a file or folder, no serial port"),
        ("{folder}", None, "is a file or folder, no serial port"),
        ("/dev/null", None, "does not open at 115200 baud"),
        ("{pty}", 4_000_000_000, "does not open at 4000000000 baud"),
    ],
)
def test_what_is_no_port_or_no_rate_is_told(small_bundle, port, baud, said):
    ours, theirs = os.openpty()
    names = {"file": small_bundle / "interface.json", "folder": small_bundle}
    try:
        name = port.format(**names, pty=os.ttyname(theirs))
        with pytest.raises(InputError, match=said):
            ask(small_bundle, name, baud=baud, patience=0.02, retries=0)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("divisor", [2, 3, 6, 13])
def test_a_wrong_baud_rate_is_told(small_board, small_bundle, divisor):
    """The line's bits are longer or shorter than the shell's, by more than UARTs bear."""
    with (
        replace(small_board, divisor=divisor).running() as port,
        pytest.raises(InputError, match=r"its baud rate 9600\?|at 9600 baud is no answer"),
    ):
        ask(small_bundle, port, baud=9600, patience=0.02, retries=2)


def test_a_model_without_test_rows_needs_data(small_model, tmp_path):
    empty = replace(
        small_model, test_codes=small_model.test_codes[:0], test_labels=np.zeros(0, np.int32)
    )
    save(tmp_path / "m.dbnet", empty)
    with pytest.raises(InputError, match="keeps no test rows; pass --data"):
        ask(tmp_path / "m.dbnet", "/dev/null")


def test_labels_that_the_model_does_not_know_are_refused(
    small_bundle, small_model, tmp_path, monkeypatch
):
    data = rows_file(tmp_path / "rows.csv", small_model)
    data.write_text(data.read_text().replace(",yes\n", ",yess\n"))
    with pytest.raises(InputError, match="'yess'; did you mean 'yes'"):
        ask(small_bundle, "/dev/null", data=data, label="class")
