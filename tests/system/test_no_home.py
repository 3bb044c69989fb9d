"""Commands work for users without a home folder, and without a line in the list of users."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from db2hdl.model_file import Model, save
from db2hdl_hw.system.home import cache_base

NOBODY = 54321
"""A user whom no system lists."""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A TMPDIR whose private folder has what WebAssembly tools have compiled before."""
    folder = tmp_path / "tmp" / f"db2hdl-{os.geteuid()}"
    folder.mkdir(parents=True, mode=0o700)
    compiled = cache_base()
    if compiled is not None and (compiled / "wasmtime").is_dir():
        (folder / "wasmtime").symlink_to(compiled / "wasmtime")
    return folder.parent


def _run(temporary: Path, *argv: object, **env: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1", **env}
    command = [sys.executable, "-P", "-m", "db2hdl", *map(str, argv)]
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "env",
    [
        {"HOME": "/no/such/home", "XDG_CACHE_HOME": "relative"},
        {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/x", "XDG_STATE_HOME": "/dev/null"},
    ],
)
def test_export_and_prove_without_a_home(
    small_model: Model, tmp_path: Path, temporary: Path, env: dict[str, str]
) -> None:
    save(tmp_path / "m.dbnet", small_model)
    done = _run(temporary, "export", tmp_path / "m.dbnet", "-o", tmp_path / "b", **env)
    assert (done.returncode, done.stderr) == (0, "")
    if env["HOME"] == "/dev/null":
        done = _run(temporary, "prove", tmp_path / "b", "--no-synth", **env)
        assert (done.returncode, done.stderr) == (0, "")
        kept = temporary / f"db2hdl-{os.geteuid()}" / "db2hdl"
        assert len(list((kept / "prove").iterdir())) >= 3
        assert (kept / "cache-secret").stat().st_mode & 0o077 == 0
    assert not Path("relative").exists() and not Path("/no/such").exists()


def test_a_user_without_a_passwd_entry(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become a user who is not listed")
    code = (
        "import os, pwd, tempfile\n"
        "from db2hdl_hw.system.home import cache_base, home, state_base, tool_environment\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "assert home() is None\n"
        "assert cache_base() == state_base() is not None\n"
        "assert cache_base().stat().st_uid == os.getuid()\n"
        "assert tool_environment()['XDG_CACHE_HOME'] == str(cache_base())\n"
    )
    folder = Path(tempfile.mkdtemp(prefix="nobody", dir="/tmp"))
    try:
        folder.chmod(0o777)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": os.environ["PATH"], "TMPDIR": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    finally:
        shutil.rmtree(folder)
