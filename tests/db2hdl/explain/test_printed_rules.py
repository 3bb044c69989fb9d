"""A printed rule, taken literally and applied to values, is the net: also beside its thresholds."""

from dataclasses import replace

import numpy as np
import pytest

from db2hdl.exact_numbers import EXACT, number, predecessor
from db2hdl.explain.regions import in_words, thresholds
from db2hdl.explain.rules import find_rules
from db2hdl.features import Feature

CODINGS = [
    (1e9, 1.0),
    (1_700_000_000_000_000_000, 1.0),
    (1_700_000_000_000_000_000, 3.7e5),
    ((1 << 53) - 2, 1.0),
    (4.3, 3.6 / 255),
    (0.0, 1.0),
    (-1e-300, 1e-302),
    (1e22, 1e18),
]


def literally(rule: str, row: dict[str, float]) -> bool:
    """Evaluate a printed rule: names, ``and``, ``not``, ``>=``, ``<``; numbers are read exactly."""
    if rule == "always":
        return True
    return all(part_holds(part, row) for part in rule.split(" and "))


def part_holds(part: str, row: dict[str, float]) -> bool:
    if " " not in part or part.startswith("not "):
        return bool(row[part.removeprefix("not ")]) != part.startswith("not ")
    words = part.split(" ")
    if len(words) == 5:
        low, _, name, _, high = words
        return number(low) <= row[name] < number(high)
    name, sign, value = words
    above = row[name] >= number(value)
    return above if sign == ">=" else not above


def values_beside(feature: Feature, cuts: list[int]) -> list[float]:
    found: list[float] = [feature.offset]
    for cut in cuts:
        edge = feature.threshold_value(cut)
        far = int(edge) + 1 if EXACT <= abs(edge) < 1 << 64 else float(np.nextafter(edge, np.inf))
        found += [predecessor(edge), edge, far]
    return found


@pytest.mark.parametrize("coding", CODINGS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_printed_rules_are_the_net_on_values_beside_every_threshold(coding, seed, make_net):
    rng = np.random.default_rng(seed)
    hard = make_net(seed)
    features = tuple(
        f if f.kind == "bit" else replace(f, offset=coding[0], scale=coding[1])
        for f in hard.features
    )
    hard = replace(hard, features=features)
    rules = find_rules(hard)
    columns = [
        [0.0, 1.0] if f.kind == "bit" else values_beside(f, cuts)
        for f, cuts in zip(features, thresholds(hard), strict=True)
    ]
    rows = [[column[rng.integers(len(column))] for column in columns] for _ in range(60)]
    classes = hard.predict(hard.encode(rows)).tolist()
    for row, wanted in zip(rows, classes, strict=True):
        named = dict(zip([f.name for f in features], row, strict=True))
        said = [
            any(literally(in_words(box, features), named) for box in boxes) for boxes in rules.boxes
        ]
        assert said == [index == wanted for index in range(len(hard.classes))], named


def test_the_evaluator_can_fail():
    assert not literally("a >= 1.5 and not b", {"a": 1.5, "b": 1.0})
    assert not literally("1 <= a < 2", {"a": 2.0})
    assert not literally("a >= 9007199254740993", {"a": 9007199254740992})
    assert literally("always", {})
