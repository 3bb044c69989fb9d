"""A folder for caches is found whatever the home is, and none that others can look into."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from db2hdl_hw.system import home


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(home, "_listed", lambda: None)


def private(tmp_path: Path) -> Path:
    return tmp_path / "tmp" / f"db2hdl-{os.geteuid()}"


def test_the_folders_of_a_user_with_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home.cache_base() == tmp_path / ".cache"
    assert home.state_base() == tmp_path / ".local/state"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert (home.cache_base(), home.state_base()) == (tmp_path / "mine", tmp_path / "state")


@pytest.mark.parametrize("named", [None, "", "/dev/null", "relative", "/no/such/home"])
def test_without_a_home_there_is_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    if named is not None:
        monkeypatch.setenv("HOME", named)
    folder = home.cache_base()
    assert folder == home.state_base() == private(tmp_path)
    assert folder is not None and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not Path("/no/such").exists()


@pytest.mark.parametrize("named", ["relative", "", "/dev/null/x", "/proc/none"])
def test_a_cache_home_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert home.cache_base() == private(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    wanted = tmp_path / ".cache" if named in ("relative", "") else private(tmp_path)
    assert home.cache_base() == wanted


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m: p != tmp_path and access(p, m))
    assert home.cache_base() == private(tmp_path)


def test_what_others_have_put_there_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = private(tmp_path)
    folder.mkdir(mode=0o755)
    assert home.cache_base() is None
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    assert home.cache_base() is None
    folder.unlink()
    folder.touch()
    assert home.cache_base() is None
    folder.unlink()
    folder.mkdir(mode=0o700)
    assert home.cache_base() == folder
    if os.geteuid() == 0:
        os.chown(folder, 12345, 12345)
        assert home.cache_base() is None


def test_tools_are_given_a_folder_all_the_same(tmp_path: Path) -> None:
    folder = str(private(tmp_path))
    wanted = {"A": "b", "XDG_CACHE_HOME": folder, "HOME": folder}  # wasmtime wants a home, too
    assert home.tool_environment({"A": "b"}) == wanted
    private(tmp_path).rmdir()
    private(tmp_path).touch()  # nothing can be kept
    given = home.tool_environment()["XDG_CACHE_HOME"]
    assert Path(given).is_dir() and stat.S_IMODE(Path(given).stat().st_mode) == 0o700


def test_a_user_who_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(os, "getuid", lambda: 54321987)
    assert home._listed() is None


def test_settling_changes_nothing_that_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home.settle()
    assert "XDG_CACHE_HOME" not in os.environ
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    home.settle()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path / "mine")
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    home.settle()
    assert os.environ["XDG_CACHE_HOME"] == str(private(tmp_path))
