"""How many faults of a circuit's gates some words show: measured on faults set aside for that."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import Gates, Kind, gates_of
from db2hdl_hw.gateware.operations import style_of
from db2hdl_hw.mutate.gate_faults import (
    FAULTS,
    Bytes,
    Faults,
    Known,
    Tally,
    each_minterm,
    faults_of,
    minterms,
    set_aside,
)
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.mutate.reach import Reach
from db2hdl_hw.mutate.search import AT_ONCE, Effort, Search
from db2hdl_hw.mutate.stimuli import Stimuli
from db2hdl_hw.netlist.netlist import Netlist

Bits = NDArray[np.bool_]
Dead = Mapping[int, int]
"""Gate -> the minterms that no input word shows."""

ENOUGH = 0.99
"""With a lower score of the faults set aside, words are made for every minterm of every gate."""

FIRST = 0.6
"""The share of the time after which that begins at the latest."""

GIVEN_ROWS = 4096
"""So many test rows are looked at before words are made; all of them count in the score."""

MAKING, JUDGING = 1_000_000, 500_000
"""Conflicts of the solver: to make words, and to tell equivalent faults from missed ones."""

PER_QUESTION = 5_000
"""Conflicts for one minterm of a fault that is measured."""


@dataclass(frozen=True)
class Made:
    """Words that were made, and what is known of the faults that they were not made for.

    ``stopped`` is "" or what ended the search early: "time" or "conflicts".
    """

    words: Bits
    dead: Dead
    stopped: str


class Circuit:
    """The gates of a netlist's circuit, and its faults.

    Parameters
    ----------
    netlist : Netlist
        Optimised, as the Verilog is written from it.
    target : str
        The FPGA family that it is written for.
    model_hash : str
        Chooses the faults that are set aside.
    """

    def __init__(self, netlist: Netlist, target: str, model_hash: str) -> None:
        self._netlist = netlist
        self._seed = int(model_hash[:8], 16)
        self.gates: Gates = gates_of(netlist, style_of(target))
        self._observer = Observer(self.gates)
        every = faults_of(self.gates, self._observer.reached)
        self.faults = len(every)
        self.made_for, self.held_out = set_aside(every, model_hash)

    def make(self, given: Bits, corners: Bits, seconds: float, tell: Callable[[str], None]) -> Made:
        """Return words that show faults which the given words do not.

        Raises
        ------
        ToolError
            If python-sat is not installed.
        """
        start = time.monotonic()
        first = Effort(MAKING, start + FIRST * seconds)
        last = Effort(MAKING, start + seconds)
        search = self._search(self.made_for)
        made = search.run(given[:GIVEN_ROWS], corners, first, tell)
        words = unique(np.concatenate([made, search.edges(first)]))
        known, late = self._judged([given, words], search.known.dead, first.deadline, tell)
        if self.held_out.tally(known).score < ENOUGH and not last.late():
            more = self._search(each_minterm(self.gates, self._observer.reached))
            more.known.dead |= search.known.dead
            rows = np.concatenate([words, given[:GIVEN_ROWS]])
            words = unique(np.concatenate([words, more.run(rows, corners, last, tell)]))
            search, late = more, "again"
        if late:
            dead, deadline = search.known.dead, last.deadline + seconds
            known, late = self._judged([given, words], dead, deadline, tell)
        return Made(words, _positive(known.dead), search.stopped or late)

    def _search(self, faults: Faults) -> Search:
        stimuli = Stimuli(self._netlist, self._seed)
        return Search(self.gates, self._observer, faults, stimuli, self._seed)

    def _judged(
        self, sets: list[Bits], dead: Bytes, deadline: float, tell: Callable[[str], None]
    ) -> tuple[Known, str]:
        """Return what is known of the faults set aside, and what ended it early."""
        tell("making vectors: measuring what they show")
        known = self._shown(self.held_out, sets)
        known.dead |= dead & self.held_out.wanted(known)
        reach = Reach(self.gates, self._observer, self._seed)
        return known, self._judge(known, reach, Effort(JUDGING, deadline))

    def measure(self, sets: list[Bits], dead: Dead) -> tuple[Tally, list[str]]:
        """Return what words show of the faults set aside, and a line for each that they miss.

        ``dead`` is believed: whoever does not, asks ``doubt``.
        """
        known = self._shown(self.held_out, sets)
        self._believe(known, dead)
        return self.held_out.tally(known), self._lines(self.held_out.open(known))

    def measure_all(self, sets: list[Bits]) -> Tally:
        """Return what words show of all faults, those that no word can show among them."""
        every = faults_of(self.gates, self._observer.reached)
        return every.tally(self._shown(every, sets))

    def doubt(self, dead: Dead, budget: int) -> list[str]:
        """Return a line for each minterm that is said to show nothing, but does or may."""
        reach = Reach(self.gates, self._observer, self._seed + 1)
        wrong = []
        try:
            for gate, codes in dead.items():
                for code in range(8):
                    if not codes >> code & 1:
                        continue
                    answer = reach.word(gate, code, budget)
                    if not answer.decided or answer.word is not None:
                        what = "is not equivalent" if answer.decided else "is not decided"
                        wrong.append(f"{self._name(gate)}, inputs {code}, {what}")
        finally:
            reach.close()
        return wrong

    def knows(self, gate: int, codes: int) -> bool:
        """Return whether there is such a gate with a way to an output."""
        inside = 0 <= gate < len(self.gates) and 0 < codes < 256
        return inside and bool(self._observer.reached[gate]) and self.gates.kind[gate] >= Kind.BUF

    def _shown(self, faults: Faults, sets: list[Bits]) -> Known:
        """Return which minterms words show, as far as it matters for some faults."""
        known = Known.nothing(self.gates)
        for words in sets:
            for first in range(0, len(words), AT_ONCE):
                nodes = np.flatnonzero(faults.wanted(known))
                if not len(nodes):
                    return known
                value = self._observer.values(words[first : first + AT_ONCE])
                hits = minterms(self.gates, nodes, value)
                hits &= self._observer.seen(value, nodes)[:, None]
                known.shown[nodes] |= (
                    ((hits != 0).any(axis=2) << np.arange(8)).sum(axis=1).astype(np.uint8)
                )
        return known

    def _judge(self, known: Known, reach: Reach, effort: Effort) -> str:
        """Ask the solver which of the minterms of open faults no word shows."""
        try:
            want = self.held_out.wanted(known)
            for gate in np.flatnonzero(want).tolist():
                for code in range(8):
                    if not want[gate] >> code & 1:
                        continue
                    if effort.late() or reach.conflicts > effort.conflicts:
                        return "time" if effort.late() else "conflicts"
                    answer = reach.word(gate, code, PER_QUESTION)
                    if answer.decided and answer.word is None:
                        known.dead[gate] |= 1 << code
        finally:
            reach.close()
        return ""

    def _believe(self, known: Known, dead: Dead) -> None:
        for gate, codes in dead.items():
            known.dead[gate] |= codes & ~known.shown[gate]

    def _lines(self, faults: Faults) -> list[str]:
        pairs = zip(faults.gate.tolist(), faults.mask.tolist(), strict=True)
        return [f"{FAULTS[int(self.gates.kind[g])][m]}: {self._name(g)}" for g, m in pairs]

    def _name(self, gate: int) -> str:
        kind = Kind(int(self.gates.kind[gate])).name.lower()
        return f"{kind} gate {gate} in {self.gates.where[gate]}"


def unique(words: Bits) -> Bits:
    """Return words in their order, each once."""
    return words[np.sort(np.unique(words, axis=0, return_index=True)[1])]


def _positive(codes: NDArray[np.uint8]) -> dict[int, int]:
    return {gate: int(codes[gate]) for gate in np.flatnonzero(codes).tolist()}
