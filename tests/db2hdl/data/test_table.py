"""Reading tables: what is accepted, and one clear line for everything else."""

import io
from pathlib import Path

import numpy as np
import pytest

from db2hdl.data import read_rows, read_table, split_table
from db2hdl.features import Feature, encode_rows
from db2hdl_hw.errors import InputError

GOOD = "a,b,pass\n1,0,yes\n2.5,1,no\n-3,1,yes\n"


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "parts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace(",", ", "),
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace("a,b", '"a","b"').replace("2.5", '"2.5"'),
        GOOD + "   \n",
    ],
)
def test_every_usual_way_of_writing_a_csv_gives_the_same_table(write, content):
    table = read_table(write(content), "pass")
    assert table.names == ("a", "b")
    assert table.values.tolist() == [[1, 0], [2.5, 1], [-3, 1]]
    assert table.classes == ("no", "yes")
    assert table.labels.tolist() == [1, 0, 1]
    assert len(table.sha256) == 64


def test_awkward_column_names_stay_as_they_are(write):
    names = ["x", "clk", "class_index", "a b", "a_b", "Größe, mm", 'the "best"', "module", "1st"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    row = ",".join("1" for _ in names)
    table = read_table(write(f"{header},l\n{row},0\n{row},1\n"), "l")
    assert table.names == tuple(names)


def test_boolean_words_count_as_bits(write):
    table = read_table(write("a,b,l\ntrue,Yes,0\nFALSE,no,1\n1,0,1\n"), "l")
    assert table.values.tolist() == [[1, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["b", "a", "10"], ("10", "a", "b")),
        (["1.5", "1", "2"], ("1", "1.5", "2")),
    ],
)
def test_classes_are_in_numeric_or_else_alphabetical_order(write, labels, classes):
    table = read_table(write("a,l\n" + "".join(f"1,{label}\n" for label in labels)), "l")
    assert table.classes == classes
    assert [table.classes[i] for i in table.labels] == labels


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "parts.csv: the file is empty"),
        (" \n\n", "parts.csv: the file is empty"),
        ("a,b,pass\n", "no rows below the header"),
        (
            "a,b,pass\n1,2,x\n\n1,2\n",
            "parts.csv, line 4: 2 cells, but the header has 3 columns",
        ),
        ("a,b,a,pass\n1,2,3,x\n", r"2 columns have the name 'a' \(1, 3\)"),
        ("a,,pass\n1,2,x\n", "column 2 has no name"),
        ("a,b,pas\n1,2,x\n", "unknown label column 'pass'; did you mean 'pas'?"),
        ("a,b,pass\n1,2,x\n3,4,x\n", "every label is 'x'"),
        ("a,b,pass\n1,2,x\n3,,y\n", "line 3, column 'b': empty cell"),
        ("a,b,pass\n1,2,x\n3,nan,y\n", "line 3, column 'b': NaN"),
        ("a,b,pass\n1,2,x\n3,-inf,y\n", "line 3, column 'b': an infinite number"),
        ("a,b,pass\n1,2,x\n3,red,y\n", "line 3, column 'b': 'red' is not a number"),
        ("a,b,pass\ntrue,2,x\n3,4,y\n", "line 2, column 'a': 'true' is not a number"),
        ("a,b,pass\n1_0,2,x\n3,4,y\n", "line 2, column 'a': '1_0' is not a number"),
        ("a;b;pass\n1,5;2;x\n3;4;y\n", "line 2, column 'a': '1,5' has a decimal comma"),
        ('a,b,pass\n"1\n",2,x\n3,4,y\n5,z,y\n', "line 5, column 'b': 'z'"),
        ("a,b,pass\n1,2,\n3,4,y\n", "line 2, column 'pass': empty label"),
        ('a,b,pass\n1,"2,x\n3,4,y\n', "line 2: unexpected end of data"),
        ("pass\nx\ny\n", "no column beside the label"),
        (b"a,pass\n\xff,1\n", "byte 7 is not UTF-8"),
        (b"a,pass\n\x00,1\n", "NUL"),
        ("a,pass\n" + "".join(f"1,{i}\n" for i in range(257)), "257 different values"),
    ],
)
def test_a_bad_file_is_one_clear_line(write, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read_table(write(content), "pass")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_table(tmp_path / "none.csv", "l")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path, "l")


def test_the_label_must_be_named(write):
    with pytest.raises(InputError, match="--label"):
        read_table(write(GOOD))


def test_declared_bit_columns_are_checked(write):
    path = write(GOOD)
    read_table(path, "pass", bits=["b"])
    with pytest.raises(InputError, match=r"line 3, column 'a': 2\.5 in a boolean column"):
        read_table(path, "pass", bits=["a"])
    with pytest.raises(InputError, match="unknown column 'bb'; did you mean 'b'"):
        read_table(path, "pass", bits=["bb"])
    with pytest.raises(InputError, match="is the label"):
        read_table(path, "pass", bits=["pass"])


def test_ten_thousand_columns_are_read(write):
    random = np.random.default_rng(0)
    values = random.integers(0, 1000, (300, 10_000))
    lines = [",".join([*(f"c{i}" for i in range(10_000)), "l"])]
    lines += [",".join(map(str, [*row, i % 2])) for i, row in enumerate(values.tolist())]
    path = write("\n".join(lines))
    table = read_table(path, "l")
    assert table.values.shape == (300, 10_000)
    assert (table.values == values).all()


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


X = np.array([[0.5, 1], [2, 0], [3, 1]])


def test_an_npz_file_with_and_without_names(write):
    table = read_table(write(npz(X=X, y=[2, 10, 2]), "d.npz"))
    assert table.names == ("x0", "x1")
    assert table.classes == ("2", "10")
    assert table.labels.tolist() == [0, 1, 0]
    named = npz(X=X, y=[1, 0, 1], feature_names=["a", "b"], class_names=["no", "yes"])
    table = read_table(write(named, "d.npz"))
    assert table.names == ("a", "b")
    assert table.classes == ("no", "yes")
    assert table.labels.tolist() == [1, 0, 1]
    texts = read_table(write(npz(X=X, kind=np.array(["q", "p", "q"])), "d.npz"), "kind")
    assert texts.classes == ("p", "q")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X, "y": [0, 1, 0]}, "has no array X of features; it holds x, y"),
        ({"X": X, "z": [0, 1, 0]}, "unknown label array 'y'"),
        ({"X": X, "y": [0, 1]}, r"y must have the shape \[3\]"),
        ({"X": X[0], "y": [0]}, "X must be a table"),
        ({"X": X[:0], "y": []}, "X is empty"),
        ({"X": X, "y": [0, 0, 0]}, "every label is '0'"),
        ({"X": X, "y": [0, 0, 0], "class_names": ["a", "b"]}, "every label is '0'"),
        ({"X": X, "y": [0, 2, 0], "class_names": ["a", "b"]}, "row 1: '2' is no index"),
        ({"X": X, "y": [0, 1, 0], "class_names": ["a", "a"]}, "must differ"),
        ({"X": X, "y": [0, 1, 0], "feature_names": ["a"]}, "1 feature_names"),
        ({"X": X, "y": [0, 1, 0], "feature_names": ["a", "a"]}, "2 columns have the name"),
        ({"X": X, "y": [0, 1, 0], "feature_names": [1, 2]}, "must be a list of texts"),
        ({"X": X * np.nan, "y": [0, 1, 0]}, "X row 0, column 'x0': NaN"),
        ({"X": X, "y": [0, np.nan, 0]}, "y row 1: the label is nan"),
        ({"X": X, "y": np.array([0, "a", None], dtype=object)}, "not a readable NPZ file"),
    ],
)
def test_a_bad_npz_file_is_one_clear_line(write, arrays, message):
    with pytest.raises(InputError, match=message) as caught:
        read_table(write(npz(**arrays), "d.npz"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"plain text", npz(X=X, y=[0, 1, 0])[:200], b"PK\x03\x04"])
def test_a_broken_npz_file_is_one_clear_line(write, content):
    with pytest.raises(InputError, match="not a readable NPZ file"):
        read_table(write(content, "d.npz"))


def test_an_npz_file_that_unpacks_to_too_much_is_refused(write, monkeypatch):
    monkeypatch.setattr("db2hdl.data.npz_file.MOST_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to"):
        read_table(write(npz(X=X, y=[0, 1, 0]), "d.npz"))


def test_rows_for_a_net_are_found_by_name(write):
    features = (Feature("b"), Feature("a", "real", 8))
    assert read_rows(write(GOOD), features).tolist() == [[0, 1], [1, 2.5], [1, -3]]
    with pytest.raises(InputError, match="'c'; it is missing"):
        read_rows(write(GOOD), [Feature("c")])
    with pytest.raises(InputError, match="line 3, column 'a'"):
        read_rows(write(GOOD), [Feature("a")])


def test_rows_of_an_npz_file_are_found_by_name_or_order(write):
    features = (Feature("b"), Feature("a", "real", 8))
    named = write(npz(X=X, feature_names=["a", "b"]), "d.npz")
    assert read_rows(named, features).tolist() == X[:, ::-1].tolist()
    plain = write(npz(X=X[:, ::-1]), "d.npz")
    assert read_rows(plain, features).tolist() == X[:, ::-1].tolist()
    with pytest.raises(InputError, match="X has 2 columns"):
        read_rows(plain, features[:1])


BIG = 1 << 53


@pytest.mark.parametrize("base", [BIG, 1_700_000_000_000_000_000, -(1 << 63), (1 << 64) - 4])
@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_whole_numbers_beyond_float64_stay_apart_from_file_to_code(write, base, kind):
    column = [base + i % 4 for i in range(40)]
    if kind == "csv":
        rows = "".join(f"{n},{i % 2}.5,{'ab'[i % 2]}\n" for i, n in enumerate(column))
        path = write("n,v,l\n" + rows)
        table = read_table(path, "l")
    else:
        dtype = np.uint64 if base > 0 else np.int64
        x = np.array(column, dtype).reshape(-1, 1)
        path = write(npz(X=x, y=[i % 2 for i in range(40)], feature_names=["n"]), "n.npz")
        table = read_table(path)
    assert [int(n) for n in table.values[:, 0]] == column
    data = split_table(table)
    assert data.notes == ()
    (feature,) = data.features[:1]
    again = encode_rows([feature], read_rows(path, [feature]))
    assert again[:, 0].tolist() == [n - base for n in column]


def test_offsets_far_above_the_span_are_exact(write):
    rows = "".join(f"{1_000_000_000 + i % 4},{'ab'[i % 2]}\n" for i in range(40))
    data = split_table(read_table(write("n,l\n" + rows), "l"))
    assert data.features == (Feature("n", "real", 8, 1e9, 1.0),)
    assert set(data.train.codes[:, 0].tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", "18446744073709551616"], "line 3, column 'n': '18446744073709551616' has more than"),
        (["9007199254740993", "0.5"], "line 2, column 'n': float64 cannot hold 9007199254740993"),
        (["9007199254740993.0", "9007199254740992.0"], "of line 2 differ by less than float64"),
        (["0", "1e-400"], "line 3, column 'n': 1e-400 and 0 of line 2 differ"),
        (["1E-320", "1.0001E-320"], "line 3, column 'n': 1.0001E-320 and 1E-320 of line 2"),
        (["0.1", "0.1000000000000000055"], "line 3, column 'n': 0.1000000000000000055 and 0.1 of"),
    ],
)
def test_numbers_that_float64_would_merge_are_refused(write, cells, message):
    rows = "".join(f"{cell},{'ab'[i % 2]}\n" for i, cell in enumerate(cells))
    with pytest.raises(InputError, match=message):
        read_table(write("n,l\n" + rows), "l")


def test_numbers_of_many_digits_that_float64_tells_apart_are_taken(write):
    cells = ["0.30000000000000004", "0.3", "1e300", "6.02214076e23", "0.300", "3.0e-1"]
    rows = "".join(f"{cell},{'ab'[i % 2]}\n" for i, cell in enumerate(cells))
    table = read_table(write("n,l\n" + rows), "l")
    assert table.values[:, 0].tolist() == [float(cell) for cell in cells]
    assert table.values.dtype == np.float64


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("1.5,0.3,hi\n1.2,1.4,hi\n0.1,0.2,lo\n", "looks like a row, with the label 'hi'"),
        ("5,3,hi\n1,1,hi\n0,0,lo\n", "looks like a row, with the label 'hi'"),
        ("1.5,1.5,hi\n1.2,1.4,hi\n0.1,0.2,lo\n", "add a line of names if the first is a row"),
        ("1.5,0.3,lo\n1.2,1.4,hi\n0.1,0.2,hi\n", r"the first line looks like a row \(1\.5, 0\.3"),
    ],
)
def test_a_file_without_a_header_is_refused(write, content, says):
    with pytest.raises(InputError, match=says):
        read_table(write(content), "hi")


def test_names_that_are_numbers_are_years_or_get_a_note(write):
    assert read_table(write("2019,2020,l\n1,2,a\n3,4,b\n"), "l").notes == ()
    (note,) = read_table(write("1.5,2.5,l\n1,2,a\n3,4,b\n"), "l").notes
    assert "names of the columns are numbers (1.5, …)" in note


@pytest.mark.parametrize(
    ("cells", "says", "not_says"),
    [
        (['"1,234"', '"5,678"'], "write 1234 if it separates thousands, or else 1.234", "point"),
        (['"1,234,567"', "5"], "write 1234567 if it separates thousands", "point"),
        (['"1,23"', '"5,678"'], "decimal comma", "thousands"),
        (['"5,678"', '"1,5"'], "decimal comma", "thousands"),
    ],
)
def test_commas_in_numbers(write, cells, says, not_says):
    rows = "".join(f"{cell},{'ab'[i % 2]}\n" for i, cell in enumerate(cells))
    with pytest.raises(InputError, match=says) as caught:
        read_table(write("n,l\n" + rows), "l")
    assert not_says not in str(caught.value)
