"""What becomes of each mutant: simulated, replayed, proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from db2hdl.hardnet import HardNet, feature_names
from db2hdl.mutate.circuit import Circuit
from db2hdl.mutate.outcome import CAUGHT, EQUIVALENT, MISSED, UNDECIDED, Mutant
from db2hdl.mutate.state import State
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits, pack_codes
from db2hdl_hw.mutate import decide
from db2hdl_hw.mutate.decide import Decider, Verdict
from db2hdl_hw.mutate.latency import KIND
from db2hdl_sim.mutants import MutantRun, MutantSimulation

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many mutants of how many are done."""

PROVER_SECONDS = 120.0
"""The prover may take so long for one edit; then the edit is not proved, which is no pass."""

_OUTCOMES = {
    decide.EQUIVALENT: (EQUIVALENT, "proved"),
    decide.DIFFERENT: (MISSED, "refuted"),
    decide.UNDECIDED: (UNDECIDED, "not proved"),
}
_VERDICTS = {
    "proved": decide.EQUIVALENT,
    "refuted": decide.DIFFERENT,
    "not proved": decide.UNDECIDED,
}


@dataclass
class Work:
    """What one run has at hand: the circuit of mutants, its simulation, and its proof."""

    bundle: Bundle
    hard: HardNet
    circuit: Circuit
    simulation: MutantSimulation
    decider: Decider
    state: State
    prove: bool
    tell: Progress


def judge(work: Work, words: Bits, run: MutantRun) -> Iterator[Mutant]:
    """Yield the mutants of the circuit in their order, given what simulation has caught."""
    seen = words[np.maximum(run.first, 0)]
    valid = np.ones((len(seen), int(work.bundle.interface.latency > 0)), np.bool_)
    shown = work.decider.shown(np.hstack([seen, valid]))
    for number, first in enumerate(run.first.tolist()):
        work.tell("proving", number, len(work.circuit))
        whole = _whole(work, number)
        if first >= 0:
            proof = "refuted" if shown[number] else "proved"
            one = _mutant(work.circuit, number, CAUGHT, words[first], proof)
        else:
            known = verdict(work, number)
            outcome, proof = _OUTCOMES[known.verdict]
            one = _mutant(work.circuit, number, outcome, known.word, proof)
        yield one if whole is None else replace(one, proof=_OUTCOMES[whole.verdict][1])


def verdict(work: Work, number: int) -> Verdict:
    """Return whether any input shows a mutant, by the solver or, of edits with time, the prover."""
    face = work.bundle.interface
    if face.latency and number >= len(work.circuit.faults):
        return _prover(work, number)
    known = work.state.get(str(number))
    if known is None:
        known = work.decider.fault(number)
        if known.word is not None:  # without the valid bit
            known = replace(known, word=known.word[: face.input_width])
        work.state.put(str(number), known)
    return known


def stated_wrong(work: Work, words: Bits, expected: Bits) -> Iterator[Mutant]:
    """Yield the faults in which the interface states a latency that is one off."""
    face = work.bundle.interface
    for latency in (face.latency - 1, face.latency + 1):
        if not (face.latency and latency):
            continue
        first = work.simulation.stated(words, expected, latency)
        known = _proved(
            work, f"latency {latency}", work.circuit.rtl, replace(face, latency=latency)
        )
        outcome, proof = _OUTCOMES[known.verdict]
        what = f"{KIND} in interface.json: {latency} cycles are stated, {face.latency} are right"
        vector, outcome = (hexadecimal(words[first]), CAUGHT) if first >= 0 else ("", outcome)
        yield Mutant("interface", KIND, "interface.json", what, outcome, vector, proof)


def _whole(work: Work, number: int) -> Verdict | None:
    """Return what the prover says of an edited Verilog; None of a fault in the netlist.

    With registers the graph says nothing of time, so the prover is always asked.
    """
    edited = number >= len(work.circuit.faults)
    wanted = work.prove or work.bundle.interface.latency > 0
    return _prover(work, number) if edited and wanted else None


def _prover(work: Work, number: int) -> Verdict:
    edit = work.circuit.edits[number - len(work.circuit.faults)]
    edited = edit.applied(work.circuit.rtl)
    return _proved(work, f"proof {number}", edited, work.bundle.interface)


def _proved(work: Work, key: str, verilog: str, face: Interface) -> Verdict:
    """Return what the prover of ``db2hdl prove`` says of a Verilog: it knows only that."""
    from db2hdl.prove import prove_verilog
    from db2hdl.prove.links import Options

    known = work.state.get(key)
    if known is None:
        link = prove_verilog(
            work.hard,
            verilog,
            face.top,
            work.bundle.nets(),
            face,
            options=Options(timeout=PROVER_SECONDS),
        )
        word = None
        if link.counterexample is not None:
            codes = np.atleast_2d(link.counterexample)
            word = pack_codes(face, codes, feature_names(work.hard.features))[0]
        known = Verdict(_VERDICTS[link.verdict], word, "prover")
        work.state.put(key, known, save=True)
    return known


def _mutant(circuit: Circuit, number: int, outcome: str, word: Bits | None, proof: str) -> Mutant:
    vector = "" if word is None else hexadecimal(word)
    if number < len(circuit.faults):
        fault = circuit.faults[number]
        return Mutant("netlist", fault.kind, fault.layer, str(fault), outcome, vector, proof)
    edit = circuit.edits[number - len(circuit.faults)]
    return Mutant("verilog", edit.kind, edit.module, str(edit), outcome, vector, proof)


def hexadecimal(word: Bits) -> str:
    """Return an input word as vector files have it."""
    digits = -(-len(word) // 4)
    value = int.from_bytes(np.packbits(word, bitorder="little").tobytes(), "little")
    return f"{value:0{digits}x}"
