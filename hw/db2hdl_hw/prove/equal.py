"""Are two circuits in one graph equal for all inputs? Guess, reduce, discharge, conclude."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.prove.circuit import Point
from db2hdl_hw.prove.cone import WINDOWS
from db2hdl_hw.prove.crew import Crew
from db2hdl_hw.prove.engine_sat import Answer, Keep
from db2hdl_hw.prove.graph import DIGIT, Graph
from db2hdl_hw.prove.guess import Guesses, Pair, by_name, by_value
from db2hdl_hw.prove.patterns import Patterns, added, first_patterns, near
from db2hdl_hw.prove.reduce import Obligation, Reduced, reduce
from db2hdl_hw.prove.simulate import ONES, Simulator, Words
from db2hdl_hw.prove.sums import Sums

PROVED, REFUTED, NOT_PROVED = "proved", "refuted", "not proved"

ENGINES = ("abc", "sat")

ROUNDS = 200
"""Of guessing; each but the last has thrown away at least one wrong guess."""

MOST_NEW = 512
"""Patterns that one round may add."""

SMALL = 4000
"""Gates of the largest cone through which a guess is looked at before more patterns are tried."""

TRIES = 8
"""Sets of random patterns that guesses are tried on which small cones leave open."""

BATCH = 8
"""Whole cones asked about before the inputs that were found are tried on the others."""


@dataclass
class Outcome:
    """What was found about a pair of circuits.

    Attributes
    ----------
    verdict : str
        ``"proved"``, ``"refuted"`` or ``"not proved"``.
    engines : dict of engine to verdict
        A refutation needs none: both circuits were evaluated, and differ.
    obligations : int
        How many were left to the engines after equal structure was shared.
    rounds : int
    case : dict of input to bool or None
        Of a refutation: the input for which an output differs.
    outputs : list of points
        The outputs that differ there; or that are not proved.
    points : list of points
        The named inner bits that differ there, in the order they were given.
    seconds : dict of engine to float
    why : str
        Of ``"not proved"``: why not.
    """

    verdict: str
    engines: dict[str, str] = field(default_factory=dict)
    obligations: int = 0
    rounds: int = 0
    case: dict[str, bool] | None = None
    outputs: list[tuple[str, int]] = field(default_factory=list)
    points: list[tuple[str, int]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    why: str = ""


def prove_equal(
    graph: Graph,
    outputs: Sequence[Pair],
    points: Sequence[Pair] = (),
    *,
    sweep: bool = False,
    engines: Sequence[str] = ENGINES,
    deadline: float | None = None,
    keep: Keep | None = None,
    cases: Patterns | None = None,
    crew: Crew | None = None,
) -> Outcome:
    """Return whether all pairs of outputs are equal for all inputs.

    Parameters
    ----------
    graph : Graph
        Of both circuits.
    outputs, points : sequences of (name, literal, literal)
        What must be equal; and inner bits that are likely to be, in order from inputs to outputs.
    sweep : bool
        Whether to guess equal nodes by their values, too; without it that is tried only where
        names do not suffice.
    engines : sequence of "abc", "sat"
    deadline : float, optional
        ``time.monotonic()`` at which to give up.
    keep : callable, optional
        Takes certificates of the second engine.
    cases : dict of input to bits, optional
        Patterns that are known to tell circuits apart.
    crew : Crew, optional
        Who decides obligations; by default this process alone.

    Raises
    ------
    Db2hdlError
        If the engines contradict each other.
    ToolError
        If an engine is missing.
    """
    proof = _Proof(graph, outputs, points, engines, deadline, keep, cases, crew or Crew())
    return proof.run(sweep)


_Held = tuple[Obligation, int | None]
"""An obligation that holds, and the size of the cone that shows it."""


@dataclass(frozen=True)
class _Failed:
    """An obligation that does not hold, or is undecided, and inputs for which it does not."""

    obligation: Obligation
    holds: bool | None
    case: dict[str, bool] | None


@dataclass
class _Round:
    """One round: its graph, and what became of its obligations.

    ``plain`` hold with digits of sums free; ``adders`` hold in ``full``, where sums are adders.
    """

    reduced: Reduced
    plain: list[_Held] = field(default_factory=list)
    adders: list[_Held] = field(default_factory=list)
    full: Reduced | None = None
    failed: list[_Failed] = field(default_factory=list)


class _Proof:
    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[Pair],
        points: Sequence[Pair],
        engines: Sequence[str],
        deadline: float | None,
        keep: Keep | None,
        cases: Patterns | None,
        crew: Crew,
    ) -> None:
        self.graph, self.outputs, self.points = graph, list(outputs), list(points)
        self.engines, self.deadline, self.keep = engines, deadline, keep
        self.crew = crew
        self.simulator = Simulator(graph)
        self.patterns = cases or first_patterns(list(graph.inputs))
        self.rng = np.random.default_rng(1)
        self.outcome = Outcome(NOT_PROVED)
        self.dropped: set[int] = set()
        self.found: list[dict[str, bool]] = []
        self.guesses: dict[int, int] = {}
        self.sums = Sums(Graph())
        self.held: dict[tuple[int, int], int | None] = {}

    def run(self, sweep: bool) -> Outcome:
        values = self._simulate()
        for number in range(1, ROUNDS + 1):
            self.outcome.rounds = number
            if self._refuted(values):
                return self.outcome
            reduced = self._reduce(values, sweep)
            if "sat" not in self.engines:
                return self._conclude(_Round(reduced))
            done = self._discharge(reduced)
            if not done.failed:
                return self._conclude(done)
            if self._late():
                return self._not_proved("out of time")
            values = self._learn(done, values)
            sweep = True
        return self._not_proved(f"no end after {ROUNDS} rounds")

    def _simulate(self) -> Words:
        count = len(next(iter(self.patterns.values()))) if self.patterns else 1
        return self.simulator.run(self.patterns, count)

    def _late(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline

    def _not_proved(self, why: str) -> Outcome:
        self.outcome.verdict, self.outcome.why = NOT_PROVED, why
        return self.outcome

    def _refuted(self, values: Words) -> bool:
        """Fill in the outcome if a pattern tells two outputs apart."""
        for _, a, b in self.outputs:
            differ = _differ(values, a, b)
            if differ.any():
                self._fill(values, _first(differ))
                return True
        return False

    def _fill(self, values: Words, pattern: int) -> None:
        word, bit = divmod(pattern, 64)
        column = values[:, word : word + 1] >> np.uint64(bit) & np.uint64(1)

        def wrong(pairs: Sequence[Pair]) -> list[tuple[str, int]]:
            return [
                n for n, a, b in pairs if (column[a >> 1, 0] ^ column[b >> 1, 0]) ^ ((a ^ b) & 1)
            ]

        self.outcome.verdict = REFUTED
        self.outcome.case = {
            name: pattern < len(bits) and bool(bits[pattern])
            for name, bits in self.patterns.items()
        }
        self.outcome.outputs, self.outcome.points = wrong(self.outputs), wrong(self.points)
        self.outcome.engines = {"evaluation": REFUTED}

    def _unequal(self, reduced: Reduced) -> list[Point]:
        return [n for n, a, b in self.outputs if reduced.of(a) != reduced.of(b)]

    def _reduce(self, values: Words, sweep: bool) -> Reduced:
        guesses = Guesses(self.dropped)
        by_name(guesses, [*self.points, *self.outputs], values)
        if sweep:
            free = {literal >> 1 for literal in self.graph.inputs.values()}
            by_value(guesses, values, self.graph.marks, free)
        self.guesses = guesses.target
        return reduce(self.graph, guesses.target, into=self.sums)

    def _discharge(self, reduced: Reduced) -> _Round:
        """Ask the second engine; where digits of sums mattered, once more with adders."""
        started = time.monotonic()
        done = _Round(reduced)
        asked = [o for o in reduced.obligations if (o.a, o.b) not in self.held]
        done.plain = [
            (o, self.held[o.a, o.b]) for o in reduced.obligations if (o.a, o.b) in self.held
        ]
        retry = []
        for one, answer in self._ask(reduced.graph, asked):
            if answer.holds:
                done.plain.append((one, answer.window))
                self.held[one.a, one.b] = answer.window
            elif any(reduced.graph.left[node] == DIGIT for node in answer.inputs or ()):
                retry.append(one)
            else:
                done.failed.append(_failed(reduced.graph, one, answer))
        if retry:
            self._with_adders(done, retry)
        self._clock("sat", started)
        return done

    def _ask(self, graph: Graph, asked: Sequence[Obligation]) -> list[tuple[Obligation, Answer]]:
        """Ask the second engine, and keep it from searching for what patterns find.

        A wrong guess is refuted only in its whole cone. So what small cones leave open is tried on
        more patterns, and on inputs near one that refutes another, before it is asked about.
        """
        answers = self.crew.sat(graph, asked, self.deadline, self.keep, SMALL)
        said = list(zip(asked, answers, strict=True))
        rest = [one for one, answer in said if answer.holds is None]
        said = [pair for pair in said if pair[1].holds is not None]
        sets = [
            first_patterns(list(self.graph.inputs), self.rng) for _ in range(TRIES if rest else 0)
        ]
        while rest:
            for patterns in sets:
                apart = self._apart(rest, patterns)
                said += [(one, Answer(False)) for one in apart]
                rest = [one for one in rest if one not in apart]
            batch, rest = rest[:BATCH], rest[BATCH:]
            answers = self.crew.sat(graph, batch, self.deadline, self.keep)
            said += zip(batch, answers, strict=True)
            cases = [_failed(graph, x, y).case for x, y in zip(batch, answers, strict=True)]
            known = [case for case in cases if case is not None]
            sets = [near(list(self.graph.inputs), known, self.rng)] if known else []
        return said

    def _apart(self, asked: Sequence[Obligation], patterns: Patterns) -> set[Obligation]:
        """Return the guesses that patterns refute, and note an input for each."""
        if not asked:
            return set()
        values = self.simulator.run(patterns, len(next(iter(patterns.values()))))
        differ = {one: _differ(values, 2 * one.node, self.guesses[one.node]) for one in asked}
        found = {one: _first(words) for one, words in differ.items() if words.any()}
        for pattern in sorted(set(found.values())):
            self.found.append(
                {n: pattern < len(b) and bool(b[pattern]) for n, b in patterns.items()}
            )
        return set(found)

    def _with_adders(self, done: _Round, retry: Sequence[Obligation]) -> None:
        full = reduce(done.reduced.graph, {}, exact=False)
        asked = [Obligation(full.of(one.a), full.of(one.b), one.node) for one in retry]
        for one, answer in self._ask(full.graph, asked):
            if answer.holds:
                done.adders.append((one, answer.window))
            else:
                done.failed.append(_failed(full.graph, one, answer))
        done.full = full

    def _learn(self, done: _Round, values: Words) -> Words:
        """Add what refuted guesses as patterns; drop guesses that cannot be told apart."""
        cases = [one.case for one in done.failed if one.case is not None][:MOST_NEW]
        failed = {one.obligation.node for one in done.failed}
        cases, self.found = [*self.found, *cases][:MOST_NEW], []
        if cases:
            self.patterns = added(self.patterns, cases, self.rng)
            values = self._simulate()
        told_apart = any(_differ(values, 2 * node, self.guesses[node]).any() for node in failed)
        if not told_apart:
            self.dropped |= failed
        else:
            self.dropped |= {one.obligation.node for one in done.failed if one.holds is None}
        return values

    def _conclude(self, done: _Round) -> Outcome:
        """All obligations hold: ask the first engine, and look at the outputs."""
        self.outcome.obligations = len(done.reduced.obligations)
        unequal = self._unequal(done.reduced)
        if "sat" in self.engines:
            self.outcome.engines["sat"] = NOT_PROVED if unequal else PROVED
        if unequal:
            self.outcome.outputs = unequal
            return self._not_proved(f"{len(unequal)} output bits were given up")
        if "abc" in self.engines:
            self._abc(done)
        verdicts = set(self.outcome.engines.values())
        if verdicts == {PROVED}:
            self.outcome.verdict = PROVED
            return self.outcome
        return self._not_proved("an engine gave up: out of time or effort")

    def _abc(self, done: _Round) -> None:
        started = time.monotonic()
        held = self._all_hold(
            done.reduced.graph,
            done.plain if "sat" in self.engines else _unhinted(done.reduced.obligations),
        )
        if held and done.full is not None:
            held = self._all_hold(done.full.graph, done.adders)
        self._clock("abc", started)
        if held is False and "sat" in self.engines:
            raise Db2hdlError(
                "the proof engines contradict each other: CaDiCaL proved what ABC refutes; "
                "please report this with the bundle"
            )
        self.outcome.engines["abc"] = PROVED if held else NOT_PROVED

    def _all_hold(self, graph: Graph, obligations: Sequence[_Held]) -> bool | None:
        sizes = [size for _, size in obligations]
        return self.crew.abc(graph, [one for one, _ in obligations], sizes, self.deadline)

    def _clock(self, engine: str, started: float) -> None:
        spent = self.outcome.seconds.get(engine, 0.0) + time.monotonic() - started
        self.outcome.seconds[engine] = spent


def _unhinted(obligations: Sequence[Obligation]) -> list[_Held]:
    return [(one, WINDOWS[0]) for one in obligations]


def _failed(graph: Graph, one: Obligation, answer: Answer) -> _Failed:
    if answer.inputs is None:
        return _Failed(one, answer.holds, None)
    names = [(name, literal >> 1) for name, literal in graph.inputs.items()]
    case = {name: answer.inputs[node] for name, node in names if node in answer.inputs}
    return _Failed(one, answer.holds, case)


def _first(words: Words) -> int:
    """Return the first pattern for which a bit is high."""
    word = int(np.flatnonzero(words)[0])
    bits = int(words[word])
    return word * 64 + (bits & -bits).bit_length() - 1


def _differ(values: Words, a: int, b: int) -> Words:
    flip = ONES if (a ^ b) & 1 else np.uint64(0)
    return np.asarray(values[a >> 1] ^ values[b >> 1] ^ flip)
