"""Library objects come from the cache, all others from the compiler."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from db2hdl_sim.build import object_cache
from db2hdl_sim.objcache import main


@pytest.fixture
def include(tmp_path: Path) -> Path:
    folder = tmp_path / "include"
    folder.mkdir()
    (folder / "verilated.h").write_text("1")
    (folder / "verilated.cpp").write_text("1")
    (folder / "net.cpp").write_text("1")
    return folder


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A compiler that copies its source and counts its runs."""
    program = tmp_path / "compiler.py"
    program.write_text(
        "import sys\n"
        f"open({str(tmp_path / 'runs')!r}, 'a').write('.')\n"
        "text = open(sys.argv[-1]).read()\n"
        "if text == 'bad': sys.exit(3)\n"
        "open(sys.argv[-2], 'w').write(text)\n"
    )
    return ["", str(tmp_path / "cache"), sys.executable, str(program), "-c", "-o"]


def _runs(tmp_path: Path) -> int:
    return len((tmp_path / "runs").read_text())


def test_the_library_is_compiled_once(tmp_path: Path, include: Path, command: list[str]) -> None:
    for number in (1, 2):
        target = tmp_path / f"{number}.o"
        assert main([*command, str(target), str(include / "verilated.cpp")]) == 0
        assert target.read_text() == "1"
    # The command is in the key, with the name of the object.
    assert _runs(tmp_path) == 2
    (tmp_path / "1.o").unlink()
    assert main([*command, str(tmp_path / "1.o"), str(include / "verilated.cpp")]) == 0
    assert (tmp_path / "1.o").read_text() == "1"
    assert _runs(tmp_path) == 2


def test_another_library_is_another_object(
    tmp_path: Path, include: Path, command: list[str]
) -> None:
    arguments = [*command, str(tmp_path / "1.o"), str(include / "verilated.cpp")]
    assert main(arguments) == 0
    (include / "verilated.h").write_text("22")
    assert main(arguments) == 0
    assert _runs(tmp_path) == 2


def test_other_files_are_always_compiled(tmp_path: Path, include: Path, command: list[str]) -> None:
    for _ in range(2):
        assert main([*command, str(tmp_path / "n.o"), str(include / "net.cpp")]) == 0
    assert _runs(tmp_path) == 2
    assert not (tmp_path / "cache").exists()


def test_failures_are_not_kept(tmp_path: Path, include: Path, command: list[str]) -> None:
    (include / "verilated.cpp").write_text("bad")
    assert main([*command, str(tmp_path / "1.o"), str(include / "verilated.cpp")]) == 3
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written(tmp_path: Path, include: Path, command: list[str]) -> None:
    Path(command[1]).write_text("a file is in the way")
    assert main([*command, str(tmp_path / "1.o"), str(include / "verilated.cpp")]) == 0
    assert (tmp_path / "1.o").read_text() == "1"


def test_it_starts_without_any_package(tmp_path: Path, include: Path, command: list[str]) -> None:
    start = shlex.split(object_cache())
    assert start[1] == "-IS" and start[-1] == ""
    for _ in range(2):
        (tmp_path / "1.o").unlink(missing_ok=True)
        done = subprocess.run(
            [*start[:-1], *command[1:], str(tmp_path / "1.o"), str(include / "verilated.cpp")],
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0 and (tmp_path / "1.o").read_text() == "1"
    assert _runs(tmp_path) == 1
