"""Every bad input gets one clear line, the right exit code, and leaves nothing half-written."""

import os
import stat
import struct
import zipfile

import pytest

GOOD = "a,size,ok\n" + "0,1.5,no\n1,2.5,yes\n" * 10

TABLES = {
    "empty": ("", "ok", "the file is empty"),
    "header only": ("a,ok\n", "ok", "no rows"),
    "wrong label": (GOOD, "okay", "did you mean 'ok'"),
    "one class": ("a,ok\n1,yes\n0,yes\n", "ok", "at least two classes"),
    "nan": (GOOD + "nan,1.0,no\n", "ok", "line 22, column 'a': NaN"),
    "text": (GOOD + "0,long,no\n", "ok", "line 22, column 'size': 'long' is not a number"),
    "empty cell": (GOOD + "0,,no\n", "ok", "line 22, column 'size': empty cell"),
    "infinite": (GOOD + "0,inf,no\n", "ok", "line 22, column 'size': an infinite number"),
    "not 0 or 1": (GOOD + "2,1.0,no\n", "ok", "line 22, column 'a': 2 in a boolean column"),
    "uneven": (GOOD + "0,1.0\n", "ok", "line 22: 2 cells, but the header has 3 columns"),
    "duplicate": ("a,a,ok\n1,0,no\n0,1,yes\n", "ok", "2 columns have the name 'a'"),
    "label only": ("ok\nno\nyes\n", "ok", "no column beside the label"),
    "binary": ("\0\1\2", "a", "NUL bytes"),
}


def one_line(done, code, words=""):
    """Whether a command failed with one line and this code."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert words in done.stderr
    return True


@pytest.mark.parametrize("case", TABLES)
def test_tables(db2hdl, tmp_path, case):
    text, label, words = TABLES[case]
    (tmp_path / "t.csv").write_text(text)
    argv = ["--data", tmp_path / "t.csv", "--label", label, "--bit-column", "a"]
    if case in ("empty", "label only", "binary"):
        argv = argv[:4]
    outcome = db2hdl("train", *argv, "-o", tmp_path / "m.dbnet")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert words in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_missing_table_in_a_process_of_its_own(command, tmp_path):
    done = command("train", "--data", tmp_path / "no.csv", "--label", "ok", "-o", tmp_path / "m")
    assert one_line(done, 2, "no such file")
    assert list(tmp_path.iterdir()) == []


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("weights", bytes(50_000_000))


def huge_header(path):
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def huge_tensor(path):
    header = b'{"w":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,8]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))


@pytest.mark.parametrize(
    "make",
    [
        zip_bomb,
        huge_header,
        huge_tensor,
        lambda path: path.write_text("plain text"),
        lambda path: path.write_bytes(b""),
        lambda path: path.mkdir(),
        os.mkfifo,
    ],
    ids=["zip bomb", "huge header", "huge tensor", "text", "empty", "folder", "pipe"],
)
@pytest.mark.parametrize("argv", [["info"], ["export", "-o", "b"]], ids=["info", "export"])
def test_files_that_are_no_model(db2hdl, tmp_path, monkeypatch, make, argv):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "m.dbnet")
    outcome = db2hdl(*argv, "m.dbnet")
    assert (outcome.code, outcome.out) == (2, "")
    assert "m.dbnet" in outcome.err and outcome.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["m.dbnet"]


def test_a_truncated_model(db2hdl, parts_model, tmp_path):
    data = parts_model.read_bytes()
    for keep in (7, 100, len(data) // 2, len(data) - 1):
        (tmp_path / "m.dbnet").write_bytes(data[:keep])
        outcome = db2hdl("info", tmp_path / "m.dbnet")
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("interface.json", "no json"),
        ("interface.json", "{}"),
        ("rtl/nets.json", None),
        ("rtl/top.v", None),
        ("rtl/top.v", "module top(; endmodule"),
        ("rtl/top.v", "module other; endmodule"),
        ("model.dbnet", "plain text"),
        ("vectors/test_inputs.hex", ""),
        ("vectors/test_inputs.hex", "xyz\n"),
        ("vectors/test_expected.hex", None),
    ],
)
def test_damaged_bundles(db2hdl, small_bundle, file, text):
    if text is None:
        (small_bundle / file).unlink()
    else:
        (small_bundle / file).write_text(text)
    outcome = db2hdl("sim", small_bundle)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1


def test_zero_vectors_are_no_pass(db2hdl, small_bundle, tmp_path):
    (tmp_path / "rows.csv").write_text("[red]ok?,clk,Größe in mm\n")
    outcome = db2hdl("sim", small_bundle, "--data", tmp_path / "rows.csv")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "no rows" in outcome.err


@pytest.fixture
def path_with(tmp_path, monkeypatch):
    """Return a function that puts a script of its own first on PATH, and nothing else there."""

    def put(name, script):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        if script is not None:
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod((folder / name).stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder))

    return put


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "apt-get install iverilog"),
        ("echo Icarus Verilog version 10.3", "too old"),
        ("echo Icarus Verilog version 11.0; case $1 in -V) ;; *) kill -9 $$;; esac", "Icarus"),
    ],
    ids=["missing", "too old", "dies"],
)
def test_a_simulator_that_does_not_work_is_exit_3(db2hdl, small_bundle, path_with, script, words):
    path_with("iverilog", script)
    outcome = db2hdl("sim", small_bundle, "--simulator", "icarus")
    assert (outcome.code, outcome.out) == (3, "")
    assert words in outcome.err and outcome.err.count("\n") == 1


def test_no_compiler_is_exit_3(db2hdl, small_bundle, path_with):
    path_with("perl", "exit 0")
    outcome = db2hdl("sim", small_bundle)
    assert (outcome.code, outcome.out) == (3, "")
    assert "apt-get install make" in outcome.err and outcome.err.count("\n") == 1
