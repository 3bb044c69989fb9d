"""Only plain files of a bounded size are read, and nothing else is even opened."""

import os
import socket
from contextlib import chdir

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.errors import InputError
from db2hdl_hw.system import reading
from db2hdl_hw.system.reading import PLAIN_NAME, plain_copy, read_bytes, read_text


def test_a_plain_file(tmp_path):
    (tmp_path / "a.v").write_text("module")
    assert read_text(tmp_path / "a.v") == "module"
    assert read_bytes(tmp_path / "a.v", 6) == b"module"
    with pytest.raises(InputError, match=r"a\.v has 6 bytes, more than the 5 allowed"):
        read_bytes(tmp_path / "a.v", 5)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "gone")
    (tmp_path / "b.v").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_text(tmp_path / "b.v")


def make(path, kind):
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one, chdir(path.parent):
            one.bind(path.name)
    elif kind == "link":
        (path.parent / "target").write_text("text")
        path.symlink_to("target")
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


@pytest.mark.parametrize("kind", ["fifo", "socket", "link", "zero", "folder"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, kind):
    make(tmp_path / "a.v", kind)
    with pytest.raises(InputError, match=r"a\.v"):
        read_bytes(tmp_path / "a.v")


def test_a_device_is_refused_at_once():
    with pytest.raises(InputError, match="/dev/zero is no plain file"):
        read_bytes(reading.Path("/dev/zero"))


def test_every_kind_of_file_has_a_limit():
    for name in ("interface.json", "top.v", "model.dbnet", "test_inputs.hex", "x"):
        assert 0 < reading.max_bytes(name) <= 1 << 30
    assert reading.max_bytes("build.json") == reading.MB


def test_a_file_larger_than_its_kind(tmp_path):
    with (tmp_path / "interface.json").open("wb") as file:
        file.truncate(1 << 40)  # it takes no room
    with pytest.raises(InputError, match="more than the"):
        read_bytes(tmp_path / "interface.json")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1))
def test_tools_see_plain_names_only(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("copy")
    if len(name.encode()) > 200 or name in (".", ".."):
        return
    (folder / "in").mkdir()
    (folder / "in" / name).write_text("text")
    copy = plain_copy(folder / "in" / name, folder / "out")
    assert PLAIN_NAME.fullmatch(copy.name) and copy.read_text() == "text"
    assert copy.parent == folder / "out"


@pytest.mark.parametrize(
    "name", ["--pipe-filter", "-o", ".hidden", "a b", "a\nb", "$(x).v", "[x].v", 'a"b', "a'b", "ä"]
)
def test_names_that_are_not_plain(name):
    assert not PLAIN_NAME.fullmatch(name)
