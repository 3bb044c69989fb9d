"""Every kind of cache survives every damage: what was kept is made again, and nobody crashes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db2hdl.mutate.state import State
from db2hdl.nn import compiled
from db2hdl.prove import chain, task
from db2hdl.prove.result import LinkResult
from db2hdl.prove.task import Task
from db2hdl_hw.mutate.decide import EQUIVALENT, Verdict
from db2hdl_hw.prove.memory import Memory
from db2hdl_hw.synth.synthesis import synthesise
from db2hdl_hw.synth.yosys import Yosys
from db2hdl_hw.system.cache import KINDS, SWITCH, Cache
from db2hdl_sim import mutants, objcache


@dataclass
class Scenario:
    """A use of one kind of cache: ``run`` returns what the user gets, which must be ``right``."""

    run: Callable[[], object]
    right: object
    made: list[int]
    """One item for each time that it was really made."""


Maker = Callable[[Path, pytest.MonkeyPatch, Path], Scenario]


def _prove(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()

    def run_tasks(tasks, jobs, done):
        for one in tasks:
            made.append(1)
            done(one, LinkResult(one.name, "refuted", why="really"))

    monkeypatch.setattr(chain, "run_tasks", run_tasks)
    one = Task(task.LOWERED, str(bundle), "", ("sat",))

    def run() -> object:
        (link,) = chain._run([one], Cache("prove"), 1, lambda text: None)
        return link.verdict, link.why

    return Scenario(run, ("refuted", "really"), made)


def _obligations(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    path, made = Cache("obligations").path("link.proved"), list[int]()
    path.parent.mkdir(parents=True, exist_ok=True)

    def run() -> object:
        memory = Memory(path)
        if "sat 1" not in memory:
            made.append(1)
            memory.add(["sat 1", "sat 2"])
        memory.save()
        return "sat 1" in memory, memory._known <= {"sat 1", "sat 2"}

    return Scenario(run, (True, True), made)


def _read(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()
    text = json.dumps({"modules": {"top": {}}})

    def run() -> object:
        return task._Run(Task(task.RTL, str(bundle), "", ()), None)._kept(
            "rtl", "module", lambda: (made.append(1), text)[1]
        )

    return Scenario(run, text, made)


def _synth(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()

    class Fake(Yosys):
        def run(self, commands, folder, *, timeout=None):
            made.append(1)
            module = {"cells": {}, "ports": {}}
            (folder / "netlist.json").write_text(json.dumps({"modules": {"top": module}}))
            (folder / "stat.json").write_text(json.dumps({"modules": {"top": {}}}))
            (folder / "netlist.v").write_text("module top; endmodule\n")
            (folder / "yosys.log").touch()
            return folder / "yosys.log"

    source = tmp_path / "top.v"
    source.touch()

    def run() -> object:
        found = synthesise(
            [source], "top", "ice40", keep_hierarchy=True, yosys=Fake("pyosys", "0"), choice=""
        )
        return found.netlist_verilog.read_text(), found.stats["top"].luts

    return Scenario(run, ("module top; endmodule\n", 0), made)


def _mutate(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()

    def run() -> object:
        state = State("circuit", {})
        if state.get("1") is None:
            made.append(1)
            state.put("1", Verdict(EQUIVALENT, how="really"), save=True)
        known = state.get("1")
        return known and known.how

    return Scenario(run, "really", made)


def _simulator(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()
    monkeypatch.setattr(mutants, "find_simulator", lambda name: SimpleNamespace(env={}))

    def build(self: mutants.MutantSimulation) -> None:
        made.append(1)
        self._program.write_bytes(b"really")

    monkeypatch.setattr(mutants.MutantSimulation, "_build", build)

    def run() -> object:
        made_here = mutants.MutantSimulation("v", "top", 1, 1, 1, tmp_path / "build")
        return made_here._program.read_bytes()

    return Scenario(run, b"really", made)


def _kernels(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()

    def command(words: list[str]) -> str:
        if "-o" in words:
            made.append(1)
            Path(words[words.index("-o") + 1]).write_bytes(b"really")
        return ""

    monkeypatch.setattr(compiled, "_run", command)
    monkeypatch.setattr(compiled, "loaded", lambda content: None)
    source = tmp_path / "kernel.cpp"
    source.touch()
    return Scenario(lambda: compiled.build(source, "c++"), b"really", made)


def _verilator(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    made = list[int]()
    for name in ("verilated.h", "verilated.cpp"):
        (tmp_path / name).touch()

    def call(command: list[str]) -> int:
        made.append(1)
        Path(command[command.index("-o") + 1]).write_bytes(b"really")
        return 0

    monkeypatch.setattr(objcache.subprocess, "call", call)
    target = tmp_path / "v.o"
    command = ["c++", "-c", "-o", str(target), str(tmp_path / "verilated.cpp")]

    def run() -> object:
        target.unlink(missing_ok=True)
        assert objcache.main([str(tmp_path), "", *command]) == 0
        return target.read_bytes()

    return Scenario(run, b"really", made)


SCENARIOS: dict[str, Maker] = {
    "prove": _prove,
    "obligations": _obligations,
    "read": _read,
    "synth": _synth,
    "mutate": _mutate,
    "simulator": _simulator,
    "kernels": _kernels,
    "verilator": _verilator,
}


def test_every_kind_of_cache_is_damaged_here() -> None:
    assert set(SCENARIOS) == set(KINDS)


@pytest.fixture(params=sorted(SCENARIOS))
def scenario(
    request: pytest.FixtureRequest,
    small_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scenario]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "work").mkdir()
    yield SCENARIOS[request.param](small_bundle, monkeypatch, tmp_path / "work")


def _entry(tmp_path: Path) -> Path:
    """Return the one file in the cache."""
    (file,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    return file


def test_what_is_kept_is_not_made_again(scenario: Scenario, tmp_path: Path) -> None:
    assert [scenario.run() for _ in range(3)] == [scenario.right] * 3
    assert len(scenario.made) == 1
    assert _entry(tmp_path).stat().st_mode & 0o077 in (0, 0o044)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(where=st.integers(0, 1 << 20), bit=st.integers(0, 8))
def test_a_damaged_entry_is_made_again(
    scenario: Scenario, tmp_path: Path, where: int, bit: int
) -> None:
    """A bit is flipped, or, for ``bit`` 8, the file is cut."""
    assert scenario.run() == scenario.right
    file = _entry(tmp_path)
    whole = file.read_bytes()
    at = where % len(whole)
    damaged = whole[:at]
    if bit < 8:
        damaged = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
    file.write_bytes(damaged)
    assert scenario.run() == scenario.right
    assert scenario.run() == scenario.right


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _link(file: Path) -> None:
    file.rename(file.with_name("real"))
    file.symlink_to(file.with_name("real"))


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _forged(file: Path) -> None:
    """Somebody who can write the file, but has not the secret, changes what it says."""
    data = file.read_bytes()
    for right, wrong in ((b"really", b"HARDLY"), (b"sat 1", b"sat 7"), (b"top", b"bad")):
        head, found, rest = data.rpartition(right)
        data = head + wrong + rest if found else data
    file.write_bytes(data)


@pytest.mark.parametrize("spoil", [_empty, _folder, _link, _fifo, _forged])
def test_something_else_in_its_place(
    scenario: Scenario, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    assert scenario.run() == scenario.right
    spoil(_entry(tmp_path))
    assert scenario.run() == scenario.right and len(scenario.made) == 2
    assert scenario.run() == scenario.right


def test_an_entry_that_cannot_be_read(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scenario.run() == scenario.right
    file, real = _entry(tmp_path), os.open

    def refuse(path, *how, **more):
        if Path(path) == file and how[0] & os.O_ACCMODE == os.O_RDONLY:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *how, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert scenario.run() == scenario.right and len(scenario.made) == 2


def test_the_secret_of_somebody_else(scenario: Scenario, tmp_path: Path) -> None:
    """A cache that was copied from another machine is worth nothing here."""
    assert scenario.run() == scenario.right
    from db2hdl_hw.system import seal

    (tmp_path / "state/db2hdl/cache-secret").write_bytes(b"y" * seal.SIZE)
    seal._secret.cache_clear()
    assert scenario.run() == scenario.right and len(scenario.made) == 2


def test_a_full_disk(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write into the cache fails half-way, as on /dev/full."""
    real = os.fdopen

    def full(handle, mode="r", *rest, **more):
        where = Path(f"/proc/self/fd/{handle}").readlink()
        if "w" in mode and where.is_relative_to(tmp_path / "cache"):
            os.close(handle)
            return Path("/dev/full").open(mode)
        return real(handle, mode, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", full)
        assert [scenario.run() for _ in range(2)] == [scenario.right] * 2
    assert len(scenario.made) == 2
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.stat().st_size]
    assert scenario.run() == scenario.right


def test_a_cache_that_cannot_be_had(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    (tmp_path / "cache").touch()
    monkeypatch.setattr("db2hdl_hw.system.home.private_folder", lambda: None)
    assert scenario.run() == scenario.right


def test_the_switch_turns_it_off(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scenario.run() == scenario.right
    monkeypatch.setenv(SWITCH, "off")
    before = _entry(tmp_path).read_bytes()
    assert scenario.run() == scenario.right and len(scenario.made) == 2
    assert _entry(tmp_path).read_bytes() == before


def test_a_damaged_kernel_is_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It used to end in SIGBUS at each try: a cut library can be mapped, and not be read."""
    compiler = compiled.find_compiler()
    if compiler is None:
        pytest.skip("no C++ compiler")
    source = tmp_path / "one.cpp"
    source.write_text('extern "C" int one() { return 1; }')
    kept = Cache("kernels", tmp_path / "kernels")
    whole = compiled.build(source, compiler, kept)
    (file,) = (tmp_path / "kernels").iterdir()
    for damaged in (file.read_bytes()[:-5000], b"", file.read_bytes()[:4096] + bytes(9000)):
        file.write_bytes(damaged)
        assert compiled.loaded(compiled.build(source, compiler, kept)).one() == 1
    assert compiled.build(source, compiler, kept) == whole
    assert capsys.readouterr().err.count("building one.cpp") == 4
