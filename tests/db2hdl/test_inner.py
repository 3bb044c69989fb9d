"""Counts and argmax inside a circuit: where they are, and what they must be."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from db2hdl.bundle import export
from db2hdl.expected import expected_words
from db2hdl.inner import word_stages
from db2hdl.model_file import Model
from db2hdl.simulate import simulate
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.words import unpack_outputs
from db2hdl_hw.errors import MismatchError, ToolError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_sim.build import find_simulator


def test_their_values_are_the_reference_s(small_bundle: Path, small_model: Model) -> None:
    bundle = Bundle.open(small_bundle)
    rtl = bundle.rtl[0].read_text()
    words = np.random.default_rng(1).random((30, bundle.interface.input_width)) < 0.5
    expected = expected_words(small_model.hard, bundle.interface, words)
    outputs = unpack_outputs(bundle.interface, expected)
    for row, word in enumerate(words):
        stages = {one.name: one for one in word_stages(bundle, small_model.hard, word)}
        assert list(stages) == ["count", "argmax"]
        assert all(len(one.nets) == len(one.bits) for one in stages.values())
        counts: dict[str, int] = {}
        for net, bit in zip(stages["count"].nets, stages["count"].bits, strict=True):
            name, place = re.fullmatch(r"top\.count\.(\w+?)(?:\[(\d+)\])?", net).groups()
            assert re.search(rf"\b{name};", rtl)
            counts[name] = counts.get(name, 0) + (int(bit) << int(place or 0))
        assert list(counts.values()) == outputs["scores"][row].tolist()
        assert [int(bit) for bit in stages["argmax"].bits] == [outputs["class_index"][row]]


FAULTS = [
    ("argmax", " > ", " >= ", r"layer argmax, bit 0, net top\.argmax\.argmax_n0"),
    ("count", " + ", " - ", r"layer count, bit \d, net top\.count\.count_n\d"),
]


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(1)], ids=["plain", "pipelined"])
@pytest.mark.parametrize(("module", "old", "new", "said"), FAULTS, ids=["argmax", "count"])
def test_a_fault_in_them_is_named(
    small_model: Model,
    tmp_path: Path,
    pipeline: Pipeline,
    module: str,
    old: str,
    new: str,
    said: str,
) -> None:
    if shutil.which("iverilog") is None and not os.environ.get("CI"):
        pytest.skip("Icarus Verilog is not installed")
    find_simulator("icarus")
    path = export(small_model, tmp_path / "b", pipeline=pipeline)
    rtl = path / "rtl" / "top.v"
    text = rtl.read_text()
    before, start, body = text.partition(f"\nmodule top__{module}(")
    assert old in body
    rtl.write_text(before + start + body.replace(old, new, 1))
    outcome = simulate(path, simulators=["icarus"], random=20)
    with pytest.raises(MismatchError, match=said):
        outcome.check()


def test_a_manifest_that_cannot_be_read_hides_no_mismatch(small_bundle: Path) -> None:
    """Then there is no netlist to ask, and the place stays "output"."""
    from db2hdl_hw.errors import InputError

    (small_bundle / "manifest.json").write_text("{")
    bundle = Bundle.open(small_bundle)
    with pytest.raises((InputError, ToolError)):
        word_stages(bundle, None, np.zeros(7, bool))  # type: ignore[arg-type]
