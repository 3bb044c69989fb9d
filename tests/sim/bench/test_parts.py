"""Driver, monitor, reference and scoreboard, without a simulator."""

from pathlib import Path
from typing import Any

import pytest

from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.bench.reference import golden, words
from db2hdl_sim.bench.scoreboard import Scoreboard
from db2hdl_sim.job import Port


class Handle:
    """A signal that remembers what was written."""

    def __init__(self, text: str = "") -> None:
        self.written: list[int] = []
        self.text = text

    @property
    def value(self) -> str:
        return self.text

    @value.setter
    def value(self, value: int) -> None:
        self.written.append(value)


def test_the_driver_writes_only_changes() -> None:
    dut = {"a": Handle(), "b": Handle()}
    driver = Driver(dut, [Port("a", 2), Port("b", 3)])
    for word in (0b00000, 0b00000, 0b10100, 0b10101, 0b00101):
        driver.drive(word)
    assert dut["a"].written == [0, 1]
    assert dut["b"].written == [0, 5, 1]


def test_the_driver_writes_all_ones_first() -> None:
    dut = {"a": Handle()}
    Driver(dut, [Port("a", 2)]).drive(3)
    assert dut["a"].written == [3]


def test_the_monitor_puts_the_first_port_low() -> None:
    monitor = Monitor({"a": Handle("01"), "b": Handle("1XZ")}, [Port("a", 2), Port("b", 3)])
    assert monitor.sample() == "1XZ01"


def test_the_scoreboard_counts_all_and_describes_some() -> None:
    board = Scoreboard(keep=2)
    for got in ("01", "11", "0X", "Z1", "01"):
        board.compare(0x2F, "01", got)
    result = board.result()
    assert result["compared"] == 5
    assert result["mismatches"] == [1, 2, 3]
    assert result["described"] == [
        {"index": 1, "word": "2f", "expected": "01", "got": "11"},
        {"index": 2, "word": "2f", "expected": "01", "got": "0X"},
    ]


def test_golden_words(bundle: Any) -> None:
    job = bundle.job("icarus")
    pairs = list(golden(job))
    assert len(pairs) == job.vectors
    assert pairs[0] == (0, "0000")
    assert all(len(expected) == 4 for _, expected in pairs)


def test_golden_files_of_different_lengths(bundle: Any) -> None:
    job = bundle.job("icarus")
    job.expected.write_text("0\n")
    with pytest.raises(ValueError, match="shorter"):
        list(golden(job))


def test_words_of_some_lines(tmp_path: Path) -> None:
    path = tmp_path / "words.hex"
    path.write_text("0\n1f\n20\n3\n")
    assert words(path, 1, 2) == [0x1F, 0x20]
