"""The frame of the command line: switches, exit codes, one line per error."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db2hdl import checkup
from db2hdl_hw import errors

COMMANDS = ["train", "info", "export", "sim", "run", "doctor"]


@pytest.fixture
def broken(monkeypatch):
    """Make ``db2hdl doctor`` end with a given error."""

    def breaks(error):
        def examine(commands):
            raise error

        monkeypatch.setattr(checkup, "examine", examine)

    return breaks


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(db2hdl, command):
    shown = db2hdl(command, "--help")
    assert shown.code == 0
    assert f"Example: db2hdl {command}" in shown.out
    for switch in ("--json", "--quiet", "--debug"):
        assert switch in shown.out


def test_no_arguments_show_the_commands(db2hdl):
    shown = db2hdl()
    assert shown.code == 0
    assert all(command in shown.out for command in COMMANDS)


def test_version(db2hdl):
    assert db2hdl("--version").out.startswith("db2hdl 0.")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["doktor"], ["doktor", "doctor"]),
        (["doctor", "--qiet"], ["--qiet", "--quiet"]),
        (["doctor", "simm"], ["simm", "'sim'"]),
        (["info"], ["model"]),
        (["info", "a", "b"], ["b"]),
    ],
)
def test_usage_errors_are_one_line_with_code_2(db2hdl, argv, words):
    outcome = db2hdl(*argv)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert all(word in outcome.err for word in words)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (errors.Db2hdlError("odd"), 1, "odd"),
        (errors.InputError("bad\nline \x1b[31m"), 2, "bad line \\x1b[31m"),
        (errors.ToolError("gone"), 3, "gone"),
        (errors.MismatchError("differs"), 4, "differs"),
        (errors.SynthesisError("unroutable"), 5, "unroutable"),
        (errors.NotProvedError("timed out"), 6, "timed out"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 2, "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), 2, "a/b: Permission denied"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "internal error (MemoryError"),
        (ZeroDivisionError("by zero"), 1, "run again with --debug"),
    ],
)
def test_each_error_is_one_line_with_its_code(db2hdl, broken, error, code, words):
    broken(error)
    outcome = db2hdl("doctor")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert words in outcome.err


@pytest.mark.parametrize("argv", [["--debug", "doctor"], ["doctor", "--debug"]])
def test_debug_shows_the_traceback_and_keeps_the_code(db2hdl, broken, argv):
    broken(errors.ToolError("gone"))
    outcome = db2hdl(*argv)
    assert outcome.code == 3
    assert "Traceback" in outcome.err and outcome.err.endswith("error: gone\n")


@pytest.mark.parametrize("argv", [["--json", "doctor"], ["doctor", "--json"]])
def test_json_is_one_object_on_stdout(db2hdl, argv):
    assert isinstance(db2hdl(*argv).json["findings"], list)


@pytest.mark.parametrize("argv", [["--json", "doctor", "smi"], ["doctor", "--qiet", "--json"]])
def test_json_tells_of_errors_too(db2hdl, argv):
    outcome = db2hdl(*argv)
    assert outcome.json["exit_code"] == 2
    assert outcome.err == f"error: {outcome.json['error']}\n"


@pytest.mark.parametrize("argv", [["--quiet", "doctor"], ["doctor", "-q"]])
def test_quiet_prints_nothing_when_all_is_well(db2hdl, argv, monkeypatch):
    monkeypatch.setattr(checkup, "examine", lambda commands: [])
    outcome = db2hdl(*argv)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_sigterm_interrupts_like_ctrl_c(db2hdl, monkeypatch):
    def examine(commands):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(checkup, "examine", examine)
    before = signal.getsignal(signal.SIGTERM)
    outcome = db2hdl("doctor")
    assert (outcome.code, outcome.err) == (130, "error: interrupted\n")
    assert signal.getsignal(signal.SIGTERM) is before


def _command(*argv, **options):
    code = "from db2hdl.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *argv], stderr=subprocess.PIPE, text=True, **options
    )


def test_a_full_disk_under_stdout_is_reported():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = _command("doctor", stdout=full)
    assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")


def test_a_reader_that_goes_away_is_no_error():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        done = _command("--help", stdout=nobody)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("argv", [["--help"], ["doctor", "sim"], ["info", "no-such-file"]])
def test_light_commands_import_nothing_heavy(argv):
    code = (
        "import sys\nfrom db2hdl.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'amaranth', 'cocotb', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0


def test_packages_of_the_hardware_side_need_no_torch():
    code = "import db2hdl_hw, db2hdl_sim, db2hdl.hardnet, sys; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_completes_commands(shell):
    environment = {
        **os.environ,
        "_DB2HDL_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "db2hdl do",
        "COMP_CWORD": "1",
        "_TYPER_COMPLETE_ARGS": "db2hdl do",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = _command(stdout=subprocess.PIPE, env=environment)
    assert "doctor" in done.stdout
