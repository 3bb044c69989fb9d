"""A simulation as files and plain values: what to build, what to drive, what must come out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.errors import InputError, unknown

SIMULATORS = ("verilator", "icarus")


@dataclass(frozen=True)
class Port:
    """A port of the top module and its width in bits."""

    name: str
    width: int


@dataclass(frozen=True)
class Source:
    """Where a run of vectors came from.

    Attributes
    ----------
    name : str
        Of the whole run: ``test``, ``random (seed 3)``.
    count : int
        Vectors in the run.
    pattern : str
        Of the name of one vector, ``{}`` is its number from 0: ``test row {}``.
    labels : tuple of str
        Names of the vectors, if each has its own; then ``pattern`` is not used.
    """

    name: str
    count: int
    pattern: str
    labels: tuple[str, ...] = ()

    def label(self, number: int) -> str:
        """Return the name of one vector of this run."""
        return self.labels[number] if self.labels else self.pattern.replace("{}", str(number))


@dataclass(frozen=True)
class SimJob:
    """One simulation of a top: files only, so that it can be saved and repeated.

    Attributes
    ----------
    rtl : tuple of Path
        Verilog files.
    top : str
        The module to simulate.
    inputs, outputs : tuple of Port
        Ports in the order of the words: the first port is in the low bits.
    stimulus, expected : Path
        Input and output words, one a line in hexadecimal.
    sources : tuple of Source
        Where the vectors came from, in order; their counts add up to the number of vectors.
    build_dir : Path
        Where builds, logs and results go; made if it is missing.
    simulator : str
        ``verilator`` or ``icarus``.
    waves : bool
        Whether to record every signal: VCD with Verilator, FST with Icarus.
    nets : Path or None
        ``nets.json``: where the bits of each layer are in the RTL; needed to localise.
    latency : int
        Clock cycles from an input word to its output word.
    keep : int
        How many mismatches are described; all are counted.
    clocking : Clocking or None
        The control ports of a pipelined top.
    seed : int
        Of the random gaps between the words of a pipelined top.
    includes : tuple of Path
        Folders of files that the RTL includes.
    defines : tuple of str
        Names that the RTL wants defined.

    timeout : float or None
        Seconds that driving all vectors may take; by default as long as it goes on.

    Raises
    ------
    InputError
        On zero vectors, no time, an unknown simulator, a latency without a clock, or ports without
        a width or a name of their own.
    """

    rtl: tuple[Path, ...]
    top: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    stimulus: Path
    expected: Path
    sources: tuple[Source, ...]
    build_dir: Path
    simulator: str = "verilator"
    waves: bool = False
    nets: Path | None = None
    latency: int = 0
    keep: int = 20
    clocking: Clocking | None = None
    seed: int = 0
    includes: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.simulator not in SIMULATORS:
            raise unknown("simulator", self.simulator, SIMULATORS)
        if self.vectors == 0:
            raise InputError("zero vectors to simulate; give rows, or ask for random vectors")
        if self.timeout is not None and not self.timeout > 0:  # NaN, too
            raise InputError(f"--timeout {self.timeout:g}: a simulation needs some time")
        if bool(self.latency) != (self.clocking is not None):
            raise InputError(f"{self.top}: latency {self.latency} needs ports of a clock")
        if not self.rtl or not self.inputs or not self.outputs:
            raise InputError(f"{self.top}: a simulation needs RTL, an input and an output port")
        ports = (*self.controls, *self.inputs, *self.outputs)
        times = Counter(port.name for port in ports)
        for port in ports:
            if port.width < 1 or times[port.name] > 1:
                raise InputError(f"port {port.name!r} is there twice or has no width")

    @property
    def vectors(self) -> int:
        """The number of vectors."""
        return sum(source.count for source in self.sources)

    @property
    def controls(self) -> tuple[Port, ...]:
        """The ports of a pipelined top that are in no word, one bit each; the last is an output."""
        return tuple(Port(name, 1) for name in self.clocking.names) if self.clocking else ()

    @property
    def input_width(self) -> int:
        """Bits in an input word."""
        return sum(port.width for port in self.inputs)

    @property
    def output_width(self) -> int:
        """Bits in an output word."""
        return sum(port.width for port in self.outputs)

    def place(self, index: int) -> tuple[int, str]:
        """Return (number of the source, label) of a vector."""
        for number, source in enumerate(self.sources):
            if index < source.count:
                return number, source.label(index)
            index -= source.count
        raise IndexError(index)

    def dumps(self) -> str:
        """Return the job as JSON, paths absolute."""
        return json.dumps(asdict(self), indent=1, default=lambda path: str(Path(path).absolute()))

    @staticmethod
    def loads(text: str) -> SimJob:
        """Return the job that ``dumps`` wrote."""
        data: dict[str, Any] = json.loads(text)
        for name in ("rtl", "includes"):
            data[name] = tuple(Path(path) for path in data[name])
        data["defines"] = tuple(data["defines"])
        for name in ("inputs", "outputs"):
            data[name] = tuple(Port(**port) for port in data[name])
        data["sources"] = tuple(
            Source(**{**source, "labels": tuple(source["labels"])}) for source in data["sources"]
        )
        for name in ("stimulus", "expected", "build_dir", "nets"):
            data[name] = None if data[name] is None else Path(data[name])
        data["clocking"] = Clocking(**data["clocking"]) if data["clocking"] else None
        return SimJob(**data)


def check_files(job: SimJob) -> None:
    """Check that the files of a job exist and hold as many words as its sources say.

    Raises
    ------
    InputError
        Naming the file.
    """
    for path in job.rtl:
        if not path.is_file():
            raise InputError(f"{path} does not exist; export the model again")
    for path, width in ((job.stimulus, job.input_width), (job.expected, job.output_width)):
        try:
            with path.open("rb") as file:
                lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
                size = file.tell()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
        if lines != job.vectors or size != lines * (-(-width // 4) + 1):
            raise InputError(
                f"{path} has {lines} lines in {size} bytes, which are not {job.vectors} words of "
                f"{width} bits"
            )
