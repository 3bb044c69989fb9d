import shutil
import subprocess
from importlib import metadata

import pytest

from db2hdl import checkup
from db2hdl_hw.errors import InputError, ToolError


def named(name, commands=()):
    (finding,) = [f for f in checkup.examine(commands) if f.name == name]
    return finding


def test_versions_come_from_the_projects_own_requirements():
    names = [finding.name for finding in checkup.examine()]
    assert len(set(names)) == len(names)
    assert {"numpy", "torch", "amaranth", "cocotb", "verilator", "iverilog", "g++"} <= set(names)
    assert named("numpy").wanted == ">=1.26"


def test_only_what_a_command_needs():
    names = {finding.name for finding in checkup.examine(["export"])}
    assert {"numpy", "amaranth"} <= names
    assert not {"torch", "cocotb", "g++", "iverilog"} & names


def test_an_unknown_command_is_refused():
    with pytest.raises(InputError, match="did you mean 'sim'"):
        checkup.examine(["smi"])


def test_a_missing_package_names_its_extra(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "torch":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    finding = named("torch", ["train"])
    assert finding.blocking
    assert finding.remedy == "pip install 'db2hdl[train]'"


def test_an_old_package_is_blocking(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "0.1")
    finding = named("numpy")
    assert finding.blocking
    assert "numpy>=1.26" in finding.remedy


def test_a_missing_compiler_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name, **_: None)
    finding = named("g++")
    assert finding.blocking
    assert finding.remedy == "apt-get install g++"


def test_a_compiler_that_dies_is_not_fine(monkeypatch):
    def run(command, folder, **_):
        return subprocess.CompletedProcess(command, 127, stdout="", stderr="")

    monkeypatch.setattr(checkup, "run", run)
    assert named("make").blocking


def test_icarus_is_optional_and_verilator_is_not(monkeypatch):
    def missing():
        raise ToolError("it is not installed; apt-get install it")

    monkeypatch.setattr(checkup, "find_iverilog", missing)
    monkeypatch.setattr(checkup, "find_verilator", missing)
    assert not named("iverilog").ok and not named("iverilog").blocking
    assert named("verilator").blocking


def test_a_python_without_shared_library_is_found_out(monkeypatch):
    find_libpython = pytest.importorskip("find_libpython")
    monkeypatch.setattr(find_libpython, "find_libpython", lambda: None)
    assert named("libpython").blocking


def test_boards_need_what_export_needs_too():
    names = {finding.name for finding in checkup.examine(["boards"])}
    assert {"amaranth", "pyserial", "amaranth-boards", "openFPGALoader"} <= names
    assert not {"torch", "cocotb"} & names
    assert "pyserial" not in {finding.name for finding in checkup.examine(["export"])}


def test_a_loader_that_does_not_start_blocks_nothing(monkeypatch):
    from db2hdl_hw.boards import flash

    def missing():
        raise ToolError("openFPGALoader failed: no libusb; apt-get install libusb-1.0-0")

    monkeypatch.setattr(flash, "loader_version", missing)
    finding = named("openFPGALoader", ["boards"])
    assert (finding.ok, finding.blocking) == (False, False)
    assert "apt-get install libusb" in finding.remedy
