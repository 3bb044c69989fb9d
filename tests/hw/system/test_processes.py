"""A child dies with its parent, whatever it does; it sees a clean environment and has limits."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from db2hdl_hw.errors import ToolError
from db2hdl_hw.system import processes
from db2hdl_hw.system.processes import Limits, environment, python, python_code, run, started
from db2hdl_hw.system.sandbox import BUBBLEWRAP, Sandbox, isolation

SANDBOXES = [None, Sandbox()]

TREE = """
import os, signal, sys, time
def tell(name):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.write(1, name + b"\\n")
    time.sleep(1000)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        tell(b"grandchild")
    os._exit(0)  # so that it has no parent
if os.fork() == 0:
    tell(b"child")
tell(b"program")
"""

PARENT = """
import sys, time
from pathlib import Path
from db2hdl_hw.system.processes import python_code, start
from db2hdl_hw.system.sandbox import Sandbox
folder, sandbox = Path(sys.argv[1]), Sandbox() if sys.argv[2] == "True" else None
child = start(python_code(sys.argv[3]), folder, 1, sandbox=sandbox)
time.sleep(1000)
"""


def all_end(pipe):
    """Read what a tree of processes says until the last of them has closed the pipe."""
    said = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], 60)
        assert ready, "a process is alive"
        block = os.read(pipe, 4096)
        if not block:
            return said
        said += block


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a supervisor")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("sandbox", [False, True])
def test_a_tree_of_processes_dies_with_the_caller(tmp_path, number, sandbox):
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(sandbox), TREE]
    caller = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = b""
    while said.count(b"\n") < 3:
        said += os.read(caller.stdout.fileno(), 4096)
    assert sorted(said.split()) == [b"child", b"grandchild", b"program"]
    caller.send_signal(number)
    caller.wait()
    assert all_end(caller.stdout.fileno()) == b""
    caller.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a supervisor")
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_tree_of_processes_ends_with_the_block(tmp_path, sandbox):
    out, into = os.pipe()
    with started(python_code(TREE), tmp_path, into, sandbox=sandbox):
        os.close(into)
        said = b""
        while said.count(b"\n") < 3:
            said += os.read(out, 4096)
    assert os.read(out, 1) == b""
    os.close(out)


def test_what_is_left_in_the_background_ends_with_the_program(tmp_path):
    out, into = os.pipe()
    with started(["/bin/sh", "-c", "setsid sleep 1000 & exit 5"], tmp_path, into) as child:
        os.close(into)
        assert child.wait(60) == 5
        assert os.read(out, 1) == b""
    os.close(out)


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize(("said", "code"), [("exit 3", 3), ("kill -SEGV $$", -11)])
def test_it_ends_as_the_program(tmp_path, said, code, sandbox):
    assert run(["/bin/sh", "-c", said], tmp_path, sandbox=sandbox).returncode == code


@pytest.mark.parametrize("name", ["sh", "./sh", "--pipe-filter", ""])
def test_only_absolute_paths_are_started(tmp_path, name):
    with pytest.raises(ToolError, match="not absolute"):
        run([name], tmp_path)


def test_what_cannot_be_started(tmp_path):
    with pytest.raises(ToolError, match="is missing"):
        run([str(tmp_path / "gone")], tmp_path)
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    with pytest.raises(ToolError, match="does not start: Exec format error"):
        run([str(tmp_path / "text")], tmp_path)


def test_the_environment_is_clean(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f".::relative:{os.environ['PATH']}")
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "MAKEFLAGS", "LD_PRELOAD", "COCOTB_X", "PERL5LIB"):
        monkeypatch.setenv(name, "/tmp")
    env = environment(MORE="x")
    assert set(env) <= {*processes.PASSED_ON, *processes.PATHS, "MORE"} | {
        "PYTHONNOUSERSITE",
        "PYTHONSAFEPATH",
        "XDG_STATE_HOME",
    }
    assert all(Path(part).is_absolute() for part in env["PATH"].split(":"))


def test_no_module_is_taken_from_the_folder_the_user_or_the_environment(tmp_path, monkeypatch):
    site = tmp_path / "home/.local/lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    for folder in (tmp_path, site, tmp_path / "path"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("json.py", "numpy.py", "usercustomize.py", "db2hdl_hw.py"):
            (folder / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit(9)")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    code = "import json, numpy, db2hdl_hw, subprocess, sys, os\nprint(db2hdl_hw.__file__)"
    done = run(python_code(code), tmp_path)
    assert done.returncode == 0, done.stderr
    assert run(python("db2hdl_hw.synth.worker", "gone"), tmp_path).returncode == 1
    assert not (tmp_path / "ran").exists()


def test_standard_input_is_closed(tmp_path):
    assert run(["/bin/cat"], tmp_path).stdout == ""


LIMITED = {
    "memory": ("bytearray(1 << 31)", Limits(memory=1 << 30), "MemoryError"),
    "file": ("open('f', 'wb').write(bytes(1 << 20))", Limits(file=1 << 16), ""),
    "core": ("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", Limits(), "(0, 0"),
}


@pytest.mark.parametrize("what", LIMITED)
def test_limits(tmp_path, what):
    code, limits, said = LIMITED[what]
    done = run(python_code(code), tmp_path, limits=limits)
    assert (done.returncode == 0) == (what == "core")
    assert said in done.stdout + done.stderr
    if what == "file":
        assert (tmp_path / "f").stat().st_size <= 1 << 16


def test_out_of_time(tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        run(["/bin/sleep", "1000"], tmp_path, limits=Limits(seconds=0.1))


def needs_bubblewrap():
    if isolation() != BUBBLEWRAP:
        pytest.skip("bubblewrap does not work here")


def test_a_sandbox_shows_the_folder_and_nothing_of_the_users(tmp_path):
    needs_bubblewrap()
    (tmp_path / "private").write_text("secret")
    work, also = tmp_path / "work", tmp_path / "also"
    work.mkdir()
    code = f"""
import os, socket
for path in ({str(tmp_path / "private")!r}, "/etc/passwd", os.path.expanduser("~root/.bashrc")):
    assert not os.path.exists(path), path
open("made", "w").write("x")
open({str(also / "made")!r}, "w").write("x")
for path in ("/usr/made", os.__file__):
    try:
        open(path, "a")
    except OSError:
        continue
    raise SystemExit(path)
try:
    socket.create_connection(("127.0.0.1", 22), 1)
except OSError:
    print("no network")
"""
    done = run(python_code(code), work, sandbox=Sandbox((also,)))
    assert done.stdout == "no network\n", done.stderr
    assert (work / "made").read_text() == (also / "made").read_text() == "x"


def test_without_bubblewrap_it_runs_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("db2hdl_hw.system.sandbox._bubblewrap", lambda: ())
    assert isolation() == "none"
    done = run(["/bin/sh", "-c", "echo $0"], tmp_path, sandbox=Sandbox())
    assert done.stdout == "/bin/sh\n"


def test_programs_are_not_looked_for_where_the_user_is(tmp_path, monkeypatch):
    """With ``.`` in PATH a bundle's own file ``iverilog`` or ``openFPGALoader`` would run."""
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", f".:{tmp_path.name}:"):
        monkeypatch.setenv("PATH", path)
        assert processes.which("tool") is None
    monkeypatch.setenv("PATH", f".:{tmp_path}")
    assert processes.which("tool") == str(tmp_path / "tool")


def test_every_child_is_started_here():
    """No other file calls the standard library for it, nor the part of Amaranth that does."""
    root = Path(__file__).parents[3]
    words = ("subprocess.run", "subprocess.call", "Popen(", "os.system", "os.exec", "os.spawn")
    words += ("amaranth.back import verilog", "amaranth._toolchain", "amaranth.vendor")
    allowed = {"processes.py", "sandbox.py", "supervisor.py", "objcache.py"}
    found = [
        f"{path.relative_to(root)}: {word}"
        for package in ("db2hdl", "hw/db2hdl_hw", "sim/db2hdl_sim")
        for path in (root / package).rglob("*.py")
        for word in words
        if path.name not in allowed and word in path.read_text(encoding="utf-8")
    ]
    assert found == []
    with suppress(ValueError):
        assert processes.signal_name(-9) == "SIGKILL"


def test_too_few_addresses_are_said_before_a_tool_dies_of_them(tmp_path, monkeypatch):
    import resource

    limits = Limits(addresses=5 * processes.GB)
    wanted = (4_000_000_000, resource.RLIM_INFINITY)
    with monkeypatch.context() as patched:
        patched.setattr(resource, "getrlimit", lambda which: wanted)
        with pytest.raises(ToolError, match=r"reserve 5 GB .* allows 3\.7 GB; set ulimit -v"):
            run([sys.executable, "-c", ""], tmp_path, limits=limits)
    assert run([sys.executable, "-c", ""], tmp_path, limits=limits).returncode == 0
