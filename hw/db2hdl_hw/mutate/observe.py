"""Where a wrong gate shows: for every gate and input word, whether an output would change.

The value of a gate is wrong or right, one bit; so it is enough to know for which input words the
inverse of the gate reaches an output. A gate with one reader is seen where the reader is and lets
it through. A gate with several is inverted and everything up to its dominator, the first gate
that all its ways lead through, is computed again; it is seen where the dominator changes and is
seen. So a word is right or wrong for all faults of a gate at once, and no fault is simulated alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import ARITY, Gates, Kind
from db2hdl_hw.netlist.planes import Plane, pack, unpack

ONES = np.uint64(0xFFFFFFFFFFFFFFFF)

TOGETHER = 256
"""So many gates with the same dominator are inverted at once, each in a row of its own."""


class Observer:
    """The gates of a circuit made ready for input words.

    Attributes
    ----------
    reached : array of bool [nodes]
        Which gates have a way to an output; faults of the others change nothing.
    """

    def __init__(self, gates: Gates) -> None:
        self._gates = gates
        self._sink = len(gates)
        self._kind: list[int] = gates.kind.tolist()
        self._reads: list[list[int]] = gates.reads.tolist()
        self._is_output = np.zeros(self._sink, np.bool_)
        self._is_output[gates.outputs] = True
        self._readers: list[list[int]] = [[] for _ in range(self._sink)]
        for node, kind in enumerate(self._kind):
            if kind in ARITY:
                for read in self._reads[node][: ARITY[Kind(kind)]]:
                    self._readers[read].append(node)
        self._dominator = self._dominators()
        self.reached = np.array(self._dominator) >= 0

    def _dominators(self) -> list[int]:
        """Return the dominator of each node on its ways to the sink; -1 without a way."""
        sink = self._sink
        found = [-1] * sink + [sink]
        outputs = self._is_output.tolist()
        for node in range(sink - 1, 1, -1):
            if outputs[node]:
                found[node] = sink
                continue
            best = -1
            for reader in self._readers[node]:
                if found[reader] < 0:
                    continue
                a, b = best, reader
                while a != b and a >= 0:  # later nodes have greater numbers
                    if a < b:
                        a = found[a]
                    else:
                        b = found[b]
                best = b
            found[node] = best
        found[0] = found[1] = -1
        return found[:sink]

    def is_output(self, node: int) -> bool:
        """Return whether a node is a bit of the output word."""
        return bool(self._is_output[node])

    def dominator(self, node: int) -> int:
        """Return the first node that all ways of a node lead through; past the last: none."""
        return self._dominator[node]

    def behind(self, node: int, end: int) -> list[int]:
        """Return a node and all that is on its ways to an end, in order."""
        return self._cone([node], end)

    def values(self, words: NDArray[np.bool_]) -> Plane:
        """Return the value of every node for input words [rows, inputs], 64 rows a word.

        The last row is there again until the words are full, so that they show nothing else.
        """
        full = np.minimum(np.arange(-(-len(words) // 64) * 64), len(words) - 1)
        packed = pack(np.ascontiguousarray(words[full].T))
        value = np.zeros((self._sink, packed.shape[1]), np.uint64)
        value[1] = ONES
        for node, kind in enumerate(self._kind):
            if kind == Kind.INPUT:
                value[node] = packed[self._reads[node][0]]
            elif kind in ARITY:
                a, b, c = self._reads[node]
                _evaluate(kind, value[a], value[b], value[c], value[node])
        return value

    def outputs(self, words: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the output words [rows, output_width] for input words."""
        return unpack(self.values(words)[self._gates.outputs], len(words)).T

    def seen(self, value: Plane, wanted: NDArray[np.int64]) -> Plane:
        """Return where the inverse of each wanted node shows, [wanted, words].

        Parameters
        ----------
        value : [nodes, words]
            Of ``values``.
        wanted : array of nodes
        """
        needed = self._needed(wanted.tolist())
        changed = self._changed(value, [n for n in needed if self._is_stem(n)])
        shows: dict[int, Plane] = {}
        full = np.full(value.shape[1], ONES)
        for node in needed:  # from the outputs on
            dominator = self._dominator[node]
            if self._is_output[node]:
                shows[node] = full
            elif node in changed:
                beyond = shows[dominator] if dominator < self._sink else full
                shows[node] = changed[node] & beyond
            else:
                shows[node] = self._through(value, node, dominator) & shows[dominator]
        empty = np.zeros(value.shape[1], np.uint64)
        return np.array([shows.get(node, empty) for node in wanted.tolist()], np.uint64).reshape(
            len(wanted), value.shape[1]
        )

    def _is_stem(self, node: int) -> bool:
        """Return whether a node has several readers, or is read twice by one, and is no output."""
        return len(self._readers[node]) > 1 and not self._is_output[node]

    def _needed(self, wanted: Iterable[int]) -> list[int]:
        """Return the nodes whose showing the wanted ones depend on, the last first."""
        found: set[int] = set()
        for start in wanted:
            node = start
            while 0 <= node < self._sink and node not in found and self._dominator[node] >= 0:
                found.add(node)
                node = self._dominator[node]
        return sorted(found, reverse=True)

    def _through(self, value: Plane, node: int, reader: int) -> Plane:
        """Return where the one reader of a node lets its inverse through."""
        kind, (a, b, c) = self._kind[reader], self._reads[reader]
        other = value[b if node == a else a]
        if kind == Kind.AND:
            return np.asarray(other)
        if kind == Kind.OR:
            return np.asarray(~other)
        if kind == Kind.MUX:
            if node == c:
                return np.asarray(value[a] ^ value[b])
            return np.asarray(value[c] if node == a else ~value[c])
        return np.full(value.shape[1], ONES)

    def _changed(self, value: Plane, stems: list[int]) -> dict[int, Plane]:
        """Return where the inverse of each stem changes its dominator, or at the end an output."""
        groups: dict[int, list[int]] = {}
        for stem in stems:
            groups.setdefault(self._dominator[stem], []).append(stem)
        found: dict[int, Plane] = {}
        for dominator, group in groups.items():
            for start in range(0, len(group), TOGETHER):
                part = group[start : start + TOGETHER]
                found.update(self._invert(value, part, dominator, self._cone(part, dominator)))
        return found

    def _cone(self, stems: list[int], dominator: int) -> list[int]:
        """Return the nodes behind stems and up to a dominator, in order."""
        waiting, found = list(stems), set(stems)
        while waiting:
            for reader in self._readers[waiting.pop()]:
                if reader not in found and reader <= dominator and self._dominator[reader] >= 0:
                    found.add(reader)
                    if reader != dominator:
                        waiting.append(reader)
        return sorted(found)

    def _invert(
        self, value: Plane, stems: list[int], dominator: int, cone: list[int]
    ) -> dict[int, Plane]:
        """Compute the cone again with each stem inverted in a row of its own."""
        place = {stem: row for row, stem in enumerate(stems)}
        last = {read: node for node in cone for read in self._reads[node]}
        total = np.zeros((len(stems), value.shape[1]), np.uint64)
        rows: dict[int, Plane] = {}
        spare: list[Plane] = []  # rows that are read no more: soon there is one for each node
        for node in cone:
            reads = self._reads[node]
            known = [rows.get(read) for read in reads]
            row = spare.pop() if spare else np.empty_like(total)
            if all(one is None for one in known):
                row[...] = value[node]
            else:
                x, y, z = (
                    value[read] if one is None else one
                    for read, one in zip(reads, known, strict=True)
                )
                _evaluate(self._kind[node], x, y, z, row)
            if node in place:
                row[place[node]] ^= ONES
            rows[node] = row
            if node == dominator or (dominator == self._sink and self._is_output[node]):
                total |= row ^ value[node]
            spare += [rows.pop(read) for read in reads if read in rows and last[read] == node]
        return {stem: total[row] for stem, row in place.items()}


def _evaluate(kind: int, a: Plane, b: Plane, c: Plane, out: Plane) -> None:
    """Write the value of a gate."""
    if kind == Kind.AND:
        np.bitwise_and(a, b, out=out)
    elif kind == Kind.OR:
        np.bitwise_or(a, b, out=out)
    elif kind == Kind.XOR:
        np.bitwise_xor(a, b, out=out)
    elif kind == Kind.NOT:
        np.invert(a, out=out)
    elif kind == Kind.BUF:
        out[...] = a
    else:
        np.bitwise_xor(a, b, out=out)
        np.bitwise_and(out, c, out=out)
        np.bitwise_xor(out, b, out=out)
