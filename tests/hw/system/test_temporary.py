"""What is temporary goes with its process, however that ends; what a user has stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.temporary import MARK, beside, scratch


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def killed(program, folder):
    """Run a program that kills itself in the middle."""
    text = f"import os, signal\nfrom db2hdl_hw.system.temporary import *\n{program}\n"
    env = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", text], env=env, check=False)
    assert done.returncode == -9


KILL = "os.kill(os.getpid(), signal.SIGKILL)"


def test_a_scratch_folder_goes_at_the_end_and_after_an_error(base):
    with scratch("test") as folder:
        (folder / "a").write_text("a")
    with pytest.raises(KeyboardInterrupt), scratch("test") as folder:
        raise KeyboardInterrupt
    assert names(base) == []


def test_what_an_error_names_stays_and_is_never_swept(base):
    with pytest.raises(ToolError), scratch("test", (ToolError,)) as folder:
        (folder / "log").write_text("why")
        raise ToolError("log")
    with scratch("test"):
        pass
    assert (folder / "log").read_text() == "why"


def test_the_scratch_folder_of_a_killed_process_is_swept(base):
    killed(f"with scratch('test') as f:\n (f / 'a').touch(); {KILL}", base)
    assert len(names(base)) == 1
    with scratch("other") as folder:
        assert names(base) == [folder.name]


def test_that_of_a_living_process_is_not(base):
    with scratch("test") as one, scratch("test") as other:
        assert one.is_dir() and other.is_dir()


@pytest.mark.parametrize("name", ["db2hdl-results-20261128", "db2hdl-test", "other"])
def test_a_users_folder_stays(base, name):
    (base / name).mkdir()
    (base / name / "thesis.tex").write_text("text")
    with scratch("test"):
        pass
    assert (base / name / "thesis.tex").read_text() == "text"


def test_a_link_is_not_followed(base):
    (base / "mine").mkdir()
    (base / "mine" / MARK).touch()
    (base / "db2hdl-test-abcdefgh").symlink_to("mine")
    with scratch("test"):
        pass
    assert names(base) == ["db2hdl-test-abcdefgh", "mine"]


@pytest.mark.parametrize("folder", [False, True])
def test_half_an_output_of_a_killed_process_is_swept(base, folder):
    target = base / "out"
    killed(f"with beside(Path({str(target)!r}), folder={folder}) as f: {KILL}", base)
    (base / ".out.db2hdl-mine").touch()
    (base / ".other.db2hdl-abcdefgh").touch()
    assert len(names(base)) == 3
    with beside(Path(target), folder=folder) as one, beside(Path(target)) as other:
        assert len(names(base)) == 4 and one.exists() and other.exists()
    assert names(base) == [".other.db2hdl-abcdefgh", ".out.db2hdl-mine"]
