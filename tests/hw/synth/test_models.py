"""Where the models of the cells are."""

from __future__ import annotations

import pytest

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.synth import TARGETS, cell_models
from db2hdl_hw.synth.yosys import Yosys


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_models(target: str) -> None:
    models = cell_models(target)
    assert models.file.is_file() and models.file.parent == models.folder


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'ecp5'"):
        cell_models("epc5")


def test_a_yosys_without_models_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db2hdl_hw.synth.models.find_yosys", lambda: Yosys("pytest", "0"))
    with pytest.raises(ToolError, match="without the cell models"):
        cell_models("ice40")
