"""The outcome of a simulation as values."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from db2hdl_sim.job import Port, SimJob


@dataclass(frozen=True)
class Mismatch:
    """A vector whose output word was wrong.

    Attributes
    ----------
    index : int
        Of the vector, from 0.
    source : int
        The number of its source.
    label : str
        What it is called: ``test row 17``.
    inputs, expected, got : dict
        By port: hexadecimal ``0x1f``, or ``0b1X`` where a bit was X or Z.
    features : dict
        The inputs by the original name of the feature: its code. Filled in by the caller, who
        knows the names; empty until then.
    """

    index: int
    source: int
    label: str
    inputs: dict[str, str]
    expected: dict[str, str]
    got: dict[str, str]
    features: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FirstDifference:
    """The first place where the circuit left the reference, at one vector.

    Attributes
    ----------
    index, label
        The vector.
    layer : str
        The first layer with a wrong bit; ``output`` if all layers agree but an output does not.
    bit : int
        The lowest wrong bit of that layer, or of the port.
    net : str
        Its path in the RTL, the name of an output port, or ``constant 0``, ``constant 1``.
    expected, got : str
        ``0`` or ``1``; ``got`` may be ``X`` or ``Z``.
    """

    index: int
    label: str
    layer: str
    bit: int
    net: str
    expected: str
    got: str

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.label}: layer {self.layer}, bit {self.bit}, net {self.net}: "
            f"expected {self.expected}, got {self.got}"
        )


@dataclass(frozen=True)
class SourceCount:
    """How the vectors of one source did."""

    name: str
    vectors: int
    mismatches: int


@dataclass(frozen=True)
class LatencyCheck:
    """The latency of a pipelined top: what the interface states, and what was seen.

    Attributes
    ----------
    stated : int
        By the interface, in cycles.
    valid, data : int or None
        After how many cycles ``out_valid`` and the output words came, the nearest to the stated
        number that explains the first few hundred cycles; None if none does.
    wrong : int
        Cycles in which ``out_valid`` was not what the stated latency says.
    """

    stated: int
    valid: int | None
    data: int | None
    wrong: int

    @property
    def fault(self) -> str:
        """What is wrong, in one line; nothing if all is as stated."""
        if self.wrong:
            found = "at no fixed latency" if self.valid is None else _cycles(self.valid)
            return (
                f"latency: out_valid comes {found} after in_valid, not {_cycles(self.stated)} as "
                f"interface.json says; wrong in {_cycles(self.wrong)}"
            )
        if self.data not in (None, self.stated):
            return (
                f"latency: outputs come {_cycles(self.data or 0)} after their inputs, not "
                f"{_cycles(self.stated)} as interface.json says"
            )
        return ""


def _cycles(count: int) -> str:
    return f"{count} cycle{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class SimResult:
    """A complete comparison.

    Attributes
    ----------
    top, simulator : str
        What was simulated, by what: name and version.
    vectors, mismatches : int
        Compared, and of these wrong.
    sources : tuple of SourceCount
        The same by source.
    described : tuple of Mismatch
        The first mismatches.
    build_seconds, run_seconds : float
        For the build, and for driving and comparing all vectors.
    waves : Path or None
        The wave file.
    first : FirstDifference or None
        Where the first mismatch begins; filled in after ``localise``.
    latency : LatencyCheck or None
        Of a pipelined top.
    """

    top: str
    simulator: str
    vectors: int
    mismatches: int
    sources: tuple[SourceCount, ...]
    described: tuple[Mismatch, ...]
    build_seconds: float
    run_seconds: float
    waves: Path | None = None
    first: FirstDifference | None = None
    latency: LatencyCheck | None = None

    @property
    def passed(self) -> bool:
        """Whether every vector agreed, and came when the latency says."""
        return self.vectors > 0 and self.mismatches == 0 and not self.latency_fault

    @property
    def latency_fault(self) -> str:
        """What is wrong with the latency, in one line; nothing if it is as stated."""
        return self.latency.fault if self.latency else ""


def make_result(
    job: SimJob, answer: dict[str, Any], *, simulator: str, build_seconds: float, waves: Path | None
) -> SimResult:
    """Return the result in the answer of the bench ``compare``."""
    ends = list(accumulate(source.count for source in job.sources))
    wrong = Counter(bisect_right(ends, index) for index in answer["mismatches"])
    return SimResult(
        top=job.top,
        simulator=simulator,
        vectors=answer["compared"],
        mismatches=len(answer["mismatches"]),
        sources=tuple(
            SourceCount(source.name, source.count, wrong[number])
            for number, source in enumerate(job.sources)
        ),
        described=tuple(_mismatch(job, one) for one in answer["described"]),
        build_seconds=build_seconds,
        run_seconds=answer["seconds"],
        waves=waves,
        latency=LatencyCheck(**answer["latency"]) if answer.get("latency") else None,
    )


def _mismatch(job: SimJob, one: dict[str, Any]) -> Mismatch:
    source, label = job.place(one["index"])
    word = format(int(one["word"], 16), f"0{job.input_width}b")
    return Mismatch(
        one["index"],
        source,
        label,
        by_port(job.inputs, word),
        by_port(job.outputs, one["expected"]),
        by_port(job.outputs, one["got"]),
    )


def by_port(ports: Sequence[Port], word: str) -> dict[str, str]:
    """Return the value of each port in a word of binary text, the first port at its end."""
    values, end = {}, len(word)
    for port in ports:
        text = word[end - port.width : end]
        known = set(text) <= {"0", "1"}
        values[port.name] = f"0x{int(text, 2):0{-(-port.width // 4)}x}" if known else f"0b{text}"
        end -= port.width
    return values
