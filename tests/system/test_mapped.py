"""The netlist that synthesis makes, simulated with the vendors' cell models on the same vectors."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial

import pytest

import db2hdl_hw.synth
from db2hdl.bundle import export
from db2hdl.prove import prove
from db2hdl.simulate import simulate
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError, MismatchError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.prove.equal import PROVED
from db2hdl_hw.synth.parts import BY_PARTS


@pytest.mark.parametrize("target", ["ice40", "ecp5"])
def test_the_netlist_answers_like_the_reference(small_bundle, target):
    outcome = simulate(small_bundle, netlist=target, random=50)
    outcome.check()
    assert outcome.results[0].vectors > 90
    kept = json.loads((small_bundle / "evidence" / f"sim-{target}.json").read_text())
    assert kept["passed"] and not (small_bundle / "evidence" / "sim.json").exists()


def by_parts(monkeypatch):
    """Have small netlists, too, put together of modules that were synthesised apart."""
    made = partial(db2hdl_hw.synth.synthesise, choice=BY_PARTS)
    monkeypatch.setattr(db2hdl_hw.synth, "synthesise", made)
    return made


@pytest.mark.parametrize("target", ["ecp5", "gowin"])
def test_a_netlist_put_together_of_parts_answers_like_the_reference(
    small_model, tmp_path, monkeypatch, target
):
    made = by_parts(monkeypatch)
    bundle = export(small_model, tmp_path / "ip", pipeline=Pipeline(2), target=target)
    outcome = simulate(bundle, netlist=target, random=50)
    outcome.check()
    assert outcome.results[0].vectors > 90
    opened = Bundle.open(bundle)
    netlist = made(opened.rtl, opened.interface.top, target, keep_hierarchy=False).netlist_json
    report = prove(bundle, targets=[target], netlists={target: netlist})
    assert [link.verdict for link in report.links] == [PROVED] * 5


def test_a_pipelined_netlist_keeps_its_latency(small_model, tmp_path):
    bundle = export(small_model, tmp_path / "ip", pipeline=Pipeline(2))
    outcome = simulate(bundle, netlist="ice40", random=50)
    outcome.check()
    assert outcome.results[0].latency.stated == 2


def test_one_flipped_bit_of_a_lut_is_found(small_bundle, tmp_path, monkeypatch):
    real = db2hdl_hw.synth.synthesise

    def flipped(*arguments, **options):
        made = real(*arguments, **options)
        text = made.netlist_verilog.read_text()
        changed, count = re.subn(
            r"LUT_INIT\(16'h(\w{4})\)",
            lambda found: f"LUT_INIT(16'h{int(found[1], 16) ^ 0xFFFF:04x})",
            text,
            count=1,
        )
        assert count == 1
        (tmp_path / "netlist.v").write_text(changed)
        return replace(made, folder=tmp_path)

    monkeypatch.setattr(db2hdl_hw.synth, "synthesise", flipped)
    with pytest.raises(MismatchError, match="vectors differ"):
        simulate(small_bundle, netlist="ice40", random=200).check()


def test_icarus_is_not_asked_for_models_that_it_cannot_read(small_bundle, monkeypatch):
    monkeypatch.setattr("db2hdl.simulate.find_simulator", lambda simulator: None)
    with pytest.raises(InputError, match="--simulator verilator"):
        simulate(small_bundle, netlist="ecp5", simulators=("icarus",))
