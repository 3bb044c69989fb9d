"""Counting cells of a netlist, and its depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from db2hdl_hw.errors import SynthesisError
from db2hdl_hw.synth.cells import count_modules


def cell(kind: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    directions = dict.fromkeys(outputs, "output") | dict.fromkeys(inputs, "input")
    return {"type": kind, "port_directions": directions, "connections": outputs | inputs}


def write(path: Path, *cells: dict[str, Any], **others: Any) -> Path:
    modules = {"top": {"cells": {f"c{i}": one for i, one in enumerate(cells)}}, **others}
    file = path / "netlist.json"
    file.write_text(json.dumps({"modules": modules}))
    return file


def test_counts_luts_flip_flops_carries_and_muxes_of_each_family(tmp_path: Path) -> None:
    kinds = ["SB_LUT4", "LUT6", "SB_DFF", "FDRE", "TRELLIS_FF", "CARRY4", "CCU2C", "ALU", "MUXF7"]
    count = count_modules(write(tmp_path, *(cell(kind, {}, {}) for kind in kinds)))["top"]
    assert (count.luts, count.ffs, count.carries, count.muxes) == (2 + 2 + 1, 3, 3, 1)


def test_depth_counts_luts_between_registers_and_along_no_carry_chain(tmp_path: Path) -> None:
    cells = [
        cell("LUT4", {"Z": [10]}, {"A": [1], "B": ["0"]}),
        cell("CCU2C", {"S0": [11], "COUT": [12]}, {"A0": [10], "CIN": [2]}),
        cell("CCU2C", {"S0": [13]}, {"A0": [3], "CIN": [12]}),
        cell("PFUMX", {"Z": [14]}, {"ALUT": [13], "BLUT": [4]}),
        cell("TRELLIS_FF", {"Q": [15]}, {"DI": [14]}),
        cell("LUT4", {"Z": [16]}, {"A": [15]}),
    ]
    assert count_modules(write(tmp_path, *cells))["top"].depth == 2


def test_models_of_vendor_cells_are_no_part_and_submodules_are_counted_apart(
    tmp_path: Path,
) -> None:
    inner = {"cells": {"a": cell("LUT4", {"Z": [5]}, {"A": [6]})}}
    model = {"attributes": {"blackbox": "1"}, "cells": {}}
    file = write(tmp_path, cell("inner", {"y": [2]}, {"x": [3]}), inner=inner, LUT4=model)
    counts = count_modules(file)
    assert {name: one.luts for name, one in counts.items()} == {"top": 0, "inner": 1}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"modules": {"top": {}}}'])
def test_refuses_what_is_no_netlist(tmp_path: Path, text: str) -> None:
    file = tmp_path / "netlist.json"
    file.write_text(text)
    with pytest.raises(SynthesisError, match=r"cannot read the netlist .*netlist\.json"):
        count_modules(file)


def test_refuses_cells_that_it_does_not_know_and_loops(tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match="what is the cell 'DSP'"):
        count_modules(write(tmp_path, cell("DSP", {}, {})))
    loop = [cell("LUT4", {"Z": [2]}, {"A": [3]}), cell("LUT4", {"Z": [3]}, {"A": [2]})]
    with pytest.raises(SynthesisError, match="CycleError"):
        count_modules(write(tmp_path, *loop))


def test_a_shift_register_is_a_lut_and_ends_a_path(tmp_path: Path) -> None:
    cells = [
        cell("LUT2", {"O": [10]}, {"I0": [1]}),
        cell("SRLC32E", {"Q": [11]}, {"D": [10]}),
        cell("LUT2", {"O": [12]}, {"I0": [11]}),
    ]
    count = count_modules(write(tmp_path, *cells))["top"]
    assert (count.luts, count.ffs, count.depth) == (3, 0, 1)


def test_a_memory_in_luts_is_read_through_one_and_written_at_the_end_of_a_path(
    tmp_path: Path,
) -> None:
    cells = [
        cell("LUT4", {"Z": [10]}, {"A": [1]}),
        cell("LUT4", {"Z": [11]}, {"A": [10]}),
        cell("TRELLIS_DPR16X4", {"DO": [12]}, {"DI": [11], "WAD": [11], "RAD": [10], "WRE": [9]}),
        cell("LUT4", {"Z": [9]}, {"A": [12]}),
    ]
    count = count_modules(write(tmp_path, *cells))["top"]
    assert (count.luts, count.ffs, count.depth) == (3 + 6, 0, 3)
    others = [cell(kind, {}, {}) for kind in ("RAM32M", "RAM16SDP4")]
    assert count_modules(write(tmp_path, *others))["top"].luts == 4 + 8
