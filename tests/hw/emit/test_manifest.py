"""The manifest finds every changed byte, and there is one way to write it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.emit import manifest
from db2hdl_hw.errors import InputError

PARTS = {
    "rtl/core.v": b"module core(); endmodule\n",
    "model.dbnet": b"model",
    "vectors/test_inputs.hex": b"0\n1\n",
    "empty.txt": b"",
}
EDITS = st.dictionaries(
    st.text(max_size=5),
    st.integers(-(1 << 63), (1 << 64) - 1) | st.text(max_size=5) | st.booleans(),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = manifest.make(PARTS, model_hash="ab", options={"top": "core"})
    for name, data in {**PARTS, "manifest.json": made}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_an_untouched_bundle_has_no_changes(folder: Path) -> None:
    assert not manifest.changes(folder)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "sim.json").write_text("{}")
    assert manifest.changes(folder) == manifest.Changes()
    read = manifest.read(folder)
    assert read is not None and set(read.files) == set(PARTS)
    assert (read.model_hash, read.options) == ("ab", {"top": "core"})
    assert read.tools == manifest.writers() and "amaranth" in read.tools


@pytest.mark.parametrize("name", [name for name in PARTS if PARTS[name]])
def test_each_changed_byte_is_found_and_its_file_named(folder: Path, name: str) -> None:
    for at in range(len(PARTS[name])):
        data = bytearray(PARTS[name])
        data[at] ^= 1
        (folder / name).write_bytes(data)
        assert manifest.changes(folder).edited == (name,)
    (folder / name).write_bytes(PARTS[name] + b"\n")
    assert manifest.changes(folder).lines() == [f"{name} was changed since the export"]


def test_missing_and_extra_files_are_named(folder: Path) -> None:
    (folder / "model.dbnet").unlink()
    (folder / "rtl" / "more.v").touch()
    found = manifest.changes(folder)
    assert (found.missing, found.extra) == (("model.dbnet",), ("rtl/more.v",))
    assert found.paths == ("model.dbnet", "rtl/more.v")
    (folder / "manifest.json").unlink()
    assert manifest.changes(folder).unlisted and manifest.changes(folder).lines()


def test_links_and_special_files_are_refused(folder: Path) -> None:
    (folder / "rtl" / "core.v").rename(folder / "hidden.v")
    (folder / "rtl" / "core.v").symlink_to(folder / "hidden.v")
    with pytest.raises(InputError, match=r"core\.v is a link"):
        manifest.changes(folder)
    (folder / "rtl" / "core.v").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError, match="pipe is no plain file"):
        manifest.changes(folder)
    (folder / "manifest.json").rename(folder / "elsewhere.json")
    (folder / "manifest.json").symlink_to(folder / "elsewhere.json")
    with pytest.raises(InputError, match=r"manifest\.json is a link"):
        manifest.read(folder)


@pytest.mark.parametrize("path", ["../a", "/a", "", ".", "a/../b", "a//b", "a\\b", "C:/a", "a/"])
def test_names_outside_are_refused(folder: Path, path: str) -> None:
    data = manifest.unsealed((folder / "manifest.json").read_bytes(), "here")
    data["files"][path] = {"sha256": "0" * 64, "size": 0}
    (folder / "manifest.json").write_bytes(manifest.sealed(data))
    with pytest.raises(InputError, match="inside a bundle"):
        manifest.read(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"size": 5', b'"size":  5'),
        (b'"size": 5', b'"size": 5.0'),
        (b'"size": 5', b'"size": 5e0'),
        (b'"size": 5', b'"size": NaN'),
        (b'"size": 5', b'"size": 5, "size": 5'),
        (b'"size": 5', b'"size": -5'),
        (b'"size": 5', b'"size": true'),
        (b'"version": 1', b'"version": 2'),
        (b'"model_hash": "ab"', b'"model_hash": "\\u0061b"'),
        (b'"model_hash": "ab"', b'"model_hash": "\xff"'),
        (b"}\n", b"}"),
        (b"}\n", b"}\n\n"),
        (b"}\n", b"}\r\n"),
        (b"{\n", b"\xef\xbb\xbf{\n"),
        (b'"manifest', b'"no manifest'),
        (b"db2hdl-manifest", b"db2hdl-evidence"),
        (b'"empty.txt"', b'"manifest.json"'),
        (b'"empty.txt"', b'"evidence/sim.json"'),
        (b"e3b0c44298fc1c149", b"E3B0C44298FC1C149"),
    ],
)
def test_what_is_not_canonical_is_refused(folder: Path, old: bytes, new: bytes) -> None:
    data = (folder / "manifest.json").read_bytes()
    edited = data.replace(old, new, 1)
    if edited == data:
        return
    (folder / "manifest.json").write_bytes(edited)
    with pytest.raises(InputError, match=r"manifest\.json"):
        manifest.read(folder)


def test_each_changed_byte_of_the_manifest_itself_is_found(folder: Path) -> None:
    data = (folder / "manifest.json").read_bytes()
    for at in range(len(data)):
        edited = bytearray(data)
        edited[at] ^= 1
        (folder / "manifest.json").write_bytes(edited)
        with pytest.raises(InputError, match=r"manifest\.json"):
            manifest.read(folder)


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b"[]\n", b"9" * 5000 + b"\n", b"{}\n"])
def test_hostile_bytes_are_one_error(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(InputError, match=r"manifest\.json"):
        manifest.read(folder)


@given(EDITS)
def test_canonical_bytes_come_back(value: dict[str, object]) -> None:
    try:
        data = manifest.canonical(value)
    except UnicodeEncodeError:
        return
    assert manifest.canonical(manifest.parse(data, "here")) == data
    assert manifest.canonical(dict(reversed(value.items()))) == data
