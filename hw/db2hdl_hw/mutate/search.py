"""Make input words that show the faults of a circuit's gates: by trial, then by a solver.

Words that drive gates seldom driven, or show gates seldom shown, are the parents of the next. What
no trial shows is asked of a solver, and its words are tried on everything that is left, with words
near them. At the end the words are tried once more, the last first, and only those stay that show
something which those before did not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import Gates
from db2hdl_hw.mutate.gate_faults import Faults, Known, minterms
from db2hdl_hw.mutate.graft import Grafts
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.mutate.reach import Reach
from db2hdl_hw.mutate.stimuli import Stimuli
from db2hdl_hw.netlist.planes import Plane, unpack

Bits = NDArray[np.bool_]
Tell = Callable[[str], None]

AT_ONCE = 2048
"""Words that are tried together: with fewer, most of the time is no work."""

TRIALS, IN_VAIN, FEW = 16, 2, 10
"""Sets tried at most; so many in a row that show less than one in ten of what is left end it."""

GRAFTS = 60
"""Sets of words with patterns set in, at most."""

PARENTS = 256
RATED = 400
"""Gates that words are rated by, at most: a sample."""

FORGET = 0.8
"""How much of its worth a parent keeps from one set to the next."""

EDGE_WORDS, EDGES_AT_ONCE, MOST_EDGES = 256, 16, 3000
"""Words among which one is looked for in which a threshold decides; thresholds at once; words."""

CONFLICTS = 1000
"""The solver gives up on one question after so many."""

ANSWERS, NEAR = 64, 8
"""Words of the solver that are tried together, and how many are near each."""


@dataclass(frozen=True)
class Effort:
    """How much may be spent: numbers, so that it is the same everywhere, and seconds at last.

    Attributes
    ----------
    conflicts : int
        Of the solver in all.
    deadline : float
        ``time.monotonic()`` at which to stop, wherever it is.
    """

    conflicts: int
    deadline: float

    def late(self) -> bool:
        """Return whether the time is over."""
        return time.monotonic() > self.deadline


class Search:
    """The search for words that show some faults.

    Attributes
    ----------
    known : Known
    words : list of words
        That have shown something new, in the order they were found.
    stopped : str
        "" if everything was tried; else what ended it: "time" or "conflicts".
    """

    def __init__(
        self, gates: Gates, observer: Observer, faults: Faults, stimuli: Stimuli, seed: int
    ) -> None:
        self._gates, self._observer, self._faults = gates, observer, faults
        self._stimuli = stimuli
        self._rng = np.random.default_rng(seed)
        self._seed = seed
        self._shows = np.zeros(len(gates))
        self._drives = np.zeros((len(gates), 8))
        self._parents = np.zeros((0, gates.input_width), np.bool_)
        self._worth = np.zeros(0)
        self.known = Known.nothing(gates)
        self.words: list[Bits] = []
        self.stopped = ""

    def run(self, given: Bits, corners: Bits, effort: Effort, tell: Tell) -> Bits:
        """Return words that show what the given ones do not."""
        self._look(given, keep=False)
        self._look(corners)
        self._trials(effort, tell)
        self._grafts(effort, tell)
        self._answers(effort, tell)
        return self._fewest(given)

    def _trials(self, effort: Effort, tell: Tell) -> None:
        for number in self._while_new(TRIALS, effort):
            left = len(self._faults.open(self.known))
            tell(f"making vectors: trial {number + 1}, {left} faults to be shown")
            born = number >= 1 and len(self._parents)
            made = self._stimuli.crossed(self._parents, AT_ONCE) if born else None
            self._try(self._stimuli.fresh(AT_ONCE) if made is None else made)

    def _grafts(self, effort: Effort, tell: Tell) -> None:
        """Set patterns that faults want into words that would show them."""
        base = np.concatenate([self._parents, *self.words[::-1]])
        if not len(base) or self.stopped:
            return
        grafts = Grafts(self._gates, self._observer, base, self._seed)
        for number in self._while_new(GRAFTS, effort):
            left = len(self._faults.open(self.known))
            tell(f"making vectors: patterns {number + 1}, {left} faults to be shown")
            self._try(grafts.words(self._faults.wanted(self.known), self.known.dead))

    def _while_new(self, most: int, effort: Effort) -> Iterator[int]:
        """Count while what is done in between shows more than a few of the faults left."""
        vain = 0
        for number in range(most):
            left = len(self._faults.open(self.known))
            if not left or vain >= IN_VAIN or self.stopped:
                return
            if effort.late():
                self.stopped = "time"
                return
            yield number
            vain = vain + 1 if left - len(self._faults.open(self.known)) <= left // FEW else 0

    def _try(self, words: Bits, *, keep: bool = True) -> int:
        """Note what words show, and which of them would be good parents; return what is new."""
        want = self._faults.wanted(self.known)
        nodes = np.flatnonzero(want)
        if not len(nodes) or not len(words):
            return 0
        value = self._observer.values(words)
        shows = self._observer.seen(value, nodes)
        wanted = (want[nodes][:, None] >> np.arange(8) & 1).astype(np.bool_)
        driven = minterms(self._gates, nodes, value)
        driven[~wanted] = 0
        hits = driven & shows[:, None]
        new = (hits != 0).any(axis=2)
        codes = (new << np.arange(8)).sum(axis=1).astype(np.uint8)
        self.known.shown[nodes] |= codes
        some = np.sort(self._rng.permutation(len(nodes))[:RATED])
        self._rate(words, nodes[some], wanted[some], shows[some], driven[some])
        if keep and new.any():
            self.words.append(words[_cover(unpack(hits[new], len(words)))])
        return int(new.sum())

    def _rate(
        self, words: Bits, nodes: NDArray[np.int64], wanted: Bits, shows: Plane, driven: Plane
    ) -> None:
        """Keep as parents what shows gates and drives minterms that few words did."""
        shown = unpack(shows, len(words))
        self._shows[nodes] += shown.sum(axis=1)
        gate, code = np.nonzero(wanted)
        rows = unpack(driven[gate, code], len(words))
        np.add.at(self._drives, (nodes[gate], code), np.count_nonzero(rows, axis=1))
        worth = (wanted.sum(axis=1) / (1 + self._shows[nodes])) @ shown
        worth += (1 / (1 + self._drives[nodes[gate], code])) @ rows
        every = np.concatenate([self._parents, words])
        value = np.concatenate([self._worth * FORGET, worth])
        best = np.argsort(-value, kind="stable")[:PARENTS]
        self._parents, self._worth = every[best], value[best]

    def _answers(self, effort: Effort, tell: Tell) -> None:
        """Ask the solver about what is left, from gate to gate."""
        reach = Reach(self._gates, self._observer, self._seed)
        asked: set[tuple[int, int]] = set()
        try:
            while not self.stopped:
                found = self._ask(reach, asked, effort, tell)
                if not found:
                    return
                near = np.repeat(np.array(found), NEAR, axis=0)
                crossed = self._stimuli.crossed(near, len(near))
                keep = (np.arange(len(near)) % NEAR == 0)[:, None]
                words = np.where(keep, near, crossed)
                self._try(words)
                self.words.append(words)
        finally:
            reach.close()

    def _ask(
        self, reach: Reach, asked: set[tuple[int, int]], effort: Effort, tell: Tell
    ) -> list[Bits]:
        """Return words of the solver for open faults, each of another gate."""
        found: list[Bits] = []
        left = self._faults.open(self.known)
        want = self._faults.wanted(self.known)
        tell(f"making vectors: asking a solver, {len(left)} faults to be shown")
        for gate in self._rng.permutation(np.unique(left.gate)).tolist():
            if effort.late() or reach.conflicts > effort.conflicts:
                self.stopped = "time" if effort.late() else "conflicts"
                break
            for code in range(8):
                if not want[gate] >> code & 1 or (gate, code) in asked:
                    continue
                answer = reach.word(gate, code, CONFLICTS)
                if answer.word is not None:
                    found.append(answer.word)
                    break
                asked.add((gate, code))
                if answer.decided:
                    self.known.dead[gate] |= 1 << code
            if len(found) >= ANSWERS:
                break
        return found

    def _fewest(self, given: Bits) -> Bits:
        """Return the words that are needed when the last ones are tried first."""
        pool = np.concatenate([given[:0], *self.words])[::-1]
        self.known, self.words = self.known.without_words(), []
        self._look(given, keep=False)
        self._look(pool)
        return np.concatenate([given[:0], *self.words])

    def _look(self, words: Bits, *, keep: bool = True) -> None:
        for first in range(0, len(words), AT_ONCE):
            self._try(words[first : first + AT_ONCE], keep=keep)

    def edges(self, effort: Effort) -> Bits:
        """Return words on every side of each threshold, where that side matters.

        A comparison is a chain of gates, each with faults that one value alone shows. So for each
        threshold a word is looked for in which just it decides, and tried with all these values.
        """
        pool = np.concatenate([self._parents, *self.words])[-EDGE_WORDS:]
        found, thresholds = [pool[:0]], self._stimuli.thresholds()
        while sum(map(len, found)) <= MOST_EDGES and not effort.late():
            some = list(islice(thresholds, EDGES_AT_ONCE))
            if not some or not len(pool):
                break
            sides = [
                _with(pool, low, high, [value])
                for low, high, limit, _ in some
                for value in (limit, limit - 1)
            ]
            outputs = self._observer.outputs(np.concatenate(sides)).reshape(
                len(some), 2, len(pool), -1
            )
            decides = (outputs[:, 0] != outputs[:, 1]).any(axis=2)
            for (low, high, _, values), good in zip(some, decides, strict=True):
                if good.any():
                    found.append(_with(pool[np.argmax(good)][None], low, high, values))
        return np.concatenate(found)[:MOST_EDGES]


def _with(words: Bits, low: int, high: int, values: Sequence[int] | NDArray[np.int64]) -> Bits:
    """Return words for each value, with the bits from low to high set to it."""
    made = np.repeat(words, len(values), axis=0)
    made[:, low:high] = (
        np.tile(np.asarray(values), len(words))[:, None] >> np.arange(high - low) & 1
    )
    return made


def _cover(hits: Bits) -> NDArray[np.int64]:
    """Return columns of [targets, words] that together hit every row: the hardest rows first."""
    often = hits.sum(axis=0)
    columns = np.ascontiguousarray(hits.T)
    covered = np.zeros(len(hits), np.bool_)
    chosen = []
    for row in np.argsort(hits.sum(axis=1), kind="stable").tolist():
        if not covered[row]:
            chosen.append(int(np.argmax(np.where(hits[row], often, -1))))
            covered |= columns[chosen[-1]]
    return np.sort(np.array(chosen, np.int64))
