"""Printed formulas are read again as what they mean; simplified ones mean the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl.exact_numbers import text
from db2hdl.explain.formula import Formula, holds, words
from db2hdl.explain.reading import read
from db2hdl.explain.simplify import simplify
from db2hdl.features import Feature
from db2hdl_hw.errors import MismatchError

LENGTH = Feature("length (cm)", "real", 3, -1.0, 0.3)
TOP_HALF = text(LENGTH.threshold_value(4))
FEATURES = (
    Feature("wet"),
    LENGTH,
    Feature("wet and red"),
    Feature("a, b"),
    Feature("wet side", "real", 2, 100.0, 7.0),
    Feature('"2 >= x" or not'),
)
CODES = np.stack(
    np.meshgrid(*(np.arange(f.top + 1) for f in FEATURES), indexing="ij"), -1
).reshape(-1, len(FEATURES))  # fmt: skip


def atom(feature):
    return st.integers(1, FEATURES[feature].top).map(lambda t: Formula("atom", (feature, t)))


def node(parts):
    some = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        parts.map(lambda p: Formula("not", (), (p,))),
        st.tuples(st.sampled_from(["and", "or", "xor"]), some).map(
            lambda n: Formula(n[0], (), n[1])
        ),
        st.tuples(st.integers(1, 3), some).map(lambda n: Formula("at_least", (n[0],), n[1])),
    )


FORMULAS = st.recursive(
    st.integers(0, len(FEATURES) - 1).flatmap(atom), node, max_leaves=8
)  # fmt: skip


def meaning(formula, codes):
    """Evaluate one row at a time, by the definitions."""
    if formula.op == "atom":
        return bool(codes[formula.numbers[0]] >= formula.numbers[1])
    parts = [meaning(part, codes) for part in formula.parts]
    return {
        "not": lambda: not parts[0],
        "and": lambda: all(parts),
        "or": lambda: any(parts),
        "xor": lambda: sum(parts) % 2 == 1,
        "at_least": lambda: sum(parts) >= formula.numbers[0],
    }[formula.op]()


@settings(max_examples=150, deadline=None)
@given(FORMULAS)
def test_what_is_printed_is_what_is_meant(formula):
    again = read(words(formula, FEATURES), FEATURES)
    assert np.array_equal(holds(again, CODES), holds(formula, CODES))
    for row in CODES[:: len(CODES) // 7]:
        assert holds(formula, row[None])[0] == meaning(formula, row)


@settings(max_examples=150, deadline=None)
@given(FORMULAS)
def test_the_shorter_form_means_the_same(formula):
    short, key = simplify(formula, FEATURES)
    assert short.size <= formula.size
    assert np.array_equal(holds(short, CODES), holds(formula, CODES))
    assert simplify(short, FEATURES)[1] == key


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            f"length (cm) >= {text(LENGTH.threshold_value(2))} and length (cm) >= {TOP_HALF}",
            f"length (cm) >= {TOP_HALF}",
        ),
        ("wet or wet and a, b", "wet"),
        ("wet and not wet", "never"),
        ("wet or not wet or a, b", "always"),
        ("at least 2 of (wet, wet, a, b)", "wet"),
        ("at least 1 of (wet, not wet)", "always"),
        ("(wet and a, b) or (wet and not a, b)", "wet"),
        ("(wet and not a, b) or (not wet and a, b)", "wet xor a, b"),
    ],
)
def test_simplified_exactly(text, short):
    assert words(simplify(read(text, FEATURES), FEATURES)[0], FEATURES) == short


@pytest.mark.parametrize(
    "text",
    ["", "wet and", "dry", "wet red", "(wet", "length (cm)", "length (cm) >= 0.2", "1 <= wet",
     "at least x of (wet)", "at least 2 or (wet)", "wet)"],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(text):
    with pytest.raises(MismatchError, match="cannot be read again"):
        read(text, FEATURES)


def test_tables_become_boxes():
    majority = Formula(
        "lut", (0b11101000,), tuple(Formula("atom", n) for n in ((0, 1), (3, 1), (2, 1)))
    )
    short, _ = simplify(majority, FEATURES)
    assert not short.has_table and np.array_equal(holds(short, CODES), holds(majority, CODES))
