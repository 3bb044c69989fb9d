"""Rules equal the net on every input, and a tampered rule is found out."""

from dataclasses import replace

import numpy as np
import pytest

from db2hdl.explain.check import check_rules
from db2hdl.explain.regions import in_words, inside, real
from db2hdl.explain.rules import find_rules
from db2hdl.features import Feature, encode_rows
from db2hdl.train import Recipe, train
from db2hdl_hw.errors import MismatchError


@pytest.mark.parametrize("seed", range(25))
def test_rules_are_the_net_on_every_input(seed, make_net, every):
    hard = make_net(seed)
    rules, codes = find_rules(hard), every(hard)
    assert check_rules(hard, rules) >= 1
    found = hard.predict(codes)
    for output, boxes in enumerate(rules.boxes):
        said = np.zeros(len(codes), bool)
        for box in boxes:
            said |= inside(box, codes)
        assert np.array_equal(said, found == output)


@pytest.mark.parametrize("seed", range(25))
def test_features_that_matter_are_those_that_can_change_the_class(seed, make_net, every):
    hard = make_net(seed)
    codes = every(hard)
    classes = hard.predict(codes).reshape([f.top + 1 for f in hard.features])
    matter = [a for a in range(4) if (classes != classes.take([0], a)).any()]
    assert list(find_rules(hard).features) == matter


@pytest.mark.parametrize("harm", ["drop", "add", "widen"])
def test_a_tampered_rule_is_found_out(harm, make_net):
    hard = next(n for n in map(make_net, range(99)) if sum(map(len, find_rules(n).boxes)) > 4)
    rules = find_rules(hard)
    boxes = [list(b) for b in rules.boxes]
    where = max(range(len(boxes)), key=lambda i: len(boxes[i]))
    if harm == "drop":
        del boxes[where][0]
    elif harm == "add":
        boxes[(where + 1) % len(boxes)].append(boxes[where][0])
    else:
        box = dict(boxes[where][0])
        box.popitem()
        boxes[where][0] = box
    with pytest.raises(MismatchError, match="not the net's"):
        check_rules(hard, replace(rules, boxes=tuple(tuple(b) for b in boxes)))


def test_too_many_cells_are_not_enumerated(make_net):
    assert find_rules(make_net(0), most=3) is None


def test_noisy_xor_comes_out_as_the_xor_of_the_true_inputs():
    found = train("noisy-xor", seed=0)
    rules = find_rules(found.hard)
    assert found.hard_accuracy == 1.0
    assert rules.xor == rules.features == (0, 1)
    assert rules.cells == 4096


def test_a_net_that_is_no_xor_is_not_called_one():
    found = train("noisy-xor", seed=0, recipe=Recipe(clauses=4, epochs=1))
    rules = find_rules(found.hard)
    assert rules is None or not rules.xor


@pytest.mark.parametrize("scale", [0.37, 1e-6, 12345.6])
def test_thresholds_are_few_digits_and_near(scale):
    feature = Feature("x", "real", 8, -0.7 * scale, scale / 100)
    for threshold in range(1, 256, 7):
        value = float(real(feature, threshold))
        assert abs(value - feature.threshold_value(threshold)) <= feature.scale / 16
        assert encode_rows([feature], [[value + feature.scale / 8]])[0, 0] == threshold


def test_boxes_in_words():
    features = (Feature("wet"), Feature("width", "real", 4, 1.0, 0.5))
    assert in_words({}, features) == "always"
    assert in_words({0: (0, 1), 1: (3, 16)}, features) == "not wet and width >= 2.25"
    assert in_words({1: (3, 9)}, features) == "2.25 <= width < 5.25"
