"""make paper: its statistics, its tables, and that an interrupted run goes on where it was."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

from paper import baselines, methods, pool, report, splits  # noqa: E402
from paper.store import Key, Run, Store  # noqa: E402

from db2hdl.train.recipes import load  # noqa: E402

NOWHERE = Path("/nonexistent")


def test_the_standard_error_is_that_of_the_mean():
    values = np.random.default_rng(0).normal(size=400)
    assert report.standard_error(values) == pytest.approx(values.std(ddof=1) / 20)
    assert math.isnan(report.standard_error([1.0]))


def test_a_table_has_mean_error_quantiles_and_extremes():
    runs = [Run(x / 100, 0.5, 2.0) for x in range(80, 101)]
    row = report.table({"net": runs}, {"net": "small"}).splitlines()[2]
    error = np.std(np.arange(80, 101), ddof=1) / math.sqrt(21)
    wanted = f"| net | small | 90.00 ± {error:.2f} | 81.0 | 99.0 | 80.0 | 100.0 | 21 | 2.0 |"
    assert row == wanted


def test_pairs_are_compared_on_the_same_rows():
    ours = [Run(x, 0, 0) for x in (0.9, 0.8, 0.7)]
    other = [Run(x, 0, 0) for x in (0.8, 0.8, 0.9)]
    row = report.paired({"a": ours, "b": other}, "a").splitlines()[2]
    assert row.startswith("| b | -3.33 ± 8.82 |") and row.endswith("| 1 | 1 | 1 |")


def test_a_run_is_found_again_and_other_settings_are_another_run(tmp_path):
    store, key = Store(tmp_path), Key("iris", "net", "0123", 3)
    assert store.get(key) is None
    store.put(key, Run(0.9, 0.8, 1.5))
    assert store.get(key) == Run(0.9, 0.8, 1.5)
    assert store.get(replace(key, settings="4567")) is None
    (tmp_path / key.name).write_text("{")
    assert store.get(key) is None


def test_only_what_is_missing_is_run(tmp_path, monkeypatch):
    few = [m for m in methods.METHODS["binary-iris"] if m.name in ("decision tree", "naive Bayes")]
    monkeypatch.setattr(pool, "METHODS", {"binary-iris": few})
    experiment, store = splits.EXPERIMENTS["binary-iris"], Store(tmp_path)
    wanted = pool.keys(experiment, 1, 5, NOWHERE)
    assert len(wanted) == 2 * 50 and {key.seed for key in wanted} == set(range(5, 55))
    store.put(wanted[0], Run(0.123, 0.0, 0.0))
    for key in wanted[2:]:
        store.put(key, Run(0.5, 0.0, 0.0))
    assert pool.run_missing(wanted, store, NOWHERE, 1) == 1
    assert pool.run_missing(wanted, store, NOWHERE, 1) == 0
    results = pool.collect(experiment, wanted, store)
    assert results["decision tree"][0].test == 0.123
    assert 0.6 < results["naive Bayes"][0].test <= 1


def settings_of(experiment, data=NOWHERE):
    return {key.method: key.settings for key in pool.keys(experiment, 1, 0, data)}


def test_a_changed_recipe_is_run_again_and_others_are_not(monkeypatch):
    experiment, ours = splits.EXPERIMENTS["noisy-xor"], methods.METHODS["noisy-xor"]
    before = settings_of(experiment)
    slower = methods.net(ours[0].name, ours[0].about, replace(load("noisy-xor").recipe, lr=0.02))
    monkeypatch.setattr(pool, "METHODS", {"noisy-xor": [slower, *ours[1:]]})
    after = settings_of(experiment)
    assert {name for name in before if before[name] != after[name]} == {slower.name}


def test_other_data_or_packages_are_other_runs(tmp_path, monkeypatch):
    experiment = splits.EXPERIMENTS["noisy-xor"]
    made = settings_of(experiment)
    (tmp_path / "noisy_xor").mkdir()
    file = tmp_path / "noisy_xor" / "NoisyXORTrainingData.txt"
    file.write_text("0 1")
    one = settings_of(experiment, tmp_path)
    file.write_text("1 0")
    other = settings_of(experiment, tmp_path)
    monkeypatch.setattr(pool, "versions", lambda: {"torch": "0"})
    newer = settings_of(experiment, tmp_path)
    assert len({s["SVM"] for s in (made, one, other, newer)}) == 4


def test_splits_are_those_of_the_paper():
    iris = splits.binary_iris_rows(NOWHERE, 1)
    assert (len(iris.train), len(iris.test)) == (120, 30) and iris.train is iris.validation
    xor = splits.noisy_xor_rows(NOWHERE, 1)
    assert (len(xor.train), len(xor.validation), len(xor.test)) == (4000, 1000, 5000)


def test_every_method_runs_and_beats_chance_on_iris():
    data = splits.binary_iris_rows(NOWHERE, 1)
    short = methods.net("short", "few epochs", replace(methods.BINARY_IRIS_PAPER, epochs=20))
    for method in (short, *methods.METHODS["binary-iris"]):
        if method.name == "∂B net of the paper":
            continue  # takes seconds
        accuracy, chosen_by = method.run(data, 1)
        assert min(accuracy, chosen_by) > (0.2 if method is short else 0.6), method.name


def test_baselines_are_chosen_on_validation_rows_alone():
    class Fake:
        def __init__(self, right):
            self.right = right

        def fit(self, x, y):
            return self

        def predict(self, x):
            wrong = 1 - labels[len(x)]
            return labels[len(x)] if len(x) in self.right else wrong

    data = splits.noisy_xor_rows(NOWHERE, 1)
    labels = {len(p): p.labels for p in (data.validation, data.test)}
    choices = [{"right": {5000}}, {"right": {1000}}]
    found = baselines.choose(lambda seed, right: Fake(right), choices, 0, data, 0)
    assert found == (0.0, 1.0)


def test_a_plot_is_the_same_bytes_again(tmp_path):
    results = {"iris": {"a": [Run(0.9, 0, 0), Run(0.8, 0, 0)], "b": [Run(0.7, 0, 0)]}}
    for name in ("one.svg", "two.svg"):
        report.plot(results, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
