"""What is simulated and how the outcome is judged; the simulators themselves are faked."""

import json
import shutil
from contextlib import suppress
from dataclasses import replace

import pytest

from db2hdl import simulate as module
from db2hdl.bundle import export
from db2hdl.simulate import simulate
from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.errors import Db2hdlError, InputError, MismatchError, ToolError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.tools import Tool
from db2hdl_sim.result import FirstDifference, make_result

FIRST = FirstDifference(0, "test row 0", "l0_and", 1, "top.l0_and.l0_and_1", "0", "1")


class FakeSimulator:
    """Answers as a circuit would that is wrong at some vectors, and keeps the jobs it was given."""

    def __init__(self):
        self.wrong = {}
        self.latency = None
        self.error = None
        self.jobs = []
        self.words = []

    def run(self, job, progress):
        self.jobs.append(job)
        if self.error:
            raise self.error
        self.words = words = job.stimulus.read_text().split()
        expected = [
            format(int(word, 16), f"0{job.output_width}b")
            for word in job.expected.read_text().split()
        ]
        described = [
            {"index": i, "word": words[i], "expected": expected[i], "got": got}
            for i, got in sorted(self.wrong.items())
        ]
        answer = {
            "compared": job.vectors,
            "mismatches": sorted(self.wrong),
            "described": described[: job.keep],
            "seconds": 0.1,
            "latency": self.latency,
        }
        waves = None
        if job.waves:
            waves = job.build_dir / "top.vcd"
            waves.write_text("waves")
        return make_result(job, answer, simulator=job.simulator, build_seconds=0.1, waves=waves)


@pytest.fixture
def fake(monkeypatch):
    simulator = FakeSimulator()
    monkeypatch.setattr(module, "run_job", simulator.run)
    monkeypatch.setattr(module, "find_simulator", lambda name: Tool(name, None, (1,), {}))
    monkeypatch.setattr(module, "localise", lambda *a, **k: FIRST)
    return simulator


def test_test_corner_random_and_all_rows_are_driven(fake, small_bundle):
    outcome = simulate(small_bundle, random=7, seed=5)
    assert outcome.passed
    outcome.check()
    counts = {source.name: source.vectors for source in outcome.results[0].sources}
    assert counts["test"] == 40
    assert counts["random (seed 5)"] == 7
    assert counts["exhaustive"] == 2**7
    assert "corner" in counts


def test_both_simulators_run(fake, small_bundle):
    outcome = simulate(small_bundle, simulators=("verilator", "icarus"))
    assert [result.simulator for result in outcome.results] == ["verilator", "icarus"]


def test_accuracies_are_of_the_test_rows(fake, small_bundle):
    outcome = simulate(small_bundle)
    assert (outcome.hard_accuracy, outcome.verilog_accuracy) == (0.9, 0.9)


def test_the_circuits_accuracy_counts_what_the_circuit_says(fake, small_bundle, small_model):
    right = small_model.hard.predict(small_model.test_codes)
    # Row 0 is labelled wrong: a wrong circuit is right there. Rows 5 to 34 become wrong.
    fake.wrong = {row: f"0000{1 - right[row]}" for row in (0, *range(5, 35))}
    outcome = simulate(small_bundle)
    assert outcome.hard_accuracy == 0.9
    assert outcome.verilog_accuracy == (36 + 1 - 30) / 40


def test_a_mismatch_is_an_error_that_names_the_layer(fake, small_bundle):
    fake.wrong = {0: "0000X"}
    outcome = simulate(small_bundle)
    assert not outcome.passed
    with pytest.raises(MismatchError, match=r"1 of \d+ vectors differ.*layer l0_and.*l0_and_1"):
        outcome.check()


def test_mismatches_are_told_in_the_names_of_the_data(fake, small_bundle, small_model):
    fake.wrong = {2: "0000X"}
    outcome = simulate(small_bundle)
    row = small_model.test_codes[2].tolist()
    names = [feature.name for feature in small_model.hard.features]
    assert outcome.results[0].described[0].features == dict(zip(names, row, strict=True))
    with pytest.raises(MismatchError, match=f"Größe in mm={row[2]}"):
        outcome.check()


def test_a_mismatch_stays_one_if_its_place_cannot_be_found(fake, small_bundle, monkeypatch):
    def localise(*arguments, **options):
        raise InputError("the net map was edited")

    monkeypatch.setattr(module, "localise", localise)
    fake.wrong = {0: "0000X"}
    with pytest.raises(MismatchError):
        simulate(small_bundle).check()


def test_evidence_is_written_and_an_earlier_one_removed(fake, small_bundle):
    evidence = small_bundle / "evidence"
    evidence.mkdir()
    (evidence / "waves-icarus.fst").touch()
    outcome = simulate(small_bundle, waves=True)
    assert outcome.evidence == evidence
    names = {file.name for file in evidence.iterdir()}
    assert names == {"manifest.json", "sim.json", "sim.xml", "waves-verilator.vcd"}
    assert json.loads((evidence / "sim.json").read_text())["passed"] is True


def test_a_run_that_dies_leaves_no_evidence_of_an_earlier_one(fake, small_bundle):
    simulate(small_bundle)
    fake.error = ToolError("it died")
    with pytest.raises(ToolError):
        simulate(small_bundle)
    assert [file.name for file in (small_bundle / "evidence").iterdir()] == ["manifest.json"]


def test_evidence_may_go_elsewhere(fake, small_bundle, tmp_path):
    assert simulate(small_bundle, evidence=tmp_path / "e" / "f").evidence == tmp_path / "e" / "f"
    assert (tmp_path / "e" / "f" / "sim.json").is_file()
    assert not (small_bundle / "evidence").exists()


@pytest.mark.parametrize(
    ("error", "kept"), [(None, False), (ToolError("died"), True), (KeyboardInterrupt(), False)]
)
def test_builds_are_kept_only_for_their_logs(fake, small_bundle, error, kept):
    fake.error = error
    with suppress(Db2hdlError, KeyboardInterrupt):
        simulate(small_bundle)
    assert fake.jobs[0].build_dir.exists() is kept


def test_rows_of_the_user_are_coded_and_driven(fake, small_bundle, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("Größe in mm,unused,clk,[red]ok?\n0.25,9,1,0\n100,9,0,1\n")
    outcome = simulate(small_bundle, data=rows, random=0)
    sources = [(source.name, source.vectors) for source in outcome.results[0].sources]
    assert [name for name, _ in sources[:3]] == ["test", "directed", "rows.csv"]
    assert ("rows.csv", 2) in sources
    # x is [red]ok? in bit 0 and clk in bit 1, then the code of the size: 7, and 31 at most.
    first = 40 + dict(sources)["directed"]
    assert [int(word, 16) for word in fake.words[first : first + 2]] == [0b00111_10, 0b11111_01]


def test_rows_without_a_column_are_refused(fake, small_bundle, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("clk,[red]ok?\n1,0\n")
    with pytest.raises(InputError, match="Größe in mm"):
        simulate(small_bundle, data=rows)


def test_changed_expected_words_are_noticed(fake, small_bundle):
    file = small_bundle / "vectors" / "test_expected.hex"
    lines = file.read_text().splitlines()
    lines[2] = format(int(lines[2], 16) ^ 1, "02x")
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(MismatchError, match="line 3"):
        simulate(small_bundle)


def test_another_model_is_noticed(fake, small_bundle, small_model):
    from db2hdl.model_file import save

    hard = replace(small_model.hard, classes=("off", "on"))
    save(small_bundle / "model.dbnet", replace(small_model, hard=hard))
    with pytest.raises(MismatchError, match="is not the model"):
        simulate(small_bundle)


@pytest.mark.parametrize("name", ["test_inputs.hex", "test_expected.hex", "test_labels.txt"])
def test_empty_vector_files_are_refused(fake, small_bundle, name):
    (small_bundle / "vectors" / name).write_text("")
    with pytest.raises(InputError, match=name):
        simulate(small_bundle)


def test_too_few_labels_are_refused(fake, small_bundle):
    (small_bundle / "vectors" / "test_labels.txt").write_text("0\n1\n")
    with pytest.raises(InputError, match="2 rows for 40 inputs"):
        simulate(small_bundle)


def test_a_bundle_without_test_rows_has_no_accuracy(fake, small_model, tmp_path):
    from db2hdl.bundle import export

    bundle = export(small_model.hard, tmp_path / "b")
    outcome = simulate(bundle)
    assert outcome.passed
    assert (outcome.hard_accuracy, outcome.verilog_accuracy) == (None, None)


def test_a_bundle_without_vectors_says_so_and_no_vectors_at_all_are_an_error(
    fake, small_bundle, db2hdl, monkeypatch
):
    shutil.rmtree(small_bundle / "vectors")
    done = db2hdl("sim", small_bundle)
    assert done.code == 0 and "note: the bundle has no test rows" in done.out + done.err
    assert json.loads((small_bundle / "evidence" / "sim.json").read_text())["notes"]
    monkeypatch.setattr(module, "generate", lambda *a: [])
    done = db2hdl("sim", small_bundle)
    assert done.code == 2 and "zero vectors to simulate" in done.err


def test_an_unknown_simulator_is_refused(fake, small_bundle):
    with pytest.raises(InputError, match="did you mean 'icarus'"):
        simulate(small_bundle, simulators=["icaruss"])


def test_a_missing_simulator_is_noticed_before_any_work(fake, small_bundle, monkeypatch):
    def find_simulator(name):
        raise ToolError(f"{name} is not installed; apt-get install {name}")

    monkeypatch.setattr(module, "find_simulator", find_simulator)
    with pytest.raises(ToolError, match="not installed"):
        simulate(small_bundle)
    assert not (small_bundle / "evidence").exists()


def test_no_simulator_is_no_pass(fake, small_bundle):
    with pytest.raises(InputError, match="no simulator"):
        simulate(small_bundle, simulators=())


def test_a_wrong_latency_is_told_instead_of_a_place(fake, small_model, tmp_path):
    bundle = export(small_model, tmp_path / "b", pipeline=Pipeline(1, register_input=True))
    fake.latency = {"stated": 2, "valid": 3, "data": 3, "wrong": 9}
    fake.wrong = {0: "1"}
    outcome = simulate(bundle, seed=7)
    assert not outcome.passed and outcome.results[0].first is None
    with pytest.raises(MismatchError, match=r"latency: out_valid comes 3 cycles .* not 2 cycles"):
        outcome.check()
    (job,) = fake.jobs
    assert (job.latency, job.clocking, job.seed) == (2, Clocking(), 7)
