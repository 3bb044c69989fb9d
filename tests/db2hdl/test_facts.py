"""The datasheet's facts are computed from the model, not copied from what training said."""

import numpy as np

from db2hdl.facts import coding_example, facts, vector_sets
from db2hdl.features import Feature, encode_rows
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model


def test_accuracy_is_the_references_on_the_kept_rows(small_model):
    found = facts(small_model, lower(small_model.hard))
    assert found.accuracy == "90.00 % of 40 rows, by the boolean reference"
    assert found.trained_on == "unknown: the model file does not say"
    assert vector_sets(small_model)[0].rows == 40


def test_a_model_without_rows_says_so(small_model):
    bare = Model(small_model.hard, small_model.test_codes[:0], small_model.test_labels[:0])
    assert facts(bare, lower(bare.hard)).accuracy.startswith("unknown")
    assert vector_sets(bare) == ()


def test_the_worked_example_is_right(small_model):
    feature = small_model.hard.features[2]
    text = coding_example(small_model.hard)
    value = float(text.split(" = ")[1].split(" ")[0])
    code = encode_rows((feature,), [[value]])[0, 0]
    assert f"the code {code}, in 5 bits {code:05b}." in text


def test_boolean_features_need_no_example():
    layers = (
        HardLayer(
            "encoder",
            "encoder",
            (-1,),
            {},
            {"feature": np.array([0]), "threshold": np.array([1])},
        ),
    )
    assert coding_example(HardNet((Feature("a"),), layers)) == ""
