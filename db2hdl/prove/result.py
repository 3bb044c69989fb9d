"""What a proof says: one result a link, and the report of a chain of links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.emit.coverage import NOTHING, Coverage
from db2hdl_hw.prove.equal import NOT_PROVED, PROVED, REFUTED

VERDICTS = (PROVED, REFUTED, NOT_PROVED)


@dataclass(frozen=True)
class Where:
    """The first place where two circuits differ, for the counter-example.

    Attributes
    ----------
    layer : str
        A layer of the hard net, or ``"output"``.
    bit : int
        Of the layer or of the port.
    net : str
        Its name in the circuit under proof.
    """

    layer: str
    bit: int
    net: str

    def __str__(self) -> str:
        """Return one line."""
        return f"layer {self.layer}, bit {self.bit}, net {self.net}"


@dataclass
class LinkResult:
    """Whether two neighbours in the chain are equal for all inputs.

    Attributes
    ----------
    name : str
        Such as ``"optimised = rtl"``.
    verdict : str
        ``"proved"``, ``"refuted"`` or ``"not proved"``.
    seconds : float
        Of the clock, synthesis not counted.
    engines : dict of engine to verdict
    obligations : int
        What was left to the engines after equal structure was shared.
    counterexample : array [features] or None
        The codes of an input for which the two differ.
    where : Where or None
        The first layer and net that differ there.
    outputs : dict of port to (value before, value after)
        Of the two circuits at the counter-example, as numbers.
    replay : dict of str to Any
        What the reference and the simulator say of the counter-example.
    why : str
        Why it is not proved; or what is wrong with a circuit that has no counter-example, such
        as a missing port.
    detail : dict
        Numbers for reports; ``resumed`` of an interrupted proof that went on: how many steps of
        it an earlier run had proved.
    cached : str
        When an earlier run found all this (ISO 8601, UTC), in so many seconds then; empty if it
        was found now.
    """

    name: str
    verdict: str
    seconds: float = 0.0
    engines: dict[str, str] = field(default_factory=dict)
    obligations: int = 0
    counterexample: NDArray[np.int64] | None = None
    where: Where | None = None
    outputs: dict[str, tuple[int, int]] = field(default_factory=dict)
    replay: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    cached: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the record for reports; ``from_json`` reads it back."""
        codes = None if self.counterexample is None else self.counterexample.tolist()
        where = None if self.where is None else vars(self.where)
        record = {**vars(self), "counterexample": codes, "where": where}
        return {**record, "seconds": round(self.seconds, 3)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> LinkResult:
        """Return the result that ``as_json`` wrote."""
        codes, where = data["counterexample"], data["where"]
        outputs = {name: (pair[0], pair[1]) for name, pair in data["outputs"].items()}
        return LinkResult(
            **{
                **data,
                "counterexample": None if codes is None else np.array(codes, np.int64),
                "where": None if where is None else Where(**where),
                "outputs": outputs,
            }
        )


@dataclass
class ProofReport:
    """A chain of links.

    Attributes
    ----------
    links : list of LinkResult
    top : str
    model_hash : str
    tools : dict of program to version
    covers : Coverage
        The Verilog files that the chain is about, and those that it is not: a shell.
    """

    links: list[LinkResult]
    top: str = ""
    model_hash: str = ""
    tools: dict[str, str] = field(default_factory=dict)
    covers: Coverage = NOTHING

    @property
    def verdict(self) -> str:
        """Refuted if any link is, proved if all are (and there is one), else not proved."""
        verdicts = {link.verdict for link in self.links}
        if REFUTED in verdicts:
            return REFUTED
        return PROVED if verdicts == {PROVED} else NOT_PROVED

    def as_json(self) -> dict[str, Any]:
        """Return the record for reports."""
        return {
            "verdict": self.verdict,
            "top": self.top,
            "model_hash": self.model_hash,
            "tools": self.tools,
            **self.covers.as_json(),
            "links": [link.as_json() for link in self.links],
        }
