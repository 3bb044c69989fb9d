"""``db2hdl train``, with few epochs."""

import pytest

from db2hdl import load, model_hash
from db2hdl import train as module
from db2hdl.cli import training


@pytest.fixture
def table(tmp_path):
    """A small table: ok iff a."""
    path = tmp_path / "t.csv"
    path.write_text("a,size,ok\n" + "0,1.5,no\n1,2.5,yes\n1,0.5,yes\n0,9,no\n" * 10)
    return path


def test_figures_and_model(db2hdl, table, tmp_path):
    path = tmp_path / "m.dbnet"
    outcome = db2hdl("train", "--data", table, "--label", "ok", "-o", path, "--epochs", 2)
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("soft accuracy", "hard accuracy", "bits different", "0 of", "yes"):
        assert words in outcome.out
    assert [feature.name for feature in load(path).hard.features] == ["a", "size"]


def test_json_has_the_figures(db2hdl, table, tmp_path):
    path = tmp_path / "m.dbnet"
    result = db2hdl("--json", "train", "--data", table, "--label", "ok", "-o", path,
                    "--epochs", 2, "--seed", 7, "--input-bits", 5).json  # fmt: skip
    assert result["soft_accuracy"] == result["hard_accuracy"]
    assert (result["bits_different"], result["seed"]) == (0, 7)
    assert result["classes"] == ["no", "yes"]
    assert sum(map(sum, result["confusion"])) == result["test_rows"]
    assert result["model_hash"] == model_hash(load(path).hard)
    assert load(path).hard.features[1].bits == 5


def test_a_built_in_problem(db2hdl, tmp_path):
    path = tmp_path / "iris.dbnet"
    assert db2hdl("train", "iris", "-o", path, "--epochs", 1, "--quiet").out == ""
    assert load(path).hard.classes == ("setosa", "versicolor", "virginica")


def test_noisy_xor_reads_files_of_the_papers_format(db2hdl, tmp_path):
    rows = "".join(f"{a} {b} {a ^ b}\n" for a in (0, 1) for b in (0, 1)) * 5
    (tmp_path / "train.txt").write_text(rows)
    (tmp_path / "test.txt").write_text(rows)
    result = db2hdl("train", "noisy-xor", "--data", tmp_path / "train.txt",
                    "--test", tmp_path / "test.txt", "-o", tmp_path / "m.dbnet",
                    "--epochs", 1, "--json").json  # fmt: skip
    assert result["test_rows"] == 20
    assert result["provenance"]["recipe"]["clauses"] == 16


def test_an_interrupted_training_resumes_to_the_same_model(db2hdl, table, tmp_path, monkeypatch):
    common = ["train", "--data", table, "--label", "ok", "--epochs", 4]
    assert db2hdl(*common, "-o", tmp_path / "whole.dbnet").code == 0
    checkpointed = [*common, "-o", tmp_path / "m.dbnet", "--checkpoint", tmp_path / "c.pt"]

    real = training._epochs

    def interrupted(out, planned):
        from contextlib import contextmanager

        @contextmanager
        def stops_after_two():
            with real(out, planned) as tell:

                def progress(epoch, total):
                    tell(epoch, total)
                    if epoch.epoch == 2:
                        raise KeyboardInterrupt

                yield progress

        return stops_after_two()

    with monkeypatch.context() as patched:
        patched.setattr(training, "_epochs", interrupted)
        outcome = db2hdl(*checkpointed)
    assert (outcome.code, outcome.err) == (130, "error: interrupted\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.pt", "t.csv", "whole.dbnet"]
    assert db2hdl(*checkpointed, "--resume").code == 0
    whole, resumed = (load(tmp_path / name).hard for name in ("whole.dbnet", "m.dbnet"))
    assert model_hash(whole) == model_hash(resumed)


def test_the_output_is_checked_before_any_training(db2hdl, table, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "train", None)
    (tmp_path / "m.dbnet").write_text("keep me")
    outcome = db2hdl("train", "--data", table, "--label", "ok", "-o", tmp_path / "m.dbnet")
    assert outcome.code == 2
    assert "--force" in outcome.err
    outcome = db2hdl("train", "iris", "-o", tmp_path / "no" / "m.dbnet")
    assert (outcome.code, "does not exist" in outcome.err) == (2, True)


def test_what_is_read_is_never_replaced(db2hdl, table, tmp_path):
    text = table.read_text()
    common = ["train", "--data", table, "--label", "ok", "--epochs", 1, "--force"]
    for argv in (["-o", table], ["-o", tmp_path / "m.dbnet", "--checkpoint", table]):
        outcome = db2hdl(*common, *argv)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert table.read_text() == text


def test_torch_missing_says_what_to_install(db2hdl, tmp_path, monkeypatch):
    def learn(*args, **options):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("db2hdl.cli.train.learn", learn)
    outcome = db2hdl("train", "iris", "-o", tmp_path / "m.dbnet")
    assert outcome.code == 3
    assert "pip install 'db2hdl[train]'" in outcome.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "nothing to learn"),
        (["irsi"], "did you mean 'iris'"),
        (["t.csv"], "--data t.csv"),
        (["iris", "--label", "ok"], "--data"),
        (["iris", "--data", "t.csv"], "--label"),
        (["irsi", "--data", "t.csv"], "did you mean 'iris'"),
        (["--data", "t.csv"], "--label"),
        (["--data", "t.csv", "--label", "okay"], "did you mean 'ok'"),
        (["--data", "t.csv", "--label", "ok", "--bit-column", "size"], "1.5 in a boolean column"),
        (["--data", "t.csv", "--label", "ok", "--bit-column", "sise"], "did you mean 'size'"),
        (["--data", "t.csv", "--label", "ok", "--resume"], "--checkpoint"),
        (["--data", "bits.txt", "--label", "ok"], "the label is the last column"),
        (["--data", "gone.csv", "--label", "ok"], "no such file"),
        (["iris", "--seed", "-1"], "--seed"),
        (["iris", "--seed", str(2**32)], "seed must be"),
        (["iris", "--epochs", "0"], "--epochs"),
        (["iris", "--lr", "0"], "lr must be above 0"),
        (["iris", "--lr", "nan"], "lr must be above 0"),
        (["iris", "--input-bits", "17"], "--input-bits"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    db2hdl, table, tmp_path, monkeypatch, argv, words
):
    monkeypatch.chdir(tmp_path)
    outcome = db2hdl("train", *argv, "-o", tmp_path / "m.dbnet")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert words in outcome.err
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
