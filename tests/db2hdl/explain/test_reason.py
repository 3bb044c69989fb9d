"""Reasons force the class, are smallest where they say so, and cannot be widened."""

from itertools import combinations

import numpy as np
import pytest

from db2hdl.explain import reason as module
from db2hdl.explain.reason import Questions
from db2hdl.explain.regions import inside, thresholds


def forces(hard, codes, box, wanted):
    held = inside(box, codes)
    return held.any() and (hard.predict(codes[held]) == wanted).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_reason_is_the_smallest_set_by_brute_force(seed, make_net, every):
    hard = make_net(seed)
    codes = every(hard)
    rng = np.random.default_rng(seed)
    with Questions(hard) as questions:
        for row in codes[rng.choice(len(codes), 4, replace=False)]:
            found = questions.reason(row)
            wanted = int(hard.predict(row[None])[0])
            assert found.wanted == wanted and found.smallest
            assert forces(hard, codes, found.box, wanted) and inside(found.box, row[None])[0]
            whole = questions._around(row)
            fewest = (
                next(
                    k
                    for k in range(5)
                    for chosen in combinations(whole, k)
                    if forces(hard, codes, {f: whole[f] for f in chosen}, wanted)
                )
                if whole
                else 0
            )
            assert len(found.box) <= fewest


@pytest.mark.parametrize("seed", range(6))
def test_no_range_can_be_widened(seed, make_net, every):
    hard = make_net(seed)
    codes = every(hard)
    with Questions(hard) as questions:
        found = questions.reason(codes[len(codes) // 3], smallest=False)
    cuts = thresholds(hard)
    for feature, (low, end) in found.box.items():
        top = hard.features[feature].top + 1
        lower = [c for c in [0, *cuts[feature]] if c < low]
        upper = [c for c in [*cuts[feature], top] if c > end]
        for wider in [(c, end) for c in lower[-1:]] + [(low, c) for c in upper[:1]]:
            assert not forces(hard, codes, {**found.box, feature: wider}, found.wanted)


def test_out_of_time_it_does_not_call_a_set_smallest(make_net, every, monkeypatch):
    monkeypatch.setattr(module, "MOST_SECONDS", -1.0)
    hard = make_net(3)
    with Questions(hard) as questions:
        found = [questions.reason(row) for row in every(hard)[:200:20]]
    assert any(not one.smallest for one in found)
    assert all(one.smallest or len(one.box) for one in found)
