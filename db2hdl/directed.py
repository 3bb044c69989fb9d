"""Directed vectors of a bundle: made at export, and the score of all vectors it ships."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from db2hdl_hw.emit.fields import Reader
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits
from db2hdl_hw.errors import InputError, MismatchError, NotProvedError
from db2hdl_hw.netlist.netlist import Netlist

COVERAGE = "vectors/coverage.json"
FORMAT, VERSION = "db2hdl-coverage", 1

SECONDS = 60
"""The longest that ``export`` makes vectors, and once more as long to tell equivalent faults."""

MOST_CORNERS = 512
"""So many corner words are tried."""

FEWEST = 64
"""A bundle without data and without a fault to be shown gets so many corners as vectors."""

MOST_MISSED = 100
"""So many missed faults are named."""

DOUBT = 100_000
"""Conflicts with which ``verify`` proves again that a fault is equivalent."""


@dataclass(frozen=True)
class Directed:
    """Directed vectors, and what is known of how they were made.

    Attributes
    ----------
    words : booleans [rows, input_width]
    dead : mapping of gate to minterms, or None
        What no input word shows (``Circuit``); None if nothing is known, and no score is given.
    stopped : str
        What ended the search early.
    """

    words: Bits
    dead: Mapping[int, int] | None = None
    stopped: str = ""

    def with_more(self, words: Bits) -> Directed:
        """Return the same with more words."""
        return replace(self, words=np.concatenate([self.words, words]))


def nothing(interface: Interface) -> Directed:
    """Return no directed vectors at all."""
    return Directed(np.zeros((0, interface.input_width), np.bool_))


def make(
    netlist: Netlist,
    interface: Interface,
    tests: Bits,
    target: str,
    seconds: int,
    tell: Callable[[str], None],
) -> Directed:
    """Return vectors that show faults which the test rows do not.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    from db2hdl_hw.mutate.coverage import Circuit
    from db2hdl_sim.stimulus import corners

    tell("making vectors")
    circuit = Circuit(netlist, target, interface.model_hash)
    every = corners(interface.inputs).words
    some = every[np.linspace(0, len(every) - 1, min(len(every), MOST_CORNERS)).astype(int)]
    made = circuit.make(tests, some, seconds, tell)
    words = made.words if len(tests) or len(made.words) else some[:FEWEST]
    return Directed(words, made.dead, made.stopped)


def coverage(
    netlist: Netlist,
    interface: Interface,
    tests: Bits,
    target: str,
    directed: Directed,
    seconds: int,
) -> dict[str, Any]:
    """Return the score of the test rows and the directed vectors together, as plain values."""
    from db2hdl_hw.mutate.coverage import Circuit

    dead = directed.dead or {}
    circuit = Circuit(netlist, target, interface.model_hash)
    unknown = [gate for gate, codes in dead.items() if not circuit.knows(gate, codes)]
    if unknown:
        raise MismatchError(f"{COVERAGE} names gate {unknown[0]}, which the circuit does not have")
    tally, missed = circuit.measure([tests, directed.words], dead)
    return {
        "format": FORMAT,
        "version": VERSION,
        "faults": circuit.faults,
        "made_for": len(circuit.made_for),
        "measured": {
            "faults": tally.faults,
            "caught": tally.caught,
            "equivalent": tally.equivalent,
            "missed": tally.faults - tally.caught - tally.equivalent,
        },
        "score_percent": floor_percent(tally.caught, tally.faults - tally.equivalent),
        "vectors": {"test": len(tests), "directed": len(directed.words)},
        "seconds": seconds,
        "stopped": directed.stopped,
        "missed": missed[:MOST_MISSED],
        "shows_nothing": [[gate, codes] for gate, codes in sorted(dead.items())],
    }


def floor_percent(part: int, whole: int) -> str:
    """Return a share in per cent, rounded down: 99.99 is not 100."""
    hundredths = 10_000 * part // whole if whole else 10_000
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def to_bytes(record: Mapping[str, Any]) -> bytes:
    """Return ``coverage.json``."""
    return json.dumps(record, indent=1).encode() + b"\n"


def sentence(record: Mapping[str, Any]) -> str:
    """Return what the datasheet says of the score."""
    measured = record["measured"]
    real = measured["faults"] - measured["equivalent"]
    said = (
        f"{record['score_percent']} % of {real:,} faults of gates that change an output, measured "
        f"on faults that the vectors were not made for (`{COVERAGE}`)"
    )
    if record["stopped"]:
        limit = f"{record['seconds']} s" if record["stopped"] == "time" else "effort"
        said += f"; the limit of {limit} was reached"
    return said


def from_bytes(data: bytes, where: str, words: Bits) -> Directed:
    """Return directed vectors with what a bundle's ``coverage.json`` says of them.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        reader = Reader(json.loads(data), where)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON: {error}") from error
    reader.must_be("format", FORMAT)
    reader.must_be("version", VERSION)
    dead: dict[int, int] = {}
    for pair in reader.get("shows_nothing", list):
        good = isinstance(pair, list) and len(pair) == 2
        if not good or any(type(number) is not int for number in pair) or pair[0] in dead:
            raise InputError(f"{where}: 'shows_nothing' must be pairs of a gate and its minterms")
        dead[pair[0]] = pair[1]
    return Directed(words, dead, reader.text("stopped"))


def check_equivalent(
    netlist: Netlist, interface: Interface, target: str, dead: Mapping[int, int]
) -> int:
    """Prove again that faults which are said to be equivalent are; return how many minterms.

    Raises
    ------
    MismatchError
        If one is not.
    NotProvedError
        If the solver gives up on one.
    """
    from db2hdl_hw.mutate.coverage import Circuit

    circuit = Circuit(netlist, target, interface.model_hash)
    wrong: Sequence[str] = circuit.doubt(dead, DOUBT)
    for one in wrong:
        kind = NotProvedError if one.endswith("not decided") else MismatchError
        raise kind(f"{COVERAGE}: {one}, but is said to show nothing")
    return sum(codes.bit_count() for codes in dead.values())
