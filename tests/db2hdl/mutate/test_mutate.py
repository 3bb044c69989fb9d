"""Faults of a small bundle: caught, equivalent or missed, and better vectors that catch more."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from db2hdl import mutate as package
from db2hdl.bundle import export
from db2hdl.directed import Directed
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model
from db2hdl.mutate import Mutant, Mutation, mutate, run
from db2hdl.mutate.state import State
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError, MismatchError, NotProvedError, ToolError
from db2hdl_hw.mutate import decide
from db2hdl_hw.mutate.decide import Verdict
from db2hdl_hw.mutate.latency import latency_faults
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.system.cache import Cache
from db2hdl_sim.build import find_simulator


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "db2hdl" / "verilator"
    kept.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache" / "db2hdl").mkdir(parents=True)
    (tmp_path / "cache" / "db2hdl" / "verilator").symlink_to(kept)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def model() -> Model:
    """A net whose every vector but few is 0: a wide AND, which random vectors do not reach."""
    features = tuple(Feature(f"f{i}") for i in range(20))
    weight = np.zeros((2, 20), bool)
    weight[0, :12], weight[1, 8:] = True, True
    encoder = {"feature": np.arange(20), "threshold": np.ones(20, np.int64)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": weight}),
        HardLayer("l1_class_head", "class_head", (1,), {"classes": 2}),
    )
    hard = HardNet(features, layers, ("a", "b"))
    codes = np.zeros((4, 20), np.uint16)
    return Model(hard, codes, hard.predict(codes).astype(np.int32), {})


@pytest.fixture(scope="module")
def _bundle(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        find_simulator("verilator")
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return export(model, tmp_path_factory.mktemp("exported") / "b", vector_seconds=0)


@pytest.fixture
def bundle(_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_bundle, tmp_path / "b"))


@pytest.fixture(scope="module")
def _improved(
    _bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Mutation, Mutation]]:
    path = Path(shutil.copytree(_bundle, tmp_path_factory.mktemp("improved") / "b"))
    before = mutate(path, faults=40, random=5, prove=False)
    yield path, before, mutate(path, faults=40, random=5, improve=True, prove=False)


def test_what_vectors_miss_is_proved_to_be_different(_improved) -> None:
    _, before, _ = _improved
    assert len(before.mutants) > 40
    assert before.count("missed") > 0 and before.count("caught") > 0
    assert before.count("equivalent") > 0
    assert before.proof_coverage == 1.0
    assert before.coverage() < 1
    with pytest.raises(MismatchError, match="fewer than 99 %"):
        before.check(99)
    before.check()
    assert all(one.vector for one in before.mutants if one.outcome == "missed")


def test_improved_vectors_catch_all(_improved, model: Model, tmp_path: Path) -> None:
    path, _, after = _improved
    assert after.coverage() == 1.0
    assert after.added == after.directed > 0
    after.check(100)
    bundle = Bundle.open(path)
    assert bundle.directed() is not None and not manifest.changes(path)
    assert set(evidence.states(path).values()) == {"fresh"}
    assert f"{after.directed}" in (path / "DATASHEET.md").read_text()
    assert "directed" in (path / "tb" / "top_tb.v").read_text()


def test_the_improved_bundle_comes_out_the_same_when_rebuilt(_improved, model: Model) -> None:
    from db2hdl.bundle import arguments, bundle_parts

    path, _, _ = _improved
    words = Bundle.open(path).directed()
    assert words is not None
    listed = manifest.read(path)
    assert listed is not None
    parts = bundle_parts(model, **arguments(listed.options), directed=Directed(words[0]))
    assert {name: (path / name).read_bytes() for name in parts} == parts


def test_evidence(_improved) -> None:
    path, _, after = _improved
    data = json.loads((path / "evidence" / "mutate.json").read_text())
    assert data == json.loads(json.dumps(after.to_json()))
    assert data["origins"]["netlist"]["by_kind"]["stuck at 0"]["caught"] > 0
    root = ElementTree.parse(path / "evidence" / "mutate.xml").getroot()
    assert {suite.get("name") for suite in root} == {
        "faults in the netlist",
        "faults in the verilog",
    }


def test_an_interrupted_run_goes_on_where_it_was(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = run.Decider.fault

    def fault(self: object, number: int) -> Verdict:
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(number)
        return real(self, number)  # type: ignore[arg-type]

    monkeypatch.setattr("db2hdl.mutate.state.SAVE_EVERY", 1)
    monkeypatch.setattr(run.Decider, "fault", fault)
    with pytest.raises(KeyboardInterrupt):
        mutate(bundle, faults=20, random=5, prove=False)
    assert not (bundle / "evidence").exists()
    first, asked[:] = list(asked), []
    again: list[int] = []
    monkeypatch.setattr(run.Decider, "fault", lambda s, n: (again.append(n), real(s, n))[1])
    monkeypatch.setattr(run.MutantSimulation, "_build", lambda s: pytest.fail("built again"))
    outcome = mutate(bundle, faults=20, random=5, prove=False)
    assert len(first) == 3 and not set(first) & set(again)
    assert outcome.cached == 3 and outcome.to_json()["cached"]["made"] == outcome.since != ""
    for kind in ("mutate", "simulator"):
        assert not list(Cache(kind).path("").iterdir())
    assert outcome.proof_coverage == 1.0


def test_the_prover_judges_edited_verilog(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db2hdl.mutate.circuit.MOST", 4)
    outcome = mutate(bundle, faults=5, random=5)
    edited = [one for one in outcome.mutants if one.origin == "verilog"]
    assert len(edited) == 4
    outcome.check()
    wanted = {"equivalent": "proved"}
    assert [one.proof for one in edited] == [wanted.get(o.outcome, "refuted") for o in edited]


def test_rtl_that_is_not_the_model_s_is_named(bundle: Path) -> None:
    rtl = bundle / "rtl" / "top.v"
    rtl.write_text(rtl.read_text().replace(" > ", " >= ", 1))
    with pytest.raises(MismatchError, match=r"top\.v is not the circuit of .*model\.dbnet"):
        mutate(bundle, faults=5)
    with pytest.raises(InputError, match=r"rtl/top\.v was changed.*--improve would undo"):
        mutate(bundle, faults=5, improve=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("module top(", '`include "/etc/passwd"\nmodule top('),
        ("endmodule", 'initial $system("true");\nendmodule'),
    ],
)
def test_malicious_verilog_is_refused(bundle: Path, old: str, new: str) -> None:
    rtl = bundle / "rtl" / "top.v"
    rtl.write_text(rtl.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match="refused"):
        mutate(bundle, faults=5)


def test_no_faults(bundle: Path) -> None:
    with pytest.raises(InputError, match="at least one fault"):
        mutate(bundle, faults=0)


@pytest.fixture(scope="module")
def pipelined(_bundle: Path, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(
        model, tmp_path_factory.mktemp("piped") / "b", pipeline=Pipeline(1, True), vector_seconds=0
    )


def test_a_pipelined_core_and_its_faults_of_time(pipelined: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(pipelined, tmp_path / "b"))
    found = mutate(path, faults=30, random=5, improve=True, prove=False)
    found.check(100)
    assert found.added > 0 and not manifest.changes(path)
    late = [one for one in found.mutants if one.kind == "latency"]
    assert {(one.outcome, one.proof) for one in late} == {("caught", "refuted")}
    assert [one.what.split(": ")[1] for one in late if one.origin == "interface"] == [
        "1 cycles are stated, 2 are right",
        "3 cycles are stated, 2 are right",
    ]
    said = {one.what.split(": ")[1] for one in late}
    assert {"out_valid comes a cycle early", "class_index comes a cycle late"} <= said
    assert any("left out" in one for one in said)


def test_a_core_that_is_not_as_late_as_it_says(pipelined: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(pipelined, tmp_path / "b"))
    rtl = path / "rtl" / "top.v"
    face = Bundle.open(path).interface
    one = latency_faults(rtl.read_text(), face)[2]
    rtl.write_text(one.applied(rtl.read_text()))
    with pytest.raises(MismatchError, match="comes after 3 cycles, not 2"):
        mutate(path, faults=5)


ONE = Mutant("netlist", "stuck at 0", "l0", "stuck at 0 of x in l0", "caught", "1", "refuted")


def _of(*mutants: Mutant) -> Mutation:
    return Mutation(mutants, 9, 0, 10, 0, 0, {})


def test_a_proof_that_is_wrong_or_unfinished_is_an_error() -> None:
    _of(ONE).check(100)
    _of(replace(ONE, outcome="equivalent", proof="proved")).check(100)
    with pytest.raises(MismatchError, match="the proof says proved of a fault that is caught"):
        _of(ONE, replace(ONE, proof="proved")).check()
    with pytest.raises(MismatchError, match="refuted of a fault that is equivalent"):
        _of(replace(ONE, outcome="equivalent")).check()
    gave_up = replace(ONE, outcome="undecided", proof="not proved")
    with pytest.raises(NotProvedError):
        _of(ONE, gave_up).check()
    assert _of(ONE, gave_up).coverage() == 0.5
    assert _of().coverage() is None and _of().proof_coverage is None
    (case,) = _of(ONE, gave_up).to_cases()
    assert case.verdict == "failure" and "undecided" in case.text


def test_state_survives_and_damage_is_forgotten(tmp_path: Path) -> None:
    state = State("key", {})
    word = np.array([True, False, True])
    state.put("3", Verdict(decide.DIFFERENT, word))
    state.put("4", Verdict(decide.EQUIVALENT, how="structure"), save=True)
    again = State("key", {})
    known = again.get("3")
    assert known is not None and known.word is not None
    np.testing.assert_array_equal(known.word, word)
    assert again.get("4") == Verdict(decide.EQUIVALENT, how="structure")
    assert again.get("6") is None
    assert State("other", {}).get("3") is None
    assert State("key", {"source": "another"}).get("3") is None
    last = State("key", {})
    assert last.since and last.used == 0 and last.get("3") and last.get("3") and last.used == 1
    path = Cache("mutate").path(again.key)
    assert path.is_file()
    again.finish()
    assert not path.exists() and State("key", {}).get("3") is None


def test_the_package_says_what_it_has() -> None:
    assert package.mutate is mutate
