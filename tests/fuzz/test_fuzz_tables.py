"""Tables: CSV made of awkward cells, NPZ of awkward arrays, IDX; changed, read, and read again."""

import csv
import gzip
import io
import struct
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from fuzz_tools import NUMBERS, Finding, Mutator, examples, little_memory, only_inside, refused

from db2hdl.data import csv_file, idx, labels, read_table, split_table
from db2hdl.data.table import Table
from db2hdl.features import encode_rows

CELLS = [
    *("0", "1", "1.0", "01", "-0", "+1", "1.", ".5", "1e3", "1E-3", " 1", "1 ", "0.1", "2.50"),
    *("9007199254740992", "9007199254740993", "1700000000000000001", "18446744073709551615"),
    *("18446744073709551616", "-9223372036854775808", "1e400", "nan", "inf", "NA", "", "?", "None"),
    *("true", "no", "1_0", "1,5", "1,234", "1.234,5", "0x10", "\u0661", "x", "9" * 400, "'", "\0"),
    *("0.1000000000000000055", "1e-400", "4.9e-324", "0.30000000000000004"),
]
NUMERIC = ["0", "1", "2", "1.5", "-3", "9007199254740993", "9007199254740992", "1e9", "0.25"]
LABELS = ["a", "b", "1", "0", "1.0", "01", "NA", "null", "", "1e0", "yes", "-0", "\u202e"]


def csv_bytes(rng: Mutator) -> bytes:
    """A table; mostly of numbers, now and then with an awkward cell, row or byte."""
    columns, rows = rng.randint(1, 4), rng.randint(1, 14)
    pools = [rng.sample(NUMERIC, rng.randint(1, 4)) for _ in range(columns)]
    names = [rng.choice([f"c{i}", f"c {i}", f"{i}", "1.5"]) for i in range(columns)]
    kinds = rng.sample(LABELS, 2) if rng.random() < 0.3 else ["a", "b"]
    table = [[*names, "l"]]
    table += [[*map(rng.choice, pools), rng.choice(kinds)] for _ in range(rows)]
    if rng.random() < 0.5:
        row = rng.randrange(len(table))
        table[row][rng.randrange(len(table[row]))] = rng.choice(CELLS)
    out = io.StringIO()
    quote = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    ends = rng.choice(["\n", "\r\n"])
    csv.writer(out, delimiter=rng.choice(",;\t"), quoting=quote, lineterminator=ends).writerows(
        table
    )
    data = out.getvalue().encode()
    return rng.bytes(data, 2) if rng.random() < 0.2 else data


def cells_of(data: bytes) -> list[list[str]] | None:
    """What Python's own reader makes of a table, by the delimiter that fits its first line."""
    text = data.decode("utf-8-sig")
    first = text.splitlines()[0]
    for delimiter in ",;\t":
        if delimiter in first:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            return [row for row in rows if row and row != [""]]
    return None


def check_table(table: Table, data: bytes, what: str) -> None:
    """Every number is what the file says, up to float64 or exactly; labels are told apart well."""
    rows = cells_of(data)
    if rows is None or "l" not in rows[0]:
        return
    place = rows[0].index("l")
    body = [row for row in rows[1:] if len(row) == len(rows[0])]
    if len(body) != len(table.labels):
        return  # blank lines or quotes that the two read differently
    columns = [i for i in range(len(rows[0])) if i != place]
    for i, column in enumerate(columns):
        said: dict[object, Decimal] = {}
        for row, value in zip(body, table.values[:, i].tolist(), strict=True):
            try:
                exact = Decimal(row[column].strip())
            except ArithmeticError:
                continue  # yes and no
            if (int(exact) if isinstance(value, int) else float(exact)) != value:
                raise Finding(f"{what}: {row[column]!r} became {value!r}")
            if said.setdefault(value, exact) != exact:
                raise Finding(f"{what}: {exact} and {said[value]} became one")
    found: dict[str, set[int]] = {}
    for row, label in zip(body, table.labels.tolist(), strict=True):
        if row[place].strip().lower() in ("", "na", "null", "none", "?", "nan"):
            raise Finding(f"{what}: the missing label {row[place]!r} is a class")
        key = row[place].strip()
        found.setdefault(str(float(key)) if key.isascii() and key.isdigit() else key, set()).add(
            label
        )
    if any(len(indices) > 1 for indices in found.values()):
        raise Finding(f"{what}: one label is two classes: {found}")


def check_codes(table: Table, seed: int, what: str) -> None:
    """The codes are the same twice, and columns that can be exact are."""
    dataset = refused(lambda: split_table(table, seed), what)
    if dataset is None:
        return
    again = split_table(table, seed)
    if (again.train.codes != dataset.train.codes).any() or again.features != dataset.features:
        raise Finding(f"{what}: coded differently the second time")
    codes = encode_rows(dataset.features, table.values)
    for i, feature in enumerate(dataset.features):
        column = table.values[:, i]
        low, high = min(column), max(column)
        if all(v == v // 1 for v in column) and int(high) - int(low) < 1 << feature.bits:
            trained = [v for v in column if 0 <= int(v) - int(feature.offset) <= feature.top]
            if len(set(trained)) > len(set(codes[:, i])):
                raise Finding(f"{what}: {feature.name} lost whole numbers")


def fuzz_csv(scratch: Path, count: int, seed: int = 0) -> int:
    """Try so many tables; return how many were accepted."""
    accepted, path = 0, scratch / "t.csv"
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"csv fuzzer, {seed}, {example}"
        data = csv_bytes(rng)
        path.write_bytes(data)
        table = refused(lambda: read_table(path, "l"), what)
        if table is not None:
            accepted += 1
            check_table(table, data, what)
            check_codes(table, example, what)
    return accepted


def npz_bytes(rng: Mutator) -> bytes:
    rows, columns = rng.randint(0, 6), rng.randint(1, 3)
    dtype = rng.choice(["f8", "f4", "i8", "u8", "i1", "?", "f2", "c16", "U3", "M8[ns]", "g"])
    pool = [n for n in NUMBERS if abs(n) < 1 << 63]
    values = np.array([rng.choice(pool) for _ in range(rows * columns)], object)
    with np.errstate(all="ignore"):
        try:
            x = values.astype(dtype).reshape(rows, columns)
        except (ValueError, OverflowError, TypeError):
            x = np.zeros((rows, columns), "i8")
    y = np.array([rng.choice(LABELS) for _ in range(rows)], "U8")
    arrays = {"X": x, "y": y if rng.random() < 0.5 else np.arange(rows) % 2}
    if rng.random() < 0.3:
        arrays["class_names"] = np.array(rng.sample(LABELS, 2), "U8")
    if rng.random() < 0.3:
        arrays["feature_names"] = np.array([f"f{i}" for i in range(columns + rng.randrange(2))])
    out = io.BytesIO()
    np.savez(out, **arrays)
    return rng.bytes(out.getvalue()) if rng.random() < 0.5 else out.getvalue()


def fuzz_npz(scratch: Path, count: int, seed: int = 0) -> None:
    path = scratch / "t.npz"
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"npz fuzzer, {seed}, {example}"
        path.write_bytes(npz_bytes(rng))
        table = refused(lambda: read_table(path), what)
        if table is not None:
            if any(name.lower() in ("", "na", "null") for name in table.classes):
                raise Finding(f"{what}: a missing label is a class: {table.classes}")
            check_codes(table, example, what)


def idx_bytes(rng: Mutator) -> bytes:
    shape = [rng.randint(0, 4) for _ in range(3)]
    body = rng.randbytes(int(np.prod(shape)))
    if rng.random() < 0.2:
        shape[rng.randrange(3)] = rng.choice([1 << 16, 1 << 28, (1 << 32) - 1])
    data = struct.pack(">HBB3I", 0, 8, 3, *shape) + body
    data = rng.bytes(data, 2) if rng.random() < 0.6 else data
    packed = gzip.compress(data) if rng.random() < 0.5 else data
    return rng.bytes(packed, 1) if rng.random() < 0.3 else packed


def fuzz_idx(scratch: Path, count: int, seed: int = 0) -> None:
    path = scratch / "images"
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"idx fuzzer, {seed}, {example}"
        data = idx_bytes(rng)
        path.write_bytes(data)
        with little_memory(what):
            found = refused(lambda: idx.read_idx(path, 3), what)
        if found is not None:
            plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            if plain[16:] != found.tobytes() or struct.unpack(">3I", plain[4:16]) != found.shape:
                raise Finding(f"{what}: other images than in the file")


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_tables(tmp_path, long):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with only_inside(scratch):
        assert fuzz_csv(scratch, examples(500, long)) > 100
        fuzz_npz(scratch, examples(200, long))
        fuzz_idx(scratch, examples(300, long))


def test_missing_labels_taken_for_classes_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "MISSING", frozenset())
    with pytest.raises(Finding, match="missing label"):
        fuzz_csv(tmp_path, 500)
    with pytest.raises(Finding, match="missing label"):
        fuzz_npz(tmp_path, 500)


def test_merged_whole_numbers_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file.TextColumns, "_exact", lambda self, column, values: values)
    with pytest.raises(Finding, match="became"):
        fuzz_csv(tmp_path, 500)


def test_spellings_taken_for_classes_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "key_of", str.strip)
    monkeypatch.setattr(labels, "_check_numbers", lambda keys, place: None)
    with pytest.raises(Finding, match="is two classes"):
        fuzz_csv(tmp_path, 3000)


def test_a_wrong_size_of_images_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "prod", lambda shape: 1)
    with pytest.raises(Finding):
        fuzz_idx(tmp_path, 300)
