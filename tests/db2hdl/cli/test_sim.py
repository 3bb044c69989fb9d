"""What ``db2hdl sim`` hands to the simulation and prints of it; the simulation is faked."""

from types import SimpleNamespace

import pytest

from db2hdl import simulate as module
from db2hdl.simulate import Simulation
from db2hdl_hw.emit.coverage import Coverage
from db2hdl_sim.result import FirstDifference, Mismatch, SimResult, SourceCount

FIRST = FirstDifference(3, "test row 3", "l0_and", 1, "top.l0_and.l0_and_1", "0", "1")


def result(mismatches=0):
    described = tuple(
        Mismatch(3 + i, 0, f"test row {3 + i}", {"x": "0x1"}, {"class_index": "0x0"},
                 {"class_index": "0x1"}, {"Größe": 1})
        for i in range(mismatches)
    )  # fmt: skip
    return SimResult(
        top="top",
        simulator="Verilator 5.48.0",
        vectors=50,
        mismatches=mismatches,
        sources=(SourceCount("test", 40, mismatches), SourceCount("random (seed 7)", 10, 0)),
        described=described,
        build_seconds=1.0,
        run_seconds=0.1,
        first=FIRST if mismatches else None,
    )


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Fake the simulation; ``fake.calls`` has its arguments, ``fake.mismatches`` its outcome."""

    faked = SimpleNamespace(calls=[], mismatches=0)

    def simulate(bundle, **options):
        faked.calls.append((bundle, options))
        options["progress"]("build", 0, 50)
        options["progress"]("run", 20, 50)
        return Simulation((result(faked.mismatches),), 0.9, 0.9, tmp_path)

    monkeypatch.setattr(module, "simulate", simulate)
    return faked


def test_vectors_are_counted_by_origin_and_the_seed_is_shown(db2hdl, fake):
    outcome = db2hdl("sim", "b")
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("Verilator 5.48.0", "test", "random (seed 7)", "40", "10"):
        assert words in outcome.out


def test_options_are_passed_on(db2hdl, fake, tmp_path):
    db2hdl("sim", "b", "--simulator", "both", "--random", 5, "--seed", 7, "--waves",
           "--data", "rows.csv", "-o", tmp_path / "e")  # fmt: skip
    bundle, options = fake.calls[-1]
    assert str(bundle) == "b"
    assert options["simulators"] == ("verilator", "icarus")
    assert (options["random"], options["seed"], options["waves"]) == (5, 7, True)
    assert (str(options["data"]), options["evidence"]) == ("rows.csv", tmp_path / "e")


def test_a_mismatch_is_exit_4_and_names_vector_layer_net_and_feature(db2hdl, fake):
    fake.mismatches = 7
    outcome = db2hdl("sim", "b")
    assert outcome.code == 4
    assert outcome.err.count("\n") == 1
    for words in ("7 of 50 vectors", "test row 3", "l0_and", "top.l0_and.l0_and_1", "Größe"):
        assert words in outcome.err
    assert "and 2 more" in outcome.out


def test_json_has_every_figure(db2hdl, fake):
    fake.mismatches = 1
    result = db2hdl("sim", "b", "--json").json
    assert (result["passed"], result["exit_code"]) == (False, 4)
    assert (result["vectors"], result["mismatches"]) == (50, 1)
    assert result["runs"][0]["first"]["layer"] == "l0_and"
    assert result["verilog_accuracy"] == 0.9


@pytest.mark.parametrize(
    "options", [["--seed", "-1"], ["--random", "-1"], ["--simulator", "modelsim"], ["--seed", "x"]]
)
def test_bad_options_are_usage_errors(db2hdl, fake, options):
    outcome = db2hdl("sim", "b", *options)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert options[0] in outcome.err


def test_a_folder_that_is_no_bundle(db2hdl, tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        outcome = db2hdl("sim", path)
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1


def test_a_shell_is_said_not_to_be_covered(db2hdl, fake, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    covers = Coverage(("rtl/top.v",), ("rtl/top_axis.v",))
    outcome = Simulation((result(),), 0.9, 0.9, tmp_path, covers=covers)
    monkeypatch.setattr(module, "simulate", lambda bundle, **options: outcome)
    assert "not covered rtl/top_axis.v (shell)" in " ".join(db2hdl("sim", "b").out.split())
    assert db2hdl("sim", "b", "--json").json["not_covered"] == ["rtl/top_axis.v"]
