"""What ``db2hdl prove`` hands to the prover, prints and ends with; the proof is faked."""

import json

import numpy as np
import pytest

import db2hdl.prove as module
from db2hdl.prove import LinkResult, ProofReport, Where
from db2hdl_hw.emit.coverage import Coverage


def links(verdict):
    refuted = LinkResult(
        "optimised = rtl",
        verdict,
        1.5,
        {"abc": verdict, "sat": verdict},
        why="out of time" if verdict == "not proved" else "",
    )
    if verdict == "refuted":
        refuted.counterexample = np.array([3, 1])
        refuted.where = Where("l0_and", 1, "top.l0_and.l0_and_1")
        refuted.outputs = {"class_index": (0, 1)}
        refuted.replay = {"features": {"width": 3, "ok?": 1}, "simulator": "Icarus Verilog 11.0"}
    return [
        LinkResult("hard = netlist", "proved", 0.1, {"abc": "proved", "sat": "proved"}),
        refuted,
    ]


@pytest.fixture
def fake(monkeypatch):
    """Fake the proof; ``fake(verdict)`` sets its outcome, and returns the calls."""
    calls = []

    def outcome(verdict):
        def prove(bundle, **options):
            calls.append(options)
            options["progress"]("hard = netlist")
            return ProofReport(links(verdict), "top")

        monkeypatch.setattr(module, "prove", prove)
        return calls

    return outcome


@pytest.mark.parametrize(("verdict", "code"), [("proved", 0), ("refuted", 4), ("not proved", 6)])
def test_verdicts_and_exit_codes(db2hdl, fake, small_bundle, verdict, code):
    fake(verdict)
    outcome = db2hdl("prove", small_bundle)
    assert outcome.code == code
    assert verdict in outcome.out
    kept = json.loads((small_bundle / "evidence" / "prove.json").read_text())
    assert kept["verdict"] == verdict
    assert (small_bundle / "evidence" / "prove.xml").is_file()


def test_a_refutation_is_described(db2hdl, fake, small_bundle):
    fake("refuted")
    line = db2hdl("prove", small_bundle).err
    for part in (
        "optimised = rtl is refuted: inputs width=3, ok?=1",
        "class_index: optimised 0x0, rtl 0x1",
        "layer l0_and, bit 1, net top.l0_and.l0_and_1",
        "Icarus Verilog 11.0 shows it, too",
    ):
        assert part in line
    assert line.count("\n") == 1


def test_options_reach_the_prover(db2hdl, fake, small_bundle, tmp_path):
    calls = fake("proved")
    db2hdl(
        *("prove", small_bundle, "--target", "xc7", "--target", "gowin", "--timeout", "5"),
        *("--jobs", "3", "--engine", "abc", "--certificates", tmp_path / "c"),
    )
    db2hdl("prove", small_bundle, "--no-synth")
    db2hdl("prove", small_bundle)
    assert calls[0]["targets"] == ("xc7", "gowin")
    assert calls[0]["timeout"] == 5.0
    assert calls[0]["jobs"] == 3
    assert calls[0]["engines"] == ("abc",)
    assert calls[0]["certificates"] == tmp_path / "c"
    assert calls[1]["targets"] == ()
    assert calls[2]["targets"] == ("ice40", "ecp5", "xc7")
    assert calls[2]["engines"] == ("abc", "sat")


def test_options_that_contradict_each_other(db2hdl, small_bundle):
    outcome = db2hdl("prove", small_bundle, "--no-synth", "--target", "xc7")
    assert (outcome.code, outcome.out) == (2, "")
    assert "contradict" in outcome.err


def test_json_is_one_object(db2hdl, fake, small_bundle):
    fake("proved")
    answer = db2hdl("prove", small_bundle, "--json").json
    assert answer["verdict"] == "proved"
    assert [link["name"] for link in answer["links"]] == ["hard = netlist", "optimised = rtl"]


def test_what_an_earlier_run_found_is_marked(db2hdl, monkeypatch, small_bundle):
    monkeypatch.setenv("COLUMNS", "160")
    one, other = links("proved")
    one.cached, other.detail = "2026-11-28T12:00:00+00:00", {"resumed": 7}
    report = ProofReport([one, other], "top", covers=Coverage(("rtl/top.v",), ("rtl/top_axis.v",)))
    monkeypatch.setattr(module, "prove", lambda bundle, **options: report)
    shown = " ".join(db2hdl("prove", small_bundle).out.split())
    assert "cached of 2026-11-28T12:00:00+00:00" in shown and "7 steps cached" in shown
    assert "rtl/top_axis.v (shell) not covered" in shown
    answer = db2hdl("prove", small_bundle, "--json").json
    assert answer["links"][0]["cached"] == one.cached and answer["links"][0]["seconds"] == 0.1
    assert (answer["covered"], answer["not_covered"]) == (["rtl/top.v"], ["rtl/top_axis.v"])
    kept = json.loads((small_bundle / "evidence" / "prove.json").read_text())
    assert kept["not_covered"] == ["rtl/top_axis.v"] and kept["links"][0]["cached"]
    junit = (small_bundle / "evidence" / "prove.xml").read_text()
    assert 'name="rtl/top_axis.v"' in junit and 'skipped="1"' in junit
