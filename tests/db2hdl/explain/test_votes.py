"""Votes in words are the bits of the net, and a wrong formula is found out."""

from dataclasses import replace

import numpy as np
import pytest

from db2hdl.explain.ballot import check_votes, find_ballot
from db2hdl.explain.facts import find_facts
from db2hdl.explain.formula import Formula, holds, words
from db2hdl.explain.reading import read
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model, as_model
from db2hdl_hw.errors import MismatchError, NotProvedError

FEATURES = (Feature("wet"), Feature("width", "real", 4, 1.0, 0.5), Feature("red"))
WET, WIDE, RED = (Formula("atom", n) for n in ((0, 1), (1, 3), (2, 1)))
EITHER = Formula("or", (), (WIDE, RED))


def model_of(hard, every):
    codes = every(hard)[::7].astype(np.uint16)
    return Model(hard, codes, hard.predict(codes).astype(np.int32))


@pytest.mark.parametrize("seed", range(30))
def test_the_printed_votes_decide_as_the_net(seed, make_net, every):
    hard = make_net(seed)
    ballot = find_ballot(model_of(hard, every))
    codes = every(hard)
    if not ballot.complete:
        return
    scores = np.zeros((len(codes), len(hard.classes)), int) + ballot.constant
    for votes in ballot.votes:
        for vote in votes:
            scores[holds(read(vote.text, hard.features), codes), vote.wanted] += vote.weight
    assert np.array_equal(scores.argmax(-1), hard.predict(codes))
    assert (scores + ballot.shared >= hard.scores(codes)).all()


def test_votes_count_rows_and_what_they_decide(make_net, every):
    model = model_of(make_net(6), every)
    hard, codes = model.hard, model.test_codes
    scores, labels = hard.scores(codes), model.test_labels
    for votes in find_ballot(model).votes:
        for vote in votes:
            held = holds(read(vote.text, hard.features), codes)
            assert vote.right == (held & (labels == vote.wanted)).sum()
            assert vote.right + vote.wrong == held.sum()
            without = scores.copy()
            without[:, vote.wanted] -= vote.weight * held
            assert vote.decisive == (without.argmax(-1) != hard.predict(codes)).sum()


@pytest.mark.parametrize("text", ["wet", "not wet", "wet and width < 2.25"])
def test_a_vote_of_another_bit_is_found_out(text, make_net):
    with pytest.raises(MismatchError, match="not the net's"):
        check_votes(make_net(4), [(text, (0,)), (f"not ({text})", (0,))])


def test_thresholds_of_the_same_bits_are_read():
    """In hardware they share a count; here each is a formula of its own."""
    features = tuple(Feature(f"x{i}") for i in range(7))
    every = {"feature": np.arange(7), "threshold": np.ones(7, np.int64)}
    weights = {"weight": np.ones((2, 7), np.bool_), "k": np.array([3, 4])}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, every),
        HardLayer("l0_threshold", "threshold", (0,), {}, weights),
        HardLayer("class_head", "class_head", (1,), {"classes": 2}),
    )
    ballot = find_ballot(as_model(HardNet(features, layers, ("a", "b"))))
    assert ballot.unread == (0, 0)
    texts = [vote.text for votes in ballot.votes for vote in votes]
    assert [text.startswith(f"at least {k} of") for k, text in zip((3, 4), texts, strict=True)]


def test_a_vote_that_the_solver_gives_up_on_is_not_proved(make_net, monkeypatch):
    class Tired:
        def conf_budget(self, conflicts): ...
        def solve_limited(self, assumptions): ...
        def delete(self): ...

    monkeypatch.setattr("db2hdl.explain.ballot.solver", lambda clauses: Tired())
    with pytest.raises(NotProvedError, match="gave up on the vote"):
        find_ballot(as_model(make_net(4)))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (Formula("and", (), (WET, Formula("not", (), (WIDE,)))), "wet and width < 2.25"),
        (Formula("or", (), (WET, RED)), "wet or red"),
        (Formula("at_least", (2,), (WET, WIDE, RED)), "at least 2 of (wet, width >= 2.25, red)"),
        (Formula("xor", (), (WET, EITHER)), "wet xor (width >= 2.25 or red)"),
        (Formula("not", (), (Formula("or", (), (WET, RED)),)), "not (wet or red)"),
    ],
)  # fmt: skip
def test_words_and_meaning(formula, text):
    assert words(formula, FEATURES) == text
    codes = np.stack(np.meshgrid([0, 1], [2, 3], [0, 1], indexing="ij"), -1).reshape(-1, 3)
    wet, wide, red = codes[:, 0] == 1, codes[:, 1] >= 3, codes[:, 2] == 1
    meant = {
        "and": wet & ~wide,
        "or": wet | red,
        "at_least": wet.astype(int) + wide + red >= 2,
        "xor": wet ^ (wide | red),
        "not": ~(wet | red),
    }[formula.op]
    assert np.array_equal(holds(formula, codes), meant)


@pytest.mark.parametrize("seed", [0, 3, 8])
def test_facts_hold_for_every_input(seed, make_net, every):
    hard = make_net(seed)
    facts = find_facts(model_of(hard, every))
    codes = every(hard)
    for fact in facts.rules:
        held = np.ones(len(codes), bool)
        for feature, (low, end) in fact.box.items():
            held &= (codes[:, feature] >= low) & (codes[:, feature] < end)
        assert held.any() and (hard.predict(codes[held]) == fact.wanted).all()
    cells = len(lower(hard))
    assert facts.read <= facts.features == 4 and cells
    assert all(0 < n <= sum(facts.votes) for _, n in facts.most_read)


def test_weights_merge_equal_votes(make_net, every):
    hard = make_net(2)
    layer = hard.layers_[-2]
    if "weight" not in layer.weights:
        pytest.skip("this seed has no weighted last layer")
    weight = layer.weights["weight"].copy()
    weight[1] = weight[0]
    weights = {**layer.weights, "weight": weight}
    if "wires" in weights:
        weights["wires"] = weights["wires"].copy()
        weights["wires"][1] = weights["wires"][0]
    if "k" in weights:
        weights["k"] = weights["k"].copy()
        weights["k"][1] = weights["k"][0]
    twin = replace(
        hard, layers_=(*hard.layers_[:-2], replace(layer, weights=weights), hard.layers_[-1])
    )
    ballot = find_ballot(model_of(twin, every))
    assert ballot.different[0] <= 1 and len(ballot.votes[0]) <= 1
