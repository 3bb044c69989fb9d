"""What tests of several parts need: a small model, its bundle, and the command line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from db2hdl.bundle import export
from db2hdl.cli import main
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.uart import shell_name, uart_verilog
from db2hdl_hw.errors import ToolError
from db2hdl_hw.tools import find_verilator
from db2hdl_sim.board.simulated import SimulatedBoard

# How long an example takes says more about the machine's load than about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@dataclass
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def db2hdl(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run the command line in this process."""

    def run(*argv: object) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in argv])
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def small_model() -> Model:
    """A model of two boolean and one real input, with 40 test rows, 4 of them labelled wrong."""
    features = (Feature("[red]ok?"), Feature("clk"), Feature("Größe in mm", "real", 5, -1.5, 0.25))
    encoder = {"feature": np.array([0, 1, 2, 2]), "threshold": np.array([1, 1, 7, 20])}
    weight = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], dtype=bool)
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": weight}),
        HardLayer("l1_or", "or", (1,), {}, {"weight": weight}),
        HardLayer("l2_class_head", "class_head", (2,), {"classes": 2}),
    )
    hard = HardNet(features, layers, ("no", "yes"))
    rng = np.random.default_rng(0)
    codes = rng.integers(0, [2, 2, 32], size=(40, 3)).astype(np.uint16)
    labels = hard.predict(codes).astype(np.int32)
    labels[:4] ^= 1
    return Model(hard, codes, labels, {"seed": 3, "problem": {"name": "made up"}})


@pytest.fixture(scope="session")
def _exported(small_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(small_model, tmp_path_factory.mktemp("exported") / "bundle", scores=True)


@pytest.fixture
def small_bundle(_exported: Path, tmp_path: Path) -> Path:
    """A bundle of the small model, to be changed at will."""
    return Path(shutil.copytree(_exported, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def small_board(_exported: Path, tmp_path_factory: pytest.TempPathFactory) -> SimulatedBoard:
    """The small model on a simulated board, whose clock is divided by 2."""
    try:
        find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("board")
    face = Bundle.open(_exported).interface
    shell = folder / "shell.v"
    shell.write_text(uart_verilog(face, 4, timeout_bits=60, clock_divider=2))
    files = [shell, *Bundle.open(_exported).rtl]
    return SimulatedBoard.build(
        files, shell_name(face), folder, divisor=4, timeout_bits=60, divider=2
    )
