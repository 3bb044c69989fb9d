"""Ctrl-C at every stage and a full disk anywhere: one line, the right code, nothing left behind."""

import errno
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from db2hdl import bundle as bundle_module
from db2hdl.model_file import save
from db2hdl_hw import files, passes
from db2hdl_hw.emit import verilog


def left_in(folder):
    """Every file and folder below a folder, hidden ones too, but for torch's own cache."""
    found = (path.relative_to(folder) for path in folder.rglob("*"))
    return sorted(str(path) for path in found if "torchinductor" not in str(path))


@pytest.fixture
def model(small_model, tmp_path):
    (tmp_path / "work").mkdir()
    path = tmp_path / "m.dbnet"
    save(path, small_model)
    return path


STEPS = [
    (bundle_module, "lower"),
    (passes, "optimise"),
    (verilog, "to_verilog"),
    (bundle_module, "format_hex"),
    (Path, "write_bytes"),
    (files, "rename_new"),
    (files, "exchange"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 2, "error: No space left on device\n"),
    ],
    ids=["ctrl-c", "disk full"],
)
@pytest.mark.parametrize("force", [False, True], ids=["new", "force"])
def test_export_leaves_all_or_nothing(
    db2hdl, model, tmp_path, monkeypatch, step, error, code, line, force
):
    if step[1] == {True: "rename_new", False: "exchange"}[force]:
        pytest.skip("the other way")
    target = tmp_path / "work" / "b"
    if force:
        assert db2hdl("export", model, "-o", target).code == 0
    before = left_in(tmp_path / "work")

    def broken(*args, **kwargs):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(*step, broken)
        outcome = db2hdl("export", model, "-o", target, *(["--force"] if force else []))
    assert (outcome.code, outcome.err) == (code, line)
    assert left_in(tmp_path / "work") == before


@pytest.fixture
def tiny_disk(tmp_path):
    """A folder on a disk of its own, 64 kB large."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_export_to_a_disk_that_fills_up(command, model, tiny_disk):
    (tiny_disk / "filler").write_bytes(bytes(60_000))
    done = command("export", model, "-o", tiny_disk / "b")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "No space left on device" in done.stderr
    assert left_in(tiny_disk) == ["filler"]


def interrupt_at(marker, number, argv, tmp_path):
    """Start a command on a terminal, send it a signal when it shows the marker; return the end."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "db2hdl", *map(str, argv)],
        stdout=subprocess.DEVNULL,
        stderr=side,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "TMPDIR": str(temporary)},
        # A shell starts what runs in the background with Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(side)
    seen = b""
    sent = False
    while True:
        try:
            block = os.read(terminal, 4096)
        except OSError:  # how Linux tells that the other side is closed
            break
        if not block:
            break
        seen += block
        if marker in seen and not sent:
            sent = True
            process.send_signal(number)
    os.close(terminal)
    assert sent, seen
    return process.wait(), seen.decode(errors="replace"), temporary


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_simulation_that_is_interrupted_leaves_nothing(small_bundle, tmp_path, number):
    code, shown, temporary = interrupt_at(
        b"building the simulator", number, ["sim", small_bundle], tmp_path
    )
    assert code == 130
    assert shown.rstrip().endswith("error: interrupted")
    assert left_in(temporary) == []
    evidence = small_bundle / "evidence"
    assert not evidence.exists() or left_in(evidence) == []


def running(temporary):
    """Command lines of processes that were started with a folder for temporary files."""
    wanted = f"TMPDIR={temporary}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes())
    return [line for line in found if line]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("marker", "number"),
    [(b"writing the mutants", signal.SIGTERM), (b"building the simulator", signal.SIGINT)],
)
def test_fault_injection_that_is_interrupted(small_bundle, tmp_path, monkeypatch, marker, number):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = {path: path.read_bytes() for path in small_bundle.rglob("*") if path.is_file()}
    argv = ["mutate", small_bundle, "--improve", "--faults", 20]
    code, shown, temporary = interrupt_at(marker, number, argv, tmp_path)
    assert code == 130
    assert shown.rstrip().endswith("error: interrupted")
    assert left_in(temporary) == [] and running(temporary) == []
    assert {p: p.read_bytes() for p in small_bundle.rglob("*") if p.is_file()} == before


def test_a_training_that_is_interrupted_leaves_nothing(tmp_path):
    argv = ["train", "noisy-xor", "-o", tmp_path / "m.dbnet", "--epochs", 100_000]
    code, shown, temporary = interrupt_at(b"training, accuracy", signal.SIGINT, argv, tmp_path)
    assert code == 130
    assert shown.rstrip().endswith("error: interrupted")
    assert left_in(tmp_path) == ["tmp"] and left_in(temporary) == []


def test_waves_do_not_fit_on_the_disk(command, small_bundle, tiny_disk):
    (tiny_disk / "filler").write_bytes(bytes(60_000))
    done = command("sim", small_bundle, "-o", tiny_disk / "evidence", "--waves", "--random", 9999)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "No space left on device" in done.stderr
    assert not [name for name in left_in(tiny_disk) if "waves" in name]


def test_a_folder_that_is_not_writable(command, model, tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    done = command("export", model, "-o", tiny_disk / "b")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not writable" in done.stderr
    done = command("sim", model.parent / "no-bundle", "-o", tiny_disk / "e")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_proof_that_is_interrupted_leaves_nothing_running(
    small_bundle, tmp_path, monkeypatch, number
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    argv = ["prove", small_bundle, "--no-synth", "--jobs", 1]
    code, shown, temporary = interrupt_at(b"hard = netlist: proved", number, argv, tmp_path)
    assert code == 130
    assert shown.rstrip().endswith("error: interrupted")
    assert left_in(temporary) == []
    assert not (small_bundle / "evidence" / "prove.json").exists()
    assert len(list((tmp_path / "cache" / "db2hdl" / "prove").iterdir())) >= 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a supervisor")
def test_a_command_that_is_killed_leaves_nothing_for_long(
    small_bundle, command, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    argv = ["prove", small_bundle, "--no-synth", "--jobs", 1]
    marker = b"hard = netlist: proved"
    code, _, temporary = interrupt_at(marker, signal.SIGKILL, argv, tmp_path)
    assert code == -signal.SIGKILL
    # Whatever it had started ends without being asked; the system takes a moment for it.
    assert any(running(temporary) == [] for _ in range(10_000))
    assert [name for name in left_in(temporary) if name.startswith("db2hdl-prove-")]
    monkeypatch.setenv("TMPDIR", str(temporary))
    done = command("export", small_bundle / "model.dbnet", "-o", tmp_path / "b")
    assert done.returncode == 0
    assert not any(path.name.startswith("db2hdl-") for path in temporary.iterdir())
