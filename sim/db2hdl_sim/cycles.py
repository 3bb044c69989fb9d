"""Words as cycles of a pipelined core: a reset, gaps between words, and what must come out when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]

GAP, LONGEST_GAP = 0.15, 3
"""How probable a gap is before a word, and how many cycles it has at most."""

FLUSH = 2
"""So many more cycles than the latency come before the reset: nothing old is left then."""


@dataclass(frozen=True)
class Cycles:
    """What is driven and what must come out, a row for each clock cycle.

    Attributes
    ----------
    inputs : booleans [cycles, input width + 2]
        The word, then ``in_valid``, then the reset.
    outputs, care : booleans [cycles, output width + 1]
        The word, then ``out_valid``; and which of these bits matter.
    row : integers [cycles]
        The input word that is due in the cycle, or was the last before it.
    """

    inputs: Bits
    outputs: Bits
    care: Bits
    row: NDArray[np.int64]


def cycles_of(words: Bits, expected: Bits, latency: int, seed: int) -> Cycles:
    """Return the cycles that drive words into a core of some latency.

    First come valid words and then a reset, after which none of them may come out. In the gaps
    there are random words that are not valid; ``out_valid`` matters in every cycle after the
    reset, and the output word where it is due.

    Parameters
    ----------
    words, expected : booleans [rows, width]
    latency : int
    seed : int
        Of the gaps.
    """
    rng = np.random.default_rng(seed)
    wait = np.where(rng.random(len(words)) < GAP, rng.integers(1, LONGEST_GAP + 1, len(words)), 0)
    start = latency + FLUSH + 1
    time = start + np.cumsum(wait + 1) - 1
    count = int(time[-1]) + 1 + latency
    inputs = rng.random((count, words.shape[1] + 2)) < 0.5
    inputs[:, -2:] = False
    inputs[time, :-2] = words
    inputs[time, -2] = inputs[:start, -2] = inputs[start - 1, -1] = True
    outputs = np.zeros((count, expected.shape[1] + 1), np.bool_)
    outputs[time + latency, :-1] = expected
    outputs[time + latency, -1] = True
    care = np.zeros_like(outputs)
    care[start:, -1] = care[time + latency] = True
    row = np.zeros(count, np.int64)
    row[time + latency] = np.arange(len(words))
    return Cycles(inputs, outputs, care, np.maximum.accumulate(row))
