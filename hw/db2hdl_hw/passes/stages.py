"""Which pipeline stage each net of a circuit belongs to, and what the registers cost.

A circuit without feedback is cut into stages: every path from an input to a net passes the same
number of registers, the stage of the net. A net that a later stage reads goes through as many
registers as the stages are apart. No register is ever on a loop, so that a pipelined circuit
computes what the combinational one does, ``latency`` cycles later, whatever the stages are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from db2hdl_hw.errors import InputError, present

MOST_STAGES = 256
"""More registers in a row than this are a mistake."""

FINE = 0.02
"""How near, in levels, the search comes to the shallowest possible stages."""

CLOCK, RESET, IN_VALID, OUT_VALID = "clk", "rst", "in_valid", "out_valid"
"""The ports that a pipelined core has besides; no feature is ever called so."""

Reads = Sequence[Mapping[int, float]]


@dataclass(frozen=True)
class Pipeline:
    """Where a circuit gets registers; none by default: combinational.

    Attributes
    ----------
    stages : int
        Register stages inside the circuit, placed to balance logic depth.
    register_input, register_output : bool
        Whether to register every input bit, and every output bit.

    Raises
    ------
    InputError
        If there are fewer than 0 or more than 256 stages.
    """

    stages: int = 0
    register_input: bool = False
    register_output: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.stages <= MOST_STAGES:
            raise InputError(f"a pipeline has 0..{MOST_STAGES} stages, not {self.stages}")

    @property
    def latency(self) -> int:
        """Registers on every path from an input to an output: cycles."""
        return self.stages + self.register_input + self.register_output

    @property
    def first(self) -> int:
        """The first stage with logic."""
        return int(self.register_input)

    @property
    def last(self) -> int:
        """The last stage with logic."""
        return self.first + self.stages


COMBINATIONAL = Pipeline()


@dataclass(frozen=True)
class Stages:
    """The stage of each node, and what that costs.

    Attributes
    ----------
    stage : tuple of int
        Of each node, 0 to the latency.
    levels : float
        The greatest logic depth between registers, in levels.
    registers : int
        Bits of all registers, those of valid left out.
    """

    stage: tuple[int, ...]
    levels: float
    registers: int


def place(
    reads: Reads,
    widths: Sequence[int],
    outputs: Iterable[int],
    pipeline: Pipeline,
    inputs: Collection[int] = (),
) -> Stages:
    """Return stages that make the deepest stage as shallow as can be.

    Registers go behind whole nodes, as early or as late as the depth allows, whichever costs
    fewer register bits. Cost: a few passes over the edges for each step of a binary search.

    Parameters
    ----------
    reads : sequence of {node: levels}
        For each node, in topological order, the earlier nodes it reads and how many levels of
        logic are between.
    widths : sequence of int
        Of each node, in bits.
    outputs : iterable of int
        Nodes that leave the circuit.
    pipeline : Pipeline
        How many stages there are.
    inputs : collection of int
        Nodes that are in stage 0 whatever comes: inputs and their bits.

    Returns
    -------
    Stages
    """
    graph = _Graph(reads, widths, outputs, frozenset(inputs), pipeline)
    low = max((max(read.values(), default=0.0) for read in reads), default=0.0)
    best = present(graph.early(float("inf")))
    high = graph.levels(best)
    best = graph.early(high) or best
    low = min(low, high)
    while high - low > FINE and pipeline.stages:
        middle = (low + high) / 2
        found = graph.early(middle)
        if found is None:
            low = middle
        else:
            best, high = found, graph.levels(found)
    late = graph.late(graph.levels(best))
    if late is not None and graph.registers(late) < graph.registers(best):
        best = late
    return Stages(tuple(best), graph.levels(best), graph.registers(best))


class _Graph:
    """The nodes, and the stages that they may have."""

    def __init__(
        self,
        reads: Reads,
        widths: Sequence[int],
        outputs: Iterable[int],
        inputs: frozenset[int],
        pipeline: Pipeline,
    ) -> None:
        self._reads = [list(read.items()) for read in reads]
        self._widths, self._outputs, self._inputs = widths, set(outputs), inputs
        self._first, self._last, self._latency = pipeline.first, pipeline.last, pipeline.latency
        self._readers: list[list[tuple[int, float]]] = [[] for _ in reads]
        for node, read in enumerate(self._reads):
            for source, levels in read:
                self._readers[source].append((node, levels))

    def early(self, most: float) -> list[int] | None:
        """Return the earliest stages of at most so many levels, or None if they are too many."""
        stage, depth = [0] * len(self._reads), [0.0] * len(self._reads)
        for node, read in enumerate(self._reads):
            if node in self._inputs:
                continue
            here = max([self._first, *(stage[source] for source, _ in read)])
            deep = self._depth(read, here, stage, depth)
            if deep > most:
                here += 1
                deep = max((levels for _, levels in read), default=0.0)
            if here > self._last or deep > most:
                return None
            stage[node], depth[node] = here, deep
        return stage

    def late(self, most: float) -> list[int] | None:
        """Return the latest stages of at most so many levels, or None if there are none."""
        count = len(self._reads)
        stage, below = [self._last] * count, [0.0] * count
        for node in range(count - 1, -1, -1):
            if node in self._inputs:
                stage[node] = 0
                continue
            readers = self._readers[node]
            own = max((levels for _, levels in self._reads[node]), default=0.0)
            here = min([self._last, *(stage[reader] for reader, _ in readers)])
            deep = max((below[r] + n for r, n in readers if stage[r] == here), default=0.0)
            if own + deep > most:
                here, deep = here - 1, 0.0
            if here < self._first:
                return None
            stage[node], below[node] = here, deep
        return stage if self.levels(stage) <= most + FINE else None

    def levels(self, stage: Sequence[int]) -> float:
        """Return the greatest depth inside a stage."""
        depth = [0.0] * len(self._reads)
        for node, read in enumerate(self._reads):
            depth[node] = self._depth(read, stage[node], stage, depth)
        return max(depth, default=0.0)

    def registers(self, stage: Sequence[int]) -> int:
        """Return how many register bits the stages need."""
        last = list(stage)
        for node, read in enumerate(self._reads):
            for source, _ in read:
                last[source] = max(last[source], stage[node])
        for node in self._outputs:
            last[node] = self._latency
        return sum(
            (end - start) * width
            for start, end, width in zip(stage, last, self._widths, strict=True)
        )

    @staticmethod
    def _depth(
        read: Sequence[tuple[int, float]], here: int, stage: Sequence[int], depth: Sequence[float]
    ) -> float:
        return max((n + (depth[s] if stage[s] == here else 0.0) for s, n in read), default=0.0)
