"""Vector files: digits are those of Python's own integers, and errors name the line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from db2hdl_hw.emit.vectors import format_hex, read_hex, read_labels, write_hex, write_labels
from db2hdl_hw.errors import InputError

ROWS = st.tuples(st.integers(1, 9), st.integers(1, 70)).flatmap(lambda s: arrays(np.bool_, s))


@given(ROWS)
def test_lines_are_the_numbers(rows: np.ndarray) -> None:
    width = rows.shape[1]
    expected = [
        format(sum(1 << i for i, bit in enumerate(row) if bit), f"0{(width + 3) // 4}x")
        for row in rows
    ]
    assert format_hex(rows).decode().splitlines() == expected


@given(ROWS)
def test_reading_returns_what_was_written(tmp_path_factory: object, rows: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("v") / "v.hex"  # type: ignore[attr-defined]
    write_hex(path, rows)
    assert (read_hex(path, rows.shape[1]) == rows).all()


def test_upper_case_and_other_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "v.hex"
    path.write_bytes(b"A1\r\n0f")
    assert np.packbits(read_hex(path, 8), axis=1, bitorder="little")[:, 0].tolist() == [0xA1, 0x0F]


@pytest.mark.parametrize(
    ("text", "width", "message"),
    [
        ("", 4, "has no vectors"),
        ("1\n22\n", 4, r"v\.hex, line 2: 2 characters, but 4 bits need 1 hex"),
        ("1\n\n", 4, r"line 2: 0 characters"),
        ("1\n1\nz\n", 4, r"line 3: not a hexadecimal number"),
        ("1\né\n", 8, r"line 1: 1 characters, but 8 bits need 2"),
        ("3\n4\n", 2, r"line 2: more than 2 bits"),
        ("0x1\n", 12, r"line 1: not a hexadecimal number"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, width: int, message: str) -> None:
    path = tmp_path / "v.hex"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_hex(path, width)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*gone\.hex: No such file"):
        read_hex(tmp_path / "gone.hex", 4)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4,)])
def test_no_vectors_are_not_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="no vectors to write"):
        write_hex(tmp_path / "v.hex", np.zeros(shape, bool))
    assert list(tmp_path.iterdir()) == []


def test_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    write_labels(path, [0, 2, 1])
    assert path.read_text() == "0\n2\n1\n"
    assert read_labels(path).tolist() == [0, 2, 1]
    path.write_text("0\n-1\n")
    with pytest.raises(InputError, match=r"line 2: not the index of a class"):
        read_labels(path)
    path.write_text("")
    with pytest.raises(InputError, match="has no labels"):
        read_labels(path)
