"""From a model to a pipelined core and its simulation, with the command line."""

import json

import pytest

from db2hdl.model_file import save


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
