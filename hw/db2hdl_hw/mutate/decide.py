"""Whether a fault changes any output for any input: decided by SAT, with an input that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import ToolError
from db2hdl_hw.mutate.aiger import FALSE, TRUE, Aiger, Design, Graph

CONFLICTS = 100_000
"""The solver gives up after so many conflicts: the same on every machine, unlike seconds."""

STEP = 2_000
"""So many at a time: Python acts on signals between steps, which it cannot inside the solver."""

EQUIVALENT, DIFFERENT, UNDECIDED = "equivalent", "different", "undecided"


@dataclass(frozen=True)
class Verdict:
    """What is known of a fault.

    Attributes
    ----------
    verdict : str
        ``EQUIVALENT`` for all inputs (proved), ``DIFFERENT`` for the one below, or ``UNDECIDED``.
    word : array of bool or None
        An input word that shows the difference, the first input in front.
    how : str
        "structure", if the outputs became the same nodes, or "SAT".
    """

    verdict: str
    word: NDArray[np.bool_] | None = None
    how: str = "SAT"


class Decider:
    """Compares every fault of a circuit of mutants with the circuit without faults.

    Parameters
    ----------
    good : Aiger
        The circuit that the mutants are mutants of; for example of a bundle's own Verilog.
    mutants : Aiger
        The circuit of mutants: ports ``sel``, ``in``, ``out``.
    inputs, outputs : sequence of str
        Names ``port[bit]`` of the good circuit, in the order of the bits of ``in`` and ``out``.
    """

    def __init__(
        self, good: Aiger, mutants: Aiger, inputs: Sequence[str], outputs: Sequence[str]
    ) -> None:
        self._graph = Graph()
        self._width = len(inputs)
        names = [f"in[{bit}]" for bit in range(len(inputs))]
        for name in names:
            self._graph.input(name)
        design = Design(self._graph, good, dict(zip(inputs, names, strict=True))).outputs()
        self._good = {f"out[{bit}]": design.get(name, FALSE) for bit, name in enumerate(outputs)}
        self._mutants = Design(self._graph, mutants, {name: name for name in names})

    def unmutated(self) -> Verdict:
        """Return how the mutants' circuit without any fault compares with the good circuit."""
        return self._compare(self._mutants.outputs())

    def fault(self, number: int) -> Verdict:
        """Return how the circuit with one fault compares with the good circuit."""
        return self._compare(self._mutants.outputs_with(f"sel[{number}]"))

    def shown(self, words: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether fault f changes an output for input word f, of words [faults, inputs].

        This replays in the graph what a simulator has seen: where both see the fault, the solver
        cannot call it equivalent.
        """
        graph, rows = self._graph, len(words)
        changed = [self._mutants.outputs_with(f"sel[{f}]") for f in range(rows)]
        full = (1 << rows) - 1
        value = [0] * len(graph.left)
        for name, literal in graph.inputs.items():
            column = np.packbits(words[:, int(name[3:-1])], bitorder="little")
            value[literal >> 1] = int.from_bytes(column.tobytes(), "little")

        def read(literal: int) -> int:
            return value[literal >> 1] ^ (full if literal & 1 else 0)

        for node, (a, b) in enumerate(zip(graph.left, graph.right, strict=True)):
            if node and a >= 0:
                value[node] = read(a) & read(b)
        return np.array(
            [
                any(
                    (read(self._good[name]) ^ read(literal)) >> f & 1
                    for name, literal in outs.items()
                )
                for f, outs in enumerate(changed)
            ],
            np.bool_,
        )

    def _compare(self, outputs: Mapping[str, int]) -> Verdict:
        pairs = [(self._good[name], literal) for name, literal in outputs.items()]
        pairs = [(a, b) for a, b in pairs if a != b]
        if not pairs:
            return Verdict(EQUIVALENT, how="structure")
        return self._solve(pairs)

    def _solve(self, pairs: Sequence[tuple[int, int]]) -> Verdict:
        try:
            from pysat.solvers import Glucose42
        except ImportError as error:
            raise ToolError("python-sat is not installed; pip install 'db2hdl[prove]'") from error
        clauses = self._clauses([literal for pair in pairs for literal in pair])
        top = len(self._graph.left)
        differs = []
        for a, b in pairs:
            top += 1
            x, y = _number(a), _number(b)
            clauses += [[-top, x, y], [-top, -x, -y]]
            differs.append(top)
        with Glucose42(bootstrap_with=[*clauses, differs]) as solver:
            answer = _answer(solver)
            if answer is None:
                return Verdict(UNDECIDED)
            if not answer:
                return Verdict(EQUIVALENT)
            true = {value for value in solver.get_model() if value > 0}
        word = np.zeros(self._width, np.bool_)
        for name, literal in self._graph.inputs.items():
            word[int(name[3:-1])] = _number(literal) in true
        return Verdict(DIFFERENT, word)

    def _clauses(self, roots: Sequence[int]) -> list[list[int]]:
        """Return the clauses of all nodes that some literals depend on."""
        clauses: list[list[int]] = [[-1]]
        waiting = [literal >> 1 for literal in roots]
        seen = {0}
        left, right = self._graph.left, self._graph.right
        while waiting:
            node = waiting.pop()
            if node in seen or left[node] < 0:
                continue
            seen.add(node)
            a, b, out = _number(left[node]), _number(right[node]), node + 1
            clauses += [[-out, a], [-out, b], [out, -a, -b]]
            waiting += [left[node] >> 1, right[node] >> 1]
        return clauses


def _answer(solver: Any) -> bool | None:
    """Return whether the clauses can be satisfied; None if the solver gives up."""
    for _ in range(CONFLICTS // STEP):
        solver.conf_budget(STEP)
        try:
            answer = solver.solve_limited()
        except Exception as error:  # python-sat's own class, which it does not export
            if "keyboard interrupt" in str(error):
                raise KeyboardInterrupt from error
            raise
        if answer is not None:
            return bool(answer)
    return None


def _number(literal: int) -> int:
    """Return a literal as solvers write it; node 0 is variable 1, which is false."""
    if literal == TRUE:
        return -1
    number = (literal >> 1) + 1
    return -number if literal & 1 else number
