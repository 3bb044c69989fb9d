"""Whole flows: a table with awkward columns, the model trained on it, its bundle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

# Reserved here, Verilog keywords, not ASCII, with spaces, equal after mangling, markup, digits.
BOOLEANS = ["x", "class_index", "always", "a b", "a_b", "a-b", "[bold]ok?", "1st", "ß", "_", "top"]
REALS = ["clk", "module", "Länge (mm)", "Lange_mm", "температура", "TOP"]


def run_db2hdl(*argv: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "db2hdl", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="session")
def parts_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 400 parts; good ones are always or class_index, and not too long."""
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2, size=(400, len(BOOLEANS)))
    reals = rng.normal(20, 5, size=(400, len(REALS)))
    good = (bits[:, 2] | bits[:, 1]) & (reals[:, 2] < 24)
    path = tmp_path_factory.mktemp("data") / "parts.csv"
    lines = [",".join([*BOOLEANS, *REALS, "gut?"])]
    lines += [
        ",".join([*map(str, b), *(f"{r:.3f}" for r in real), "ja" if g else "nein"])
        for b, real, g in zip(bits.tolist(), reals.tolist(), good.tolist(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def parts_model(parts_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the parts, of few epochs."""
    path = tmp_path_factory.mktemp("model") / "parts.dbnet"
    done = run_db2hdl("train", "--data", parts_csv, "--label", "gut?", "-o", path, "--epochs", 3)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def _parts_bundle(parts_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "parts_ip"
    done = run_db2hdl("export", parts_model, "-o", path, "--top", "parts", "--class-bits")
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def parts_bundle(_parts_bundle: Path, tmp_path: Path) -> Path:
    """The bundle of the parts, to be changed at will."""
    return Path(shutil.copytree(_parts_bundle, tmp_path / "parts_ip"))


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own."""
    return run_db2hdl


@pytest.fixture
def icarus() -> None:
    """Ask for Icarus Verilog; without it the test does not run, except in CI, where it fails."""
    if shutil.which("iverilog") is None:
        why = "Icarus Verilog is not installed; apt-get install iverilog"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
