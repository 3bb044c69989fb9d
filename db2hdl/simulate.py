"""Simulate a bundle: its Verilog against the hard reference, on every vector worth trying."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.data import read_rows
from db2hdl.expected import expected_words, layer_bits
from db2hdl.hardnet import HardNet, feature_names
from db2hdl.inner import word_stages
from db2hdl.model_file import load, model_hash
from db2hdl_hw.emit import evidence as kept
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import DIRECTED, EXPECTED, LABELS, Bundle
from db2hdl_hw.emit.coverage import NOTHING, Coverage, coverage
from db2hdl_hw.emit.words import Bits, pack_codes, unpack_codes, unpack_outputs
from db2hdl_hw.errors import InputError, MismatchError, ToolError, unknown
from db2hdl_hw.files import whole_file
from db2hdl_hw.system.cache import marks, recalled
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.verilog.printer import printed, write_design
from db2hdl_hw.verilog.tree import Design
from db2hdl_sim.build import find_simulator
from db2hdl_sim.job import SIMULATORS, SimJob
from db2hdl_sim.localise import localise
from db2hdl_sim.prepare import make_job
from db2hdl_sim.report import describe, to_cases, to_json
from db2hdl_sim.result import Mismatch, SimResult
from db2hdl_sim.runner import simulate as run_job
from db2hdl_sim.stimulus import VectorSet, combine, generate, given

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many vectors of how many are done."""


@dataclass(frozen=True)
class Simulation:
    """The outcome on one or more simulators.

    Attributes
    ----------
    results : tuple of SimResult
        One of each simulator.
    hard_accuracy, verilog_accuracy : float or None
        Of the reference and of the simulated circuit (the worst simulator) on the test rows;
        None if the bundle has no labelled test rows.
    evidence : Path
        The folder of ``sim.json``, ``sim.xml`` and waves.
    notes : tuple of str
        What else to know: files that are not as they were exported, vectors that are not there.
    covers : Coverage
        The Verilog files that were simulated, and those that were not: a shell.
    """

    results: tuple[SimResult, ...]
    hard_accuracy: float | None
    verilog_accuracy: float | None
    evidence: Path
    notes: tuple[str, ...] = ()
    covers: Coverage = NOTHING

    @property
    def passed(self) -> bool:
        """Whether every vector agreed on every simulator."""
        return bool(self.results) and all(result.passed for result in self.results)

    def check(self) -> None:
        """Raise MismatchError, naming the first layer and net that differ, unless it passed.

        If outputs come at the wrong time, the error names the latency instead.
        """
        for result in self.results:
            if result.passed:
                continue
            if result.latency_fault:
                raise MismatchError(f"{result.latency_fault}; on {result.simulator}")
            where = describe(result.described[0], result.first)
            raise MismatchError(
                f"{result.mismatches} of {result.vectors} vectors differ on {result.simulator}; "
                f"{where}"
            )


def simulate(
    path: Path | str,
    *,
    simulators: Sequence[str] = SIMULATORS[:1],
    data: Path | str | None = None,
    random: int = 1000,
    seed: int = 0,
    waves: bool = False,
    netlist: str = "",
    timeout: float | None = None,
    evidence: Path | str | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Drive a bundle's Verilog and compare every output word with the hard reference.

    The vectors are: all test rows, the directed ones of the bundle, the
    rows of ``data``, corners (all 0, all 1, one-hot, …), ``random`` rows of ``seed``, and all
    inputs if there are at most 16 bits.

    Parameters
    ----------
    path : path
        The bundle.
    simulators : sequence of "verilator", "icarus"
    data : path, optional
        A CSV or NPZ file with the model's columns.
    random, seed : int
        Random rows, and the seed of their generator.
    waves : bool
        Whether to keep a wave file in the evidence.
    netlist : str
        A target: what synthesis makes of the Verilog is simulated instead, with the models of its
        cells: the netlist that ``synth`` reports and ``prove`` proves.
    timeout : float, optional
        Seconds that driving the vectors may take on each simulator; by default as long as it goes
        on. Without any progress it is ended after a minute or more, depending on the Verilog.
    evidence : path, optional
        The folder to write to, by default ``evidence`` in the bundle.
    progress : callable, optional

    Returns
    -------
    Simulation
        Look at ``passed``, or call ``check``.

    Raises
    ------
    InputError
        On a bad bundle, bad data, or Verilog that does not compile or could reach outside.
    ToolError
        If a simulator is missing, too old, or dies.
    MismatchError
        If the parts of the bundle do not belong together, or there is a combinational loop.
    NotProvedError
        If the simulation is out of time.
    SynthesisError
        If the netlist cannot be made.
    """
    check_simulators(simulators)
    bundle = Bundle.open(path)
    design = bundle.design()
    hard = model_of(bundle)
    notes = notes_on(bundle)
    with recalled() as taken:
        mapped = _mapped(design, netlist, simulators, progress) if netlist else None
    notes += (marks(taken),) if taken else ()
    tests = _tests(bundle, hard)
    labels = _labels(bundle, tests)
    sets = [
        *tests,
        *_directed(bundle, hard),
        *_rows(data, bundle, hard),
        *generate(bundle.interface.inputs, random, seed),
    ]
    words, _ = combine(sets)
    expected = expected_words(hard, bundle.interface, words)
    kind = f"sim-{netlist}" if netlist else "sim"
    folder = _fresh_evidence(bundle, evidence, kind)
    results = []
    for simulator in simulators:
        with build_folder() as build:
            job = make_job(
                bundle.interface,
                bundle.path,
                sets,
                expected,
                build,
                simulator=simulator,
                waves=waves,
                seed=seed,
            )
            # Every wrong test row is described, so that the circuit's accuracy is exact.
            keep = max(job.keep, sum(len(one.words) for one in tests))
            job = replace(job, keep=keep, timeout=timeout)
            job = replace(job, **(mapped or {"rtl": (write_design(design, build),)}))
            result = _run(job, hard, bundle, words, progress)
            results.append(_keep_waves(result, folder, kind, simulator))
    waves_kept = [result.waves.name for result in results if result.waves]
    covers = coverage(bundle)
    data_kept = {**to_json(results), "notes": list(notes), **covers.as_json()}
    cases = [*to_cases(results), *covers.cases()]
    kept.write(bundle.path, kind, data_kept, cases, folder=folder, files=waves_kept)
    hard_accuracy, verilog_accuracy = _accuracies(bundle, expected, labels, results)
    return Simulation(tuple(results), hard_accuracy, verilog_accuracy, folder, notes, covers)


def _mapped(
    design: Design, target: str, simulators: Sequence[str], progress: Progress | None
) -> dict[str, Any]:
    """Synthesise a design, and return what a job must have to simulate the netlist.

    Places inside it have other names than in the RTL, so that a fault is named no further than to
    the output; ``prove`` goes further.
    """
    from db2hdl_hw.synth import cell_models, synthesise

    models = cell_models(target)
    if "icarus" in simulators and not models.icarus:
        raise InputError(
            f"Icarus Verilog cannot read the models of {target}'s cells, {models.file}; use "
            "--simulator verilator"
        )
    with printed(design) as rtl:
        made = synthesise(
            [rtl],
            design.top,
            target,
            keep_hierarchy=False,
            progress=progress and (lambda step: progress("synth", 0, 0)),
        )
    return {
        "rtl": (made.netlist_verilog, models.file),
        "includes": (models.folder,),
        "defines": models.defines,
        "nets": None,
    }


def notes_on(bundle: Bundle) -> tuple[str, ...]:
    """Return what a check should say of a bundle before it looks at the files as it finds them."""
    notes = manifest.changes(bundle.path).lines()
    if not bundle.has_vectors:
        made = (
            "its directed vectors and made-up ones" if bundle.has_directed else "made-up ones only"
        )
        notes.append(f"the bundle has no test rows; {made} are driven")
    return tuple(notes)


def check_simulators(simulators: Sequence[str]) -> None:
    """Raise an error unless each of them, and at least one, can be used here.

    Raises
    ------
    InputError
        On an unknown name, or none.
    ToolError
        If a simulator is missing or too old.
    """
    if not simulators:
        raise InputError(f"no simulator to run; choose from {', '.join(SIMULATORS)}")
    for simulator in simulators:
        if simulator not in SIMULATORS:
            raise unknown("simulator", simulator, SIMULATORS)
        find_simulator(simulator)


def vectors_of(bundle: Bundle, hard: HardNet, random: int, seed: int) -> list[VectorSet]:
    """Return what ``simulate`` drives into a bundle when it is given no other data."""
    made = generate(bundle.interface.inputs, random, seed)
    return [*_tests(bundle, hard), *_directed(bundle, hard), *made]


def model_of(bundle: Bundle) -> HardNet:
    """Return the bundle's model, which must be the one its interface was written for.

    Raises
    ------
    MismatchError
        If it is another model.
    """
    hard = load(bundle.model).hard
    if model_hash(hard) != bundle.interface.model_hash:
        raise MismatchError(
            f"{bundle.model} is not the model that {bundle.path} was made from: its hash is "
            f"{model_hash(hard)[:12]}…, not {bundle.interface.model_hash[:12]}…; export it again"
        )
    return hard


def _tests(bundle: Bundle, hard: HardNet) -> list[VectorSet]:
    """Return the bundle's test rows, having checked that its expected words are the model's."""
    if not bundle.has_vectors:
        return []
    words, listed = bundle.inputs(), bundle.expected()
    expected = expected_words(hard, bundle.interface, words)
    if listed.shape != expected.shape:
        raise InputError(f"{bundle.path / EXPECTED} has {len(listed)} rows for {len(words)} inputs")
    if (listed != expected).any():
        row = int(np.argmax((listed != expected).any(axis=1)))
        raise MismatchError(
            f"{bundle.path / EXPECTED}, line {row + 1}, is not what {bundle.model} computes; "
            "one of them was changed, export the model again"
        )
    return [given("test", words)]


def _directed(bundle: Bundle, hard: HardNet) -> list[VectorSet]:
    """Return the directed vectors of the bundle, whose expected words must be the model's."""
    pair = bundle.directed()
    if pair is None:
        return []
    words, listed = pair
    expected = expected_words(hard, bundle.interface, words)
    if listed.shape != expected.shape or (listed != expected).any():
        raise MismatchError(
            f"{bundle.path / DIRECTED[1]} is not what {bundle.model} computes; one of them was "
            "changed, export the model again"
        )
    return [given("directed", words)]


def _labels(bundle: Bundle, tests: Sequence[VectorSet]) -> NDArray[np.int64] | None:
    """Return the class of each test row, if there are rows and classes."""
    if not (tests and bundle.interface.classes):
        return None
    labels = bundle.labels()
    if len(labels) != len(tests[0].words):
        rows = f"{len(labels)} rows for {len(tests[0].words)} inputs"
        raise InputError(f"{bundle.path / LABELS} has {rows}; export the model again")
    return labels


def _rows(data: Path | str | None, bundle: Bundle, hard: HardNet) -> list[VectorSet]:
    if data is None:
        return []
    codes = hard.encode(read_rows(data, hard.features))
    words = pack_codes(bundle.interface, codes, feature_names(hard.features))
    return [given(Path(data).name, words)]


def _fresh_evidence(bundle: Bundle, evidence: Path | str | None, kind: str) -> Path:
    """Return the folder for the evidence, without any of an earlier run."""
    folder = bundle.evidence if evidence is None else Path(evidence)
    waves = [f"{_waves(kind)}-{name}.{suffix}" for name in SIMULATORS for suffix in ("vcd", "fst")]
    names = [f"{kind}.json", f"{kind}.xml", *waves]
    if folder != bundle.evidence:
        kept.check_folder(folder, names)
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"the folder {folder} is not writable; choose another with --evidence")
    kept.remove(folder, names)
    return folder


@contextmanager
def build_folder() -> Iterator[Path]:
    """Yield a folder for building; it stays if a simulator fails, whose error names its log."""
    with scratch("sim", (ToolError,)) as folder:
        yield folder


def _run(
    job: SimJob, hard: HardNet, bundle: Bundle, words: Bits, progress: Progress | None
) -> SimResult:
    """Simulate; if a vector differs, look for the first layer and net that do."""
    result = run_job(job, progress)
    if result.passed:
        return result
    late = bool(result.latency_fault)
    described = tuple(_by_feature(bundle, words, one) for one in result.described)
    result = replace(result, described=described)
    if late:  # every net is right, only not at its time
        return result
    index = result.described[0].index
    bits = layer_bits(hard, bundle.interface, words[index])
    for further in (True, False):  # what was edited in the bundle must not hide the mismatch
        with suppress(InputError, ToolError):
            after = word_stages(bundle, hard, words[index]) if further else []
            return replace(result, first=localise(job, index, bits, progress, after=after))
    return result


def _by_feature(bundle: Bundle, words: Bits, one: Mismatch) -> Mismatch:
    """Return the mismatch with the codes of its inputs under their original names."""
    codes = unpack_codes(bundle.interface, words[one.index : one.index + 1])[0].tolist()
    return replace(one, features=dict(zip(bundle.interface.features, codes, strict=True)))


def _waves(kind: str) -> str:
    """Return how the waves of a kind of simulation are called: before the simulator's name."""
    return "waves" if kind == "sim" else f"netlist-waves-{kind.removeprefix('sim-')}"


def _keep_waves(result: SimResult, folder: Path, kind: str, simulator: str) -> SimResult:
    if result.waves is None:
        return result
    copied = folder / f"{_waves(kind)}-{simulator}{result.waves.suffix}"
    with whole_file(copied) as temporary:
        shutil.copyfile(result.waves, temporary)
    return replace(result, waves=copied)


def _accuracies(
    bundle: Bundle, expected: Bits, labels: NDArray[np.int64] | None, results: Sequence[SimResult]
) -> tuple[float | None, float | None]:
    """Return the share of test rows classified well by the reference and by the circuit."""
    if labels is None:
        return None, None
    predicted = unpack_outputs(bundle.interface, expected[: len(labels)])["class_index"]
    shares = [float((_simulated(predicted, result) == labels).mean()) for result in results]
    return float((predicted == labels).mean()), min(shares)


def _simulated(predicted: NDArray[np.int64], result: SimResult) -> NDArray[np.int64]:
    """Return the class index the circuit gave to each test row; -1 if it was no number."""
    indices = predicted.copy()
    for one in result.described:
        if one.index < len(indices):
            got = one.got["class_index"]
            indices[one.index] = int(got, 16) if got.startswith("0x") else -1
    return indices
