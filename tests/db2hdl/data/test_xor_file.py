"""The paper's noisy XOR and binary iris files."""

import numpy as np
import pytest

from db2hdl.data import noisy_xor, read_noisy_xor
from db2hdl_hw.errors import InputError


def test_what_is_written_is_read(tmp_path):
    table = noisy_xor(3)[0]
    path = tmp_path / "xor.txt"
    np.savetxt(path, np.column_stack([table.values, table.labels]), fmt="%d")
    read = read_noisy_xor(path)
    assert (read.values == table.values).all()
    assert (read.labels == table.labels).all()
    assert read.names == table.names
    assert read.classes == table.classes


def test_labels_of_more_classes(tmp_path):
    path = tmp_path / "iris.txt"
    path.write_text("0 1 2\n1 0 0\n1 1 1")
    table = read_noisy_xor(path)
    assert table.classes == ("0", "1", "2")
    assert table.labels.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("0 1 1\n0 1\n", "line 2: 2 columns, but the first line has 3"),
        ("0 1 1\n\n0 2 1\n", "line 3, column 2: 2 in a boolean column"),
        ("0 a 1\n0 1 1\n", "only 0 and 1"),
        ("0 1 1\n0 1 1\n", "every label"),
        ("1\n0\n", "no column beside the label"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path, content, message):
    path = tmp_path / "bad.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_noisy_xor(path)
