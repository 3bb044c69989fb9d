"""A wheel with the extra ``sim`` alone: a bundle can be simulated without torch or Amaranth."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def run(*command, **options):
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of a fresh environment with the wheel and what simulating needs."""
    folder = tmp_path_factory.mktemp("install")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip"]
    run(*pip, "wheel", "--no-deps", "-w", folder / "dist", ROOT)
    (wheel,) = (folder / "dist").glob("db2hdl-*.whl")
    run(*pip, "install", "-c", ROOT / "constraints.txt", f"{wheel}[sim]")
    return python


def test_the_wheel_simulates_a_bundle_without_torch(python, small_bundle):
    for package in ("torch", "amaranth", "sklearn"):
        done = subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False)
        assert done.returncode == 1, f"{package} must not be installed by [sim]"
    program = python.parent / "db2hdl"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    options = {"cwd": small_bundle.parent, "env": environment}
    run(python, "-c", "import db2hdl.hardnet, db2hdl_hw, db2hdl_sim", **options)
    run(program, "doctor", "sim", **options)
    run(program, "info", small_bundle / "model.dbnet", **options)
    shown = run(program, "sim", small_bundle, "--random", 50, **options)
    assert "exhaustive" in shown


def test_what_is_not_installed_is_told(python, small_bundle):
    program = python.parent / "db2hdl"
    model = small_bundle / "model.dbnet"
    for argv, extra in (
        (["train", "iris", "-o", "m.dbnet"], "db2hdl[train]"),
        (["export", model, "-o", "b"], "db2hdl[fpga]"),
        (["doctor"], "db2hdl[train]"),
    ):
        done = subprocess.run(
            [program, *argv], cwd=small_bundle.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 3, argv
        assert extra in done.stderr and done.stderr.count("\n") == 1
    assert sys.executable != str(python)
