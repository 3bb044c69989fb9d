"""What fault injection found, as values, as JSON and as JUnit cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db2hdl_hw.emit.evidence import Case
from db2hdl_hw.errors import MismatchError, NotProvedError

FORMAT, VERSION = "db2hdl-mutate", 1

CAUGHT, EQUIVALENT, MISSED, UNDECIDED = "caught", "equivalent", "missed", "undecided"
OUTCOMES = (CAUGHT, EQUIVALENT, MISSED, UNDECIDED)


@dataclass(frozen=True)
class Mutant:
    """One fault and its fate.

    Attributes
    ----------
    origin : str
        ``netlist`` or ``verilog``.
    kind, layer, what : str
        What the fault is, where, and both in one line.
    outcome : str
        ``caught`` by the simulated vectors; ``equivalent``: proved to change no output;
        ``missed``: proved to change an output, but no vector shows it; ``undecided``: no vector
        shows it and the solver gave up, which counts as missed.
    vector : str
        The vector that caught it, or for a missed one an input word that would, in hexadecimal.
    proof : str
        ``refuted``, if the proof sees the fault; ``proved``, if it sees that there is none to be
        seen; ``not proved`` if the solver gave up.
    """

    origin: str
    kind: str
    layer: str
    what: str
    outcome: str
    vector: str
    proof: str


@dataclass(frozen=True)
class Mutation:
    """All mutants of a bundle.

    Attributes
    ----------
    mutants : tuple of Mutant
    possible : int
        Faults that the netlist can have; so many were chosen from.
    seed : int
    vectors : int
        Simulated for each fault, until one shows it.
    directed : int
        Of these, directed ones of the bundle.
    added : int
        Directed vectors that this run has put into the bundle.
    tools : dict
    notes : tuple of str
    cached : int
        Verdicts that an earlier run, which was interrupted, had found.
    since : str
        When it had (ISO 8601, UTC); empty if there are none.
    """

    mutants: tuple[Mutant, ...]
    possible: int
    seed: int
    vectors: int
    directed: int
    added: int
    tools: dict[str, str]
    notes: tuple[str, ...] = ()
    cached: int = 0
    since: str = ""

    def count(self, outcome: str, origin: str | None = None) -> int:
        """Return how many mutants (of one origin) have an outcome."""
        return sum(m.outcome == outcome and origin in (None, m.origin) for m in self.mutants)

    def coverage(self, origin: str | None = None) -> float | None:
        """Return the share of non-equivalent mutants that simulation catches; None of none."""
        caught = self.count(CAUGHT, origin)
        seen = caught + self.count(MISSED, origin) + self.count(UNDECIDED, origin)
        return caught / seen if seen else None

    @property
    def proof_coverage(self) -> float | None:
        """The share of non-equivalent mutants that the proof refutes; None of none."""
        real = [m for m in self.mutants if m.outcome != EQUIVALENT]
        return sum(m.proof == "refuted" for m in real) / len(real) if real else None

    def check(self, require: float = 0.0) -> None:
        """Raise an error unless proof sees every fault, and simulation ``require`` % of them.

        Raises
        ------
        MismatchError
            If the proof takes a fault that an input shows for no fault, or the other way round,
            or simulation catches too few.
        NotProvedError
            If the solver gave up on a fault.
        """
        for one in self.mutants:
            if one.proof == ("refuted" if one.outcome == EQUIVALENT else "proved"):
                raise MismatchError(
                    f"the proof says {one.proof} of a fault that is {one.outcome}: {one.what}"
                )
        for one in self.mutants:
            if one.proof == "not proved":
                raise NotProvedError(f"neither equivalent nor different: {one.what}")
        coverage = self.coverage()
        if coverage is not None and 100 * coverage < require:
            raise MismatchError(
                f"simulation catches {100 * coverage:.2f} % of the faults, fewer than "
                f"{require:g} %; db2hdl mutate --improve adds vectors that show the others"
            )

    def table(self, origin: str, by: str) -> list[tuple[str, dict[str, int]]]:
        """Return the outcomes by ``kind`` or by ``layer``, in the order they are met."""
        rows: dict[str, dict[str, int]] = {}
        for mutant in self.mutants:
            if mutant.origin == origin:
                row = rows.setdefault(getattr(mutant, by), dict.fromkeys(OUTCOMES, 0))
                row[mutant.outcome] += 1
        return list(rows.items())

    def to_json(self) -> dict[str, Any]:
        """Return plain values: totals, tables, and every mutant that was not caught."""
        origins = {}
        for origin in dict.fromkeys(mutant.origin for mutant in self.mutants):
            origins[origin] = {
                "faults": sum(m.origin == origin for m in self.mutants),
                **{outcome: self.count(outcome, origin) for outcome in OUTCOMES},
                "coverage": self.coverage(origin),
                "by_kind": dict(self.table(origin, "kind")),
                "by_layer": dict(self.table(origin, "layer")),
            }
        left = [vars(mutant) for mutant in self.mutants if mutant.outcome != CAUGHT]
        return {
            "format": FORMAT,
            "version": VERSION,
            "faults": len(self.mutants),
            "possible": self.possible,
            "seed": self.seed,
            "vectors": self.vectors,
            "directed": self.directed,
            "added": self.added,
            "coverage": self.coverage(),
            "proof_coverage": self.proof_coverage,
            "origins": origins,
            "not_caught": left,
            "tools": self.tools,
            "notes": list(self.notes),
            "cached": {"verdicts": self.cached, "made": self.since},
        }

    def to_cases(self) -> list[Case]:
        """Return JUnit cases: a suite for each origin, a case for each kind of fault."""
        cases = []
        for origin in dict.fromkeys(mutant.origin for mutant in self.mutants):
            for kind, row in self.table(origin, "kind"):
                left = row[MISSED] + row[UNDECIDED]
                lines = _left(self.mutants, origin, kind)
                said = f"{left} of {sum(row.values())} faults missed by simulation"
                verdict, message = ("failure", said) if left else ("passed", "")
                cases.append(Case(kind, f"faults in the {origin}", verdict, message, lines))
        return cases


def _left(mutants: Sequence[Mutant], origin: str, kind: str) -> str:
    return "\n".join(
        f"{mutant.what}: {mutant.outcome}, input {mutant.vector or 'unknown'}"
        for mutant in mutants
        if (mutant.origin, mutant.kind) == (origin, kind) and mutant.outcome in (MISSED, UNDECIDED)
    )
