"""Reports say what happened, the same each time."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from db2hdl_hw.emit.evidence import to_junit
from db2hdl_sim.report import describe, to_cases, to_json
from db2hdl_sim.result import FirstDifference, Mismatch, SimResult, SourceCount

WRONG = Mismatch(
    7, 1, "test row 2", {"x": "0x5"}, {"y": "0x1", "z": "0x0"}, {"y": "0bX", "z": "0x0"}
)
FIRST = FirstDifference(7, "test row 2", "l1_and", 3, "top.l1_and.l1_and_3", "1", "0")
BAD = SimResult(
    "top",
    "Icarus Verilog 11.0",
    12,
    3,
    (SourceCount("corner", 5, 0), SourceCount("test <1>", 7, 3)),
    (WRONG,),
    1.23456,
    0.5,
    first=FIRST,
)
GOOD = replace(
    BAD,
    simulator="Verilator 5.48.0",
    mismatches=0,
    sources=(SourceCount("corner", 5, 0),),
    described=(),
    first=None,
    waves=Path("a/b.vcd"),
)


def test_json() -> None:
    data = json.loads(json.dumps(to_json([GOOD, BAD])))
    assert (data["format"], data["version"], data["passed"]) == ("db2hdl-sim", 1, False)
    good, bad = data["runs"]
    assert good["passed"] and good["waves"] == "a/b.vcd" and good["first"] is None
    assert not bad["passed"] and bad["build_seconds"] == 1.235
    assert bad["described"][0]["label"] == "test row 2"
    assert bad["first"]["net"] == "top.l1_and.l1_and_3"
    assert to_json([GOOD])["passed"]


def test_nothing_is_not_a_pass() -> None:
    assert not to_json([])["passed"]
    assert not replace(GOOD, vectors=0).passed


def test_junit() -> None:
    root = ElementTree.fromstring(to_junit("sim", to_cases([GOOD, BAD])).encode())
    good, bad = root.findall("testsuite")
    assert (good.get("tests"), good.get("failures")) == ("1", "0")
    assert (bad.get("tests"), bad.get("failures"), bad.get("errors")) == ("2", "1", "0")
    assert bad.get("name") == "top on Icarus Verilog 11.0"
    (failure,) = bad.iter("failure")
    assert failure.get("message") == "3 of 7 vectors differ"
    assert failure.text is not None
    assert failure.text.splitlines()[1] == "and 2 more"
    assert [case.get("name") for case in bad.iter("testcase")] == ["corner", "test <1>"]


def test_a_mismatch_in_one_line() -> None:
    assert describe(WRONG, FIRST) == (
        "test row 2: inputs x=0x5; y expected 0x1, got 0bX; first difference in layer l1_and, "
        "bit 3, net top.l1_and.l1_and_3: expected 1, got 0"
    )
    assert "layer" not in describe(WRONG, replace(FIRST, index=8))
    many = replace(WRONG, inputs={f"p{i}": "0x0" for i in range(10)})
    assert "p7=0x0 and 2 more;" in describe(many)
