"""Training in one call: what comes out, and what is refused."""

import json

import numpy as np
import pytest
import torch

import db2hdl
from db2hdl.data import Table, read_table
from db2hdl.train import Recipe, result, train
from db2hdl_hw.errors import InputError, MismatchError


@pytest.mark.parametrize(
    ("problem", "least"), [("noisy-xor", 0.975), ("iris", 0.93), ("breast-cancer", 0.94)]
)
def test_problems_at_the_default_seed(problem, least):
    found = train(problem)
    assert found.bits_different == 0
    assert found.hard_accuracy == found.soft_accuracy >= least
    assert found.confusion.sum() == len(found.dataset.test)
    assert np.trace(found.confusion) == round(found.hard_accuracy * found.confusion.sum())


def test_a_table_to_a_model_file_and_back(table, recipe, tmp_path):
    found = train(table, recipe=recipe, seed=5)
    names = [feature.name for feature in found.hard.features]
    assert names == ["class_index", "größe, mm", "x"]
    assert found.hard.classes == ("bad", "good")
    db2hdl.save(tmp_path / "m.dbnet", found.model)
    model = db2hdl.load(tmp_path / "m.dbnet")
    assert (model.test_codes == found.dataset.test.codes).all()
    accuracy = (model.hard.predict(model.test_codes) == model.test_labels).mean()
    assert accuracy == found.hard_accuracy
    assert model.provenance["seed"] == 5
    assert model.provenance["recipe"]["clauses"] == 6
    assert json.loads(json.dumps(found.summary()))["bits_different"] == 0


def test_the_seed_decides_the_result(table, recipe):
    first, again, other = (train(table, recipe=recipe, seed=seed) for seed in (1, 1, 2))
    assert db2hdl.model_hash(first.hard) == db2hdl.model_hash(again.hard)
    assert db2hdl.model_hash(first.hard) != db2hdl.model_hash(other.hard)


def test_the_global_generator_is_left_alone(table, recipe):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    train(table, recipe=recipe)
    assert torch.rand(1) == expected


def test_resuming_in_one_call(table, recipe, tmp_path):
    def interrupt(epoch, total):
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    path = tmp_path / "c.pt"
    options = {"recipe": recipe, "checkpoint": path}
    with pytest.raises(KeyboardInterrupt):
        train(table, progress=interrupt, **options)
    resumed = train(table, resume=True, **options)
    assert db2hdl.model_hash(resumed.hard) == db2hdl.model_hash(train(table, recipe=recipe).hard)
    for other in ({"seed": 1}, {"lr": 0.01}, {"input_bits": 7}):
        with pytest.raises(InputError, match="another training"):
            train(table, resume=True, **options, **other)


def test_a_soft_net_that_differs_from_its_hard_net_is_an_error(table, recipe, monkeypatch):
    monkeypatch.setattr(result, "compare", lambda *_: {"encoder": 0, "l1_and": 3})
    with pytest.raises(MismatchError, match="differ in 3 bits, 3 of them in layer l1_and"):
        train(table, recipe=recipe)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be 0"),
        ({"epochs": 0}, "epochs must be"),
        ({"lr": 0.0}, "lr must be above 0"),
        ({"input_bits": 17}, "input bits must be 1"),
        ({"recipe": "iriss"}, "did you mean 'iris'"),
        ({"resume": True}, "no checkpoint file"),
    ],
)
def test_bad_parameters_are_refused(table, options, message):
    with pytest.raises(InputError, match=message):
        train(table, **options)


def test_an_unknown_problem_and_stray_test_rows_are_refused(table):
    with pytest.raises(InputError, match="did you mean 'noisy-xor'"):
        train("noise-xor")
    with pytest.raises(InputError, match="need a table"):
        train("iris", test=table)


def test_test_rows_of_their_own(table, recipe):
    found = train(table, test=table, recipe=recipe)
    assert len(found.dataset.test) == 60


def test_ten_thousand_columns_train(tmp_path):
    random = np.random.default_rng(0)
    values = random.normal(size=(60, 10_000)).round(2)
    values[:, 1::2] = values[:, 1::2] > 0
    path = tmp_path / "wide.csv"
    header = ",".join([*(f"c {i}" for i in range(10_000)), "l"])
    rows = np.column_stack([values, np.arange(60) % 2])
    np.savetxt(path, rows, fmt="%g", delimiter=",", header=header, comments="")
    found = train(read_table(path, "l"), recipe=Recipe(epochs=2))
    assert found.bits_different == 0
    assert len(found.hard.features) == 10_000


def test_a_table_of_many_classes(recipe):
    values = np.arange(90, dtype=np.float64).reshape(-1, 1)
    table = Table("many", ("a",), values, np.arange(90) // 10, tuple("abcdefghi"))
    found = train(table, recipe=recipe)
    assert found.confusion.shape == (9, 9)
