"""Inject faults into a bundle's circuit, simulate and prove each, and improve the vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from db2hdl.bundle import arguments, bundle_parts
from db2hdl.directed import directed_of
from db2hdl.expected import expected_words
from db2hdl.hardnet import HardNet
from db2hdl.model_file import load
from db2hdl.mutate.circuit import TOP, Circuit, circuit_of
from db2hdl.mutate.judge import Progress, Work, hexadecimal, judge, stated_wrong, verdict
from db2hdl.mutate.outcome import MISSED, Mutation
from db2hdl.mutate.state import State
from db2hdl.simulate import build_folder, model_of, notes_on, vectors_of
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.bundle import Bundle, write_bundle
from db2hdl_hw.errors import InputError, MismatchError, NotProvedError, present
from db2hdl_hw.mutate import decide
from db2hdl_hw.mutate.decide import Decider
from db2hdl_hw.mutate.yosys import to_graph
from db2hdl_hw.system import reading
from db2hdl_sim.mutants import MutantRun, MutantSimulation
from db2hdl_sim.stimulus import combine

FAULTS = 1000
"""So many faults of the netlist are injected by default."""


def mutate(
    path: Path | str,
    *,
    faults: int = FAULTS,
    seed: int = 0,
    random: int = 1000,
    improve: bool = False,
    prove: bool = True,
    progress: Progress | None = None,
) -> Mutation:
    """Inject faults into a bundle's circuit and say which the vectors of ``simulate`` catch.

    Faults are put into the netlist (``db2hdl_hw.mutate.faults``) and, as textual edits, into the
    bundle's own Verilog. All are in one simulator build, switched on by an input. What
    simulation does not catch goes to a SAT solver, which proves that no input shows the fault, or
    gives one that does. In a pipelined core the vectors go cycle by cycle, some of the edits let
    something come a cycle early or late, and so does an interface with a latency that is one off.

    Parameters
    ----------
    path : path
        The bundle.
    faults : int
        So many faults of the netlist at most, every kind in every layer as evenly as it goes.
    seed : int
        Of that choice, of the edits, and of the random vectors.
    random : int
        Random vectors, as in ``simulate``.
    improve : bool
        Whether to put the solver's inputs for what is missed into the bundle, as directed vectors,
        and measure again. Rewrites the bundle and its manifest; earlier evidence, which is of
        other vectors, goes.
    prove : bool
        Whether the whole prover (``db2hdl.prove.prove_verilog``) is run on each edited Verilog.
        Without it, and for faults in the netlist always, proof is the solver on its own.
    progress : callable, optional

    Returns
    -------
    Mutation
        It is also written to the bundle's ``evidence/``.

    Raises
    ------
    InputError
        On a bad bundle, no faults, or to improve a bundle with edited files.
    MismatchError
        If the bundle's circuit is not that of its model.
    NotProvedError
        If the solver cannot tell whether it is.
    ToolError
        If Verilator, Yosys, Amaranth or the solver is missing.
    """
    tell: Progress = progress or (lambda stage, done, total: None)
    bundle = Bundle.open(path)
    hard = model_of(bundle)
    if improve:
        _may_be_rewritten(bundle)
    tell("writing the mutants", 0, 0)
    circuit = circuit_of(bundle, hard, faults, seed)
    state = State(circuit.verilog, _of_what(bundle))
    with build_folder() as folder:
        prepared = _prepare(bundle, circuit, folder, tell)
        work = Work(bundle, hard, circuit, *prepared, state, prove, tell)
        try:
            outcome = _measure(bundle, hard, work, random, seed)
            if improve and outcome.count(MISSED):
                before = outcome
                _improve(bundle, hard, work, random, seed)
                bundle = Bundle.open(path)
                outcome = _measure(bundle, hard, work, random, seed)
                outcome = replace(outcome, added=outcome.directed - before.directed)
        finally:
            state.save()  # what an interrupted run has found
    outcome = replace(outcome, cached=state.used, since=state.since if state.used else "")
    evidence.write(bundle.path, "mutate", outcome.to_json(), outcome.to_cases())
    state.finish()
    work.simulation.forget()
    return outcome


def _of_what(bundle: Bundle) -> dict[str, str]:
    """Return what verdicts depend on, beside the circuit with its mutants."""
    from db2hdl.prove.chain import source_hash, versions

    face = bundle.interface
    nets = reading.read_text(bundle.nets_path)
    return {**versions(), "source": source_hash(), "interface": face.dumps(), "nets": nets}


def _may_be_rewritten(bundle: Bundle) -> None:
    changed = manifest.changes(bundle.path)
    if changed:
        raise InputError(f"{bundle.path}: {changed.lines()[0]}; --improve would undo that")


def _prepare(
    bundle: Bundle, circuit: Circuit, folder: Path, tell: Progress
) -> tuple[MutantSimulation, Decider]:
    """Build the simulator and the graph, and prove that without a fault it is the bundle's."""
    tell("reading the mutants", 0, 0)
    face = bundle.interface
    clocked = face.latency > 0
    good = to_graph(circuit.rtl, face.top, str(bundle.rtl[0]), registers=clocked)
    mutants = to_graph(circuit.graph, circuit.top, "the mutants", registers=clocked)
    decider = Decider(good, mutants, circuit.inputs, circuit.outputs)
    same = decider.unmutated()
    if same.verdict == decide.UNDECIDED:
        raise NotProvedError(f"{bundle.rtl[0]}: the solver gave up comparing it with the mutants")
    if same.verdict != decide.EQUIVALENT:
        word = (
            ""
            if same.word is None
            else f", for example for the input {hexadecimal(same.word[: face.input_width])}"
        )
        raise MismatchError(
            f"{bundle.rtl[0]} is not the circuit of {bundle.model}{word}; db2hdl prove says where"
        )
    if clocked:  # that graph says nothing of time: the prover looks at the stages
        from db2hdl.prove.links import read_circuit
        from db2hdl_hw.prove.graph import Graph
        from db2hdl_hw.verilog.design import read_text

        read_circuit(read_text(circuit.rtl, face.top), Graph(), face, exact=False)
    tell("building the simulator", 0, 0)
    widths = (len(circuit), face.input_width, face.output_width)
    build = folder / "build"
    return MutantSimulation(circuit.verilog, TOP, *widths, build, latency=face.latency), decider


def _measure(bundle: Bundle, hard: HardNet, work: Work, random: int, seed: int) -> Mutation:
    """Simulate every mutant with the bundle's vectors, and prove what they do not catch."""
    sets = vectors_of(bundle, hard, random, seed)
    words, sources = combine(sets)
    expected = expected_words(hard, bundle.interface, words)
    run = work.simulation.run(words, expected, lambda d, n: work.tell("simulating", d, n))
    mutants = [*judge(work, words, run), *stated_wrong(work, words, expected)]
    directed = sum(source.count for source in sources if source.name == "directed")
    return Mutation(
        tuple(mutants),
        work.circuit.possible,
        seed,
        len(words),
        directed,
        0,
        {"simulator": run.simulator, **_tools()},
        notes_on(bundle),
    )


def _improve(bundle: Bundle, hard: HardNet, work: Work, random: int, seed: int) -> None:
    """Rewrite the bundle with as few of the solver's inputs as show all that was missed."""
    found = [verdict(work, n).word for n in _missed(bundle, hard, work, random, seed)]
    given = [word for word in found if word is not None]
    if not given:
        return
    words = np.unique(np.array(given), axis=0)
    run: MutantRun = work.simulation.run(words, expected_words(hard, bundle.interface, words))
    used = np.unique(run.first[run.first >= 0])
    directed = directed_of(bundle).with_more(words[used])
    listed = present(manifest.read(bundle.path))
    parts = bundle_parts(
        load(bundle.model),
        **arguments(listed.options),
        directed=directed,
        progress=lambda step: work.tell(step, 0, 0),
    )
    write_bundle(bundle.path, parts, force=True)


def _missed(bundle: Bundle, hard: HardNet, work: Work, random: int, seed: int) -> list[int]:
    words, _ = combine(vectors_of(bundle, hard, random, seed))
    run = work.simulation.run(words, expected_words(hard, bundle.interface, words))
    missed = np.flatnonzero(run.first < 0).tolist()
    return [number for number in missed if verdict(work, number).verdict == decide.DIFFERENT]


def _tools() -> dict[str, str]:
    from importlib.metadata import version

    return {"solver": f"Glucose 4.2 (python-sat {version('python-sat')})", **manifest.writers()}
