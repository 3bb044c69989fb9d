"""Directed vectors of a bundle: made at export, and the score of all vectors it ships."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.fields import Reader
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits
from db2hdl_hw.errors import InputError, MismatchError, NotProvedError
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.system.reading import read_bytes

if TYPE_CHECKING:
    from db2hdl_hw.mutate.score import Circuit

SCORE = "vectors/score.json"
FORMAT, VERSION = "db2hdl-score", 1

SECONDS = 300
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


def circuit_of(netlist: Netlist, interface: Interface, target: str) -> Circuit:
    """Return the gates that the Verilog of an optimised netlist is made of, and their faults."""
    from db2hdl_hw.mutate.score import Circuit

    return Circuit(netlist, target, interface.model_hash)


def make(
    circuit: Circuit, interface: Interface, tests: Bits, seconds: int, tell: Callable[[str], None]
) -> Directed:
    """Return vectors that show faults which the test rows do not.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    from db2hdl_sim.stimulus import corners

    tell("making vectors")
    every = corners(interface.inputs).words
    some = every[np.linspace(0, len(every) - 1, min(len(every), MOST_CORNERS)).astype(int)]
    made = circuit.make(tests, some, seconds, tell)
    words = made.words if len(tests) or len(made.words) else some[:FEWEST]
    return Directed(words, made.dead, made.stopped)


def score(circuit: Circuit, tests: Bits, directed: Directed, seconds: int) -> dict[str, Any]:
    """Return the score of the test rows and the directed vectors together, as plain values.

    Raises
    ------
    MismatchError
        If what is known of the faults is of another circuit.
    """
    dead = directed.dead or {}
    _check_gates(circuit, dead)
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


def _check_gates(circuit: Circuit, dead: Mapping[int, int]) -> None:
    for gate, codes in dead.items():
        if not circuit.knows(gate, codes):
            raise MismatchError(f"{SCORE} names gate {gate}, which the circuit does not have")


def floor_percent(part: int, whole: int) -> str:
    """Return a share in per cent, rounded down: 99.99 is not 100."""
    hundredths = 10_000 * part // whole if whole else 10_000
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def to_bytes(record: Mapping[str, Any]) -> bytes:
    """Return ``score.json``."""
    pairs = json.dumps(record["shows_nothing"], separators=(",", ":"))
    rest = {name: value for name, value in record.items() if name != "shows_nothing"}
    text = json.dumps({**rest, "shows_nothing": []}, indent=1)
    return text.replace('"shows_nothing": []', f'"shows_nothing": {pairs}').encode() + b"\n"


def sentence(record: Mapping[str, Any]) -> str:
    """Return what the datasheet says of the score."""
    measured = record["measured"]
    real = measured["faults"] - measured["equivalent"]
    said = (
        f"{record['score_percent']} % of {real:,} faults of gates that change an output, measured "
        f"on faults that the vectors were not made for ({SCORE})"
    )
    if record["stopped"]:
        limit = f"{record['seconds']} s" if record["stopped"] == "time" else "effort"
        said += f"; the limit of {limit} was reached"
    return said


def directed_of(bundle: Bundle) -> Directed:
    """Return the directed vectors of a bundle with what it says of them; maybe none.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    pair = bundle.directed()
    words = nothing(bundle.interface).words if pair is None else pair[0]
    file = bundle.path / SCORE
    if not file.is_file():
        return Directed(words)
    return from_bytes(read_bytes(file), str(file), words)


def from_bytes(data: bytes, where: str, words: Bits) -> Directed:
    """Return directed vectors with what a bundle's ``score.json`` says of them.

    Raises
    ------
    InputError
        If it is none.
    """
    reader = Reader(read_json(data, where, floats=False), where)
    reader.must_be("format", FORMAT)
    reader.must_be("version", VERSION)
    dead: dict[int, int] = {}
    for pair in reader.get("shows_nothing", list):
        good = isinstance(pair, list) and len(pair) == 2
        if not good or any(type(number) is not int for number in pair) or pair[0] in dead:
            raise InputError(f"{where}: 'shows_nothing' must be pairs of a gate and its minterms")
        dead[pair[0]] = pair[1]
    return Directed(words, dead, reader.text("stopped"))


def check_equivalent(circuit: Circuit, dead: Mapping[int, int]) -> int:
    """Prove again that faults which are said to be equivalent are; return how many minterms.

    Raises
    ------
    MismatchError
        If one is not.
    NotProvedError
        If the solver gives up on one.
    ToolError
        If python-sat is not installed.
    """
    _check_gates(circuit, dead)
    for one in circuit.doubt(dead, DOUBT):
        kind = NotProvedError if one.endswith("not decided") else MismatchError
        raise kind(f"{SCORE}: {one}, but is said to show nothing")
    return sum(codes.bit_count() for codes in dead.values())
