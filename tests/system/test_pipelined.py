"""From a model to a pipelined core and its simulation, with the command line."""

import json

import pytest

from db2hdl.bundle import export
from db2hdl.model_file import save
from db2hdl.prove import prove
from db2hdl.simulate import simulate
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.mutate.latency import latency_faults
from db2hdl_hw.passes.stages import Pipeline


@pytest.fixture
def pipelined(db2hdl, small_model, tmp_path):
    save(tmp_path / "m.dbnet", small_model)
    bundle = tmp_path / "b"
    made = db2hdl("export", tmp_path / "m.dbnet", "-o", bundle, "--pipeline", 2, "--scores")
    assert made.code == 0
    return bundle


def test_a_pipelined_core_is_simulated(db2hdl, pipelined, icarus):
    done = db2hdl("sim", pipelined, "--simulator", "icarus", "--random", 50)
    assert done.code == 0
    assert "every output came 2 cycles after its input" in done.out + done.err
    found = json.loads((pipelined / "evidence" / "sim.json").read_text())
    assert '"latency":{"' in json.dumps(found, separators=(",", ":"))


def test_a_latency_that_is_one_off_is_a_mismatch(db2hdl, pipelined, icarus):
    interface = pipelined / "interface.json"
    interface.write_text(interface.read_text().replace('"latency": 2', '"latency": 3'))
    done = db2hdl("sim", pipelined, "--simulator", "icarus", "--random", 50)
    assert done.code == 4
    assert "latency: out_valid comes 2 cycles after in_valid, not 3 cycles as" in done.err


def test_every_fault_of_time_is_found(small_model, tmp_path, icarus):
    """By simulation, most with a message of their own; and the proof refutes each."""
    bundle = export(small_model, tmp_path / "b", pipeline=Pipeline(1, True))
    opened = Bundle.open(bundle)
    text = opened.rtl[0].read_text()
    verdicts = {}
    for fault in latency_faults(text, opened.interface, count=2, seed=3):
        opened.rtl[0].write_text(fault.applied(text))
        outcome = simulate(bundle, simulators=["icarus"], random=100)
        assert not outcome.passed, str(fault)
        verdicts[fault.where] = outcome.results[0].latency_fault
        assert prove(bundle, targets=()).verdict == "refuted", str(fault)
    assert "out_valid comes 1 cycle after" in verdicts["out_valid comes a cycle early"]
    assert "out_valid comes 3 cycles after" in verdicts["out_valid comes a cycle late"]
    assert "outputs come 3 cycles after" in verdicts["class_index comes a cycle late"]


def test_a_pipelined_core_is_proved_with_its_latency(small_model, tmp_path):
    bundle = export(small_model, tmp_path / "b", pipeline=Pipeline(2, True, True))
    assert prove(bundle, targets=()).verdict == "proved"
    interface = bundle / "interface.json"
    interface.write_text(interface.read_text().replace('"latency": 4', '"latency": 5'))
    assert prove(bundle, targets=()).verdict == "refuted"
