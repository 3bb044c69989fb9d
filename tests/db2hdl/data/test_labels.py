"""Labels: missing ones are refused, spellings of one number are one class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.data import read_table, split_table
from db2hdl.data.labels import key_of, match_classes, number_labels
from db2hdl_hw.errors import InputError


def labels(cells):
    indices, classes = number_labels(cells, "f.csv", lambda row: f"f.csv, line {row + 2}")
    return indices.tolist(), classes


@pytest.mark.parametrize(
    "missing",
    ["NA", "na", "N/A", "?", "null", "NULL", "None", "nan", "NaN", "", "  ", " NA ", "<NA>", "NaT"],
)
def test_a_missing_label_is_refused_with_its_line_and_number(missing):
    with pytest.raises(InputError, match=r"^f\.csv, line 3: .*label \(2 rows have none\)"):
        labels(["a", missing, "b", missing])


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["1", "1.0", "0"], ("0", "1")),
        (["01", "1", "1.", "0", "0.00", "-0", "+1"], ("0", "1")),
        (["1.50", "1.5", "2"], ("1.5", "2")),
        (["1.0", "0.0", "1.0"], ("0.0", "1.0")),
        (["01", "02", "10"], ("01", "02", "10")),
        (["1", "1.0", "a"], ("1", "a")),
        (["-1.0", "1", "-1"], ("-1", "1")),
        (["0.1", "0.1000000000000000055"], ("0.1", "0.1000000000000000055")),
        (["9007199254740993", "9007199254740992"], ("9007199254740992", "9007199254740993")),
    ],
)
def test_spellings_of_one_number_are_one_class(cells, classes):
    indices, found = labels(cells)
    assert found == classes
    assert [key_of(classes[i]) for i in indices] == [key_of(cell) for cell in cells]


@pytest.mark.parametrize("cells", [["1", "0", "1e0"], ["100", "1e2", "a"]])
def test_other_spellings_of_one_number_are_refused_with_their_line(cells):
    with pytest.raises(InputError, match=r"line \d: .* are the same number"):
        labels(cells)


@given(st.integers(-999, 999), st.integers(0, 3), st.integers(0, 3))
def test_idle_zeros_do_not_count(n, before, after):
    sign, digits = ("-", str(-n)) if n < 0 else ("", str(n))
    said = f"{sign}{'0' * before}{digits}.{'0' * after}"
    assert key_of(said) == str(n)
    assert match_classes([said], ["x", f"{n}.0"]) == [1]


def test_test_files_and_npz_files_are_read_the_same_way(tmp_path):
    import numpy as np

    rows = [f"{i},{'1' if i % 2 else '0'}" for i in range(20)]
    (tmp_path / "a.csv").write_text("x,l\n" + "\n".join(rows) + "\n")
    (tmp_path / "b.csv").write_text("x,l\n5,01\n6,0.0\n7,1.00\n")
    (tmp_path / "c.csv").write_text("x,l\n5,1\n6,0\n7,NULL\n")
    table, test = read_table(tmp_path / "a.csv", "l"), read_table(tmp_path / "b.csv", "l")
    assert split_table(table, test=test).test.labels.tolist() == [1, 0, 1]
    with pytest.raises(InputError, match=r"c\.csv, line 4, column 'l': 'NULL' is a missing label"):
        read_table(tmp_path / "c.csv", "l")
    x = np.arange(4.0)[:, None]
    np.savez(tmp_path / "d.npz", X=x, y=np.array(["1", "1.0", "01", "0"]))
    assert read_table(tmp_path / "d.npz").classes == ("0", "1")
    np.savez(tmp_path / "e.npz", X=x, y=np.array(["a", "b", "?", "b"]))
    with pytest.raises(InputError, match="y row 2: '\\?' is a missing label"):
        read_table(tmp_path / "e.npz")
    np.savez(tmp_path / "f.npz", X=x, y=[0, 1, 2, 1], class_names=["a", "b", "NA"])
    with pytest.raises(InputError, match="'NA' is a missing label"):
        read_table(tmp_path / "f.npz")
