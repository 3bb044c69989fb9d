"""Words that show what trials do not: patterns of a few bits set into words that let them pass.

Near the outputs a wrong bit passes only where two counts are nearly equal, which few words give;
near the inputs a fault wants one pattern of a few bits. Words of the first kind are known from
trials, patterns from a small solver: together they are words that do both, most of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import Gates
from db2hdl_hw.mutate.gate_faults import Bytes
from db2hdl_hw.mutate.local import Local, Pattern
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.netlist.planes import unpack

Bits = NDArray[np.bool_]

PATTERNS, TIMES = 512, 8
"""So many patterns at once, each set into so many words."""

MOST_BASE = 4096
"""So many words at most are kept for patterns to be set into, the newest."""


class Grafts:
    """Words with patterns set in, for the gates of one circuit.

    Parameters
    ----------
    gates : Gates
    observer : Observer
        Of the same gates.
    base : booleans [rows, input_width]
        Words to begin with, at least one.
    seed : int
    """

    def __init__(self, gates: Gates, observer: Observer, base: Bits, seed: int) -> None:
        self._observer = observer
        self._local = Local(gates, observer)
        self._base = base[:MOST_BASE]
        self._rng = np.random.default_rng(seed)

    def words(self, want: Bytes, dead: Bytes) -> Bits:
        """Return words that may show wanted minterms of gates, and note those that none can.

        Parameters
        ----------
        want : array [nodes]
            The minterms that are looked for.
        dead : array [nodes]
            Gets those that no word shows.
        """
        cuts, patterns = self._patterns(want, dead)
        if not patterns:
            return self._base[:0]
        nodes, place = np.unique(np.array(cuts), return_inverse=True)
        seen = self._observer.seen(self._observer.values(self._base), nodes)
        shows = unpack(seen, len(self._base))
        every = np.arange(len(self._base))
        found = []
        for row, pattern in zip(place.tolist(), patterns, strict=True):
            open_to = np.flatnonzero(shows[row])
            rows = self._rng.choice(open_to if len(open_to) else every, TIMES)
            words = self._base[rows]
            words[:, pattern.bits] = pattern.values
            found.append(words)
        made = np.concatenate(found)
        self._base = np.concatenate([made, self._base])[:MOST_BASE]
        return made

    def _patterns(self, want: Bytes, dead: Bytes) -> tuple[list[int], list[Pattern]]:
        """Return patterns and the gates at which they show a fault."""
        cuts, patterns = list[int](), list[Pattern]()
        for gate in self._rng.permutation(np.flatnonzero(want)).tolist():
            if len(patterns) >= PATTERNS:
                break
            codes = [code for code in range(8) if want[gate] >> code & 1]
            flips = self._base[self._rng.integers(len(self._base))]
            for code, pattern in self._local.patterns(gate, codes, flips).items():
                if pattern is None:
                    dead[gate] |= 1 << code
                else:
                    cuts.append(self._local.cut(gate))
                    patterns.append(pattern)
        return cuts, patterns
