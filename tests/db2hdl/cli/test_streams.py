"""Closed streams and small alphabets: a command works, and no file gets what is printed."""

import os
import subprocess
import sys
from pathlib import Path


def run(command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the shell, ``$D`` being db2hdl."""
    program = f"{sys.executable} -m db2hdl"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env={**os.environ, **env, "D": program},
        capture_output=True,
        check=False,
    )


def test_closed_streams(tmp_path: Path) -> None:
    done = run(
        f"cd {tmp_path}; $D recipe show iris >&- <&-; echo $?; $D info none 2>&- >&-; echo $?"
    )
    assert done.stdout.split() == [b"0", b"2"] and done.stderr == b""


def test_an_alphabet_without_the_name() -> None:
    done = run("$D info gr\u00f6\u00dfe\u202e", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert done.stderr.decode("ascii").startswith(r"error: gr\xf6\xdfe\u202e: no such")


def test_a_reader_that_goes_away() -> None:
    done = run("$D recipe show iris | head -1")
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.count(b"\n") == 1


def test_a_working_folder_that_was_removed(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = run(f"cd {tmp_path}/gone; rmdir {tmp_path}/gone; $D info {tmp_path}/m.dbnet")
    assert done.returncode == 2
    assert done.stderr == b"error: the folder you are in was removed; cd to one that exists\n"
