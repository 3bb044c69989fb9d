"""The cycles of a pipelined core: what a pipeline does is what must come out, and nothing else."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_sim.cycles import Cycles, cycles_of


def pipeline(made: Cycles, latency: int) -> np.ndarray:
    """Return what comes out of a core that inverts its words, cycle for cycle."""
    inside = deque([(False, 0)] * latency)
    seen = np.zeros_like(made.outputs)
    for cycle, row in enumerate(made.inputs):
        inside.append((bool(row[-2]), cycle))
        valid, since = inside.popleft()
        seen[cycle, :-1], seen[cycle, -1] = ~made.inputs[since, :-2], valid
        if row[-1]:
            inside = deque((False, when) for _, when in inside)
    return seen


def wrong(made: Cycles, seen: np.ndarray) -> np.ndarray:
    return np.flatnonzero(((seen != made.outputs) & made.care).any(axis=1))


@given(
    rows=st.integers(1, 60), latency=st.integers(1, 6), seed=st.integers(0, 99), width=st.just(7)
)
def test_a_right_pipeline_passes_and_every_word_is_compared(rows, latency, seed, width) -> None:
    words = np.random.default_rng(seed).random((rows, width)) < 0.5
    made = cycles_of(words, ~words, latency, seed)
    assert not len(wrong(made, pipeline(made, latency)))
    due = made.care[:, 0]
    np.testing.assert_array_equal(made.outputs[due, :-1], ~words)
    np.testing.assert_array_equal(made.row[due], np.arange(rows))


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_other_latencies_and_a_reset_that_does_nothing_fail(latency: int) -> None:
    words = np.random.default_rng(0).random((50, 4)) < 0.5
    made = cycles_of(words, ~words, latency, 0)
    for other in (latency - 1, latency + 1):
        assert len(wrong(made, pipeline(made, other)))
    without = Cycles(made.inputs.copy(), made.outputs, made.care, made.row)
    without.inputs[:, -1] = False
    assert len(wrong(made, pipeline(without, latency)))
