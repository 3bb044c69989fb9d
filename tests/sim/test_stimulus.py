"""Vector sets hold what their names say."""

import numpy as np
import pytest
from hypothesis import given as on
from hypothesis import strategies as st

from db2hdl_hw.emit.interface import Coding, InputPort
from db2hdl_hw.errors import InputError
from db2hdl_sim import stimulus
from db2hdl_sim.stimulus import combine, corners, exhaustive, generate, given, random

BITS = InputPort("x", 3, ("a", "b", "c"))
WORD = InputPort("w", 2, ("d",), Coding(0.0, 1.0, 2))


def _text(words: np.ndarray) -> list[str]:
    return ["".join("01"[bit] for bit in row[::-1]) for row in words.tolist()]


def test_corners() -> None:
    made = corners([BITS, WORD])
    labels = [made.source.label(i) for i in range(made.source.count)]
    named = dict(zip(labels, _text(made.words), strict=True))
    assert len(named) == len(labels) == 2 + 5 + 5 + 3
    assert named["corner: all 0"] == "00000"
    assert named["corner: all 1"] == "11111"
    assert named["corner: only x[2]"] == "00100"
    assert named["corner: all but w[0]"] == "10111"
    assert named["corner: only w greatest"] == "11000"
    assert named["corner: only w 0"] == "00111"
    assert named["corner: middle codes"] == "10000"


def test_wide_nets_have_no_one_cold_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stimulus, "ONE_COLD_BITS", 2)
    assert _text(corners([BITS]).words) == ["000", "111", "001", "010", "100"]


@on(st.integers(1, 8))
def test_exhaustive_has_every_word_once(width: int) -> None:
    assert _text(exhaustive(width).words) == [f"{i:0{width}b}" for i in range(1 << width)]


def test_exhaustive_has_a_limit() -> None:
    assert exhaustive(16).source.count == 65536
    with pytest.raises(InputError, match="17 input bits are too many"):
        exhaustive(17)


@on(st.integers(1, 70), st.integers(0, 40), st.integers(0, 2**32))
def test_random_words_repeat_by_seed(width: int, rows: int, seed: int) -> None:
    one = random(width, rows, seed)
    assert one.words.shape == (rows, width)
    assert (one.words == random(width, rows, seed).words).all()
    assert one.source.label(5) == f"random (seed {seed}) #5"


def test_random_words_are_fair_and_differ_by_seed() -> None:
    words = random(13, 4000, 1).words
    assert (np.abs(words.mean(axis=0) - 0.5) < 0.05).all()
    assert (words != random(13, 4000, 2).words).any()
    with pytest.raises(InputError, match="must not be negative"):
        random(3, 5, -1)


def test_combine_keeps_the_sources() -> None:
    words, sources = combine([given("test", np.zeros((2, 3))), random(3, 0, 1), exhaustive(3)])
    assert words.shape == (10, 3)
    assert [(source.name, source.count) for source in sources] == [("test", 2), ("exhaustive", 8)]
    assert sources[0].label(1) == "test row 1"


def test_zero_vectors_are_refused() -> None:
    with pytest.raises(InputError, match="zero vectors"):
        combine([random(3, 0, 1), given("user", np.zeros((0, 3)))])
    with pytest.raises(InputError, match="shape"):
        given("user", np.zeros(3))


def test_generate_is_exhaustive_only_for_few_inputs() -> None:
    assert [one.source.name for one in generate([BITS], 4, 9)][1:] == [
        "random (seed 9)",
        "exhaustive",
    ]
    wide = InputPort("x", 17, tuple(map(str, range(17))))
    assert len(generate([wide], 4, 9)) == 2


def test_very_wide_cores_get_an_even_choice_of_corners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stimulus, "CORNER_BITS", 0)
    monkeypatch.setattr(stimulus, "FEWEST_CORNERS", 4)
    made = corners([BITS, WORD])
    assert made.source.labels[0] == "corner: all 0"
    assert made.source.labels[-2:] == ("corner: only w 0", "corner: middle codes")
    assert len(made.words) == made.source.count == 5
