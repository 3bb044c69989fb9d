"""Simulate a circuit of mutants: one Verilator build, every fault driven with all vectors.

A program in C++ drives it, not cocotb: a thousand faults times a thousand vectors are a million
vectors, and most faults show after a few.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.system.cache import Cache, digest, file_hash
from db2hdl_hw.system.processes import Child, started
from db2hdl_sim.build import VERILATOR_FLAGS, build_sandbox, find_simulator, object_cache
from db2hdl_sim.cycles import cycles_of
from db2hdl_sim.logs import last_line

Bits = NDArray[np.bool_]
Tell = Callable[[int, int], None]
"""Called with the number of faults done, and of all."""

HARNESS = "harness"
NARROWEST = 65
"""Ports of at least so many bits are arrays of words in Verilator's C++, whatever their width."""

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class MutantRun:
    """What the simulation of a circuit of mutants found.

    Attributes
    ----------
    first : array of int [faults]
        The first vector at which each fault shows; -1 if none does.
    simulator : str
    build_seconds, run_seconds : float
    """

    first: NDArray[np.int64]
    simulator: str
    build_seconds: float
    run_seconds: float


class MutantSimulation:
    """A Verilator build of a circuit of mutants, to be driven with vectors more than once.

    Parameters
    ----------
    verilog : str
        With the module ``top``, whose ports are ``sel``, ``in`` and ``out``.
    top : str
    faults, inputs, outputs : int
        The widths of ``sel`` and of the data in the other two.
    folder : Path
        For the build and the runs; made if it is missing. The program of the same text is taken
        from the user's cache (``key``), if an interrupted run has left it there.
    latency : int
        Of a pipelined circuit, in cycles. It has the ports ``clk`` and ``rst``, too, and a last bit
        of ``in`` and ``out`` more: ``in_valid`` and ``out_valid``.

    Raises
    ------
    InputError
        If Verilator refuses the Verilog.
    ToolError
        If Verilator or the C++ compiler is missing, or dies.
    """

    def __init__(
        self,
        verilog: str,
        top: str,
        faults: int,
        inputs: int,
        outputs: int,
        folder: Path,
        *,
        latency: int = 0,
    ) -> None:
        self._faults, self._latency, self._folder = faults, latency, folder
        self._tool = find_simulator("verilator")
        started = time.perf_counter()
        valid = int(latency > 0)
        source = verilog + _harness(
            top, faults, inputs + valid, outputs + valid, clocked=latency > 0
        )
        self.key = self._key(source)
        self._cache = Cache("simulator")
        entry = self._cache.get(self.key)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "obj").mkdir(parents=True)
        if entry is not None:
            self._program.write_bytes(entry.content)
            self._program.chmod(0o700)
        else:
            (folder / "harness.v").write_text(source)
            self._build()
            self._cache.put(self.key, self._program.read_bytes(), time.perf_counter() - started)
        self._build_seconds = time.perf_counter() - started

    def forget(self) -> None:
        """Remove the program from the user's cache: nothing was interrupted."""
        self._cache.forget(self.key)

    def _key(self, source: str) -> str:
        """Return a hash of all that the program depends on."""
        env = self._tool.env
        here = Path(__file__)
        parts = [source, here.read_text(), here.with_suffix(".cpp").read_text()]
        compiler = shutil.which("c++", path=env.get("PATH")) or ""
        return digest([*parts, str(self._tool), file_hash(compiler), env.get("MAKEFLAGS", "")])

    @property
    def _program(self) -> Path:
        return self._folder.absolute() / "obj" / "simulate"

    def run(self, words: Bits, expected: Bits, tell: Tell | None = None) -> MutantRun:
        """Drive all vectors for every fault.

        Into a pipelined circuit they go cycle by cycle, with gaps between (``cycles_of``), and an
        output that comes at the wrong time shows a fault as well as a wrong one.

        Parameters
        ----------
        words, expected : booleans [rows, inputs], [rows, outputs]
        tell : callable, optional

        Raises
        ------
        InputError
            If the circuit without a fault differs from what is expected, too, or on no vectors.
        ToolError
            If the simulation dies.
        """
        started = time.perf_counter()
        lines = self._drive(words, expected, self._latency, self._faults, tell)
        if lines[0] >= 0:
            raise InputError(
                f"vector {lines[0]}: the Verilog differs from the reference without any fault; "
                "db2hdl sim says where"
            )
        seconds = time.perf_counter() - started
        return MutantRun(np.array(lines[1:]), str(self._tool), self._build_seconds, seconds)

    def stated(self, words: Bits, expected: Bits, latency: int) -> int:
        """Return the first vector that shows that a latency is not the circuit's; -1 if none."""
        return self._drive(words, expected, latency, 0)[0]

    def _drive(
        self, words: Bits, expected: Bits, latency: int, faults: int, tell: Tell | None = None
    ) -> list[int]:
        """Return the first vector that differs without a fault, and with each of them."""
        if not len(words) or len(words) != len(expected):
            raise InputError(f"{len(words)} vectors with {len(expected)} expected words")
        row = np.arange(len(words))
        if latency:
            made = cycles_of(words, expected, latency, seed=0)
            words, row = made.inputs, made.row
            given = _rows(made.outputs, made.care)
        else:
            given = _rows(expected)
        (self._folder / "inputs.bin").write_bytes(_rows(words))
        (self._folder / "expected.bin").write_bytes(given)
        answer = self._folder.absolute() / "answer.txt"
        answer.unlink(missing_ok=True)
        command = [self._program, "inputs.bin", "expected.bin", len(words), faults, answer]
        started_as = [str(word) for word in command]
        with (
            (self._folder / "run.log").open("wb") as log,
            _started(started_as, self._folder, log) as process,
        ):
            _wait(process, answer, faults, tell)
        lines = answer.read_text().split() if answer.is_file() else []
        if process.returncode != 0 or lines[-1:] != ["end"] or len(lines) != faults + 2:
            said = last_line(self._folder / "run.log") or f"exit code {process.returncode}"
            raise ToolError(f"{self._tool}: the simulation of mutants died: {said}")
        return [int(row[int(line)]) if line != "-1" else -1 for line in lines[:-1]]

    def _build(self) -> None:
        main = Path(__file__).with_suffix(".cpp")
        flags = [flag for flag in VERILATOR_FLAGS if flag != "--no-public-flat-rw"]
        env = dict(self._tool.env)
        kept = [word for word in env.get("MAKEFLAGS", "").split() if word.startswith("CFG_")]
        env["MAKEFLAGS"] = " ".join(kept)
        env.setdefault("OBJCACHE", object_cache())
        env["TMPDIR"] = str(self._folder)  # what a compiler that is killed leaves goes with it
        command = [
            str(self._tool.path.absolute()),
            "--cc",
            "--exe",
            "--build",
            "-O3",
            "-Wno-lint",
            *flags,
        ]
        command += ["--top-module", HARNESS, "--Mdir", "obj", "-o", "simulate"]
        clocked = " -DCLOCKED" if self._latency else ""
        command += ["-CFLAGS", f"-O1{clocked}", "harness.v", str(main)]
        log = self._folder / "build.log"
        with log.open("wb") as out, _started(command, self._folder, out, env) as done:
            done.wait()
        if done.returncode == 0 and self._program.is_file():
            return
        text = log.read_text(errors="replace")
        wrong = [line for line in text.splitlines() if line.startswith("%Error")]
        if wrong:
            raise InputError(f"{self._tool} refuses the mutants: {wrong[0]}")
        raise ToolError(f"{self._tool} could not build the mutants: {last_line(log)}; log: {log}")


@contextmanager
def _started(
    command: Sequence[str], folder: Path, log: IO[bytes], env: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Yield a process that sees its folder; it is ended with the block, by Ctrl-C, too."""
    with started(command, folder.absolute(), log, env=env, sandbox=build_sandbox()) as process:
        yield process


def _harness(top: str, faults: int, inputs: int, outputs: int, *, clocked: bool = False) -> str:
    """Return the module around the circuit; with a clock, the bit above its ``in`` is the reset."""
    widths = {"sel": max(1, faults), "in": inputs, "out": outputs}
    wide = {name: max(width, NARROWEST) for name, width in widths.items()}
    wide["in"] = max(inputs + int(clocked), NARROWEST)
    connections = ", ".join(f".{name}({name}[{w - 1}:0])" for name, w in widths.items())
    if clocked:
        connections += f", .clk(clk), .rst(in[{inputs}])"
    ports = "clk, sel, in, out" if clocked else "sel, in, out"
    clock = "  input clk;\n" if clocked else ""
    spare = wide["out"] - outputs
    rest = f"  assign out[{wide['out'] - 1}:{outputs}] = {spare}'h0;\n" if spare else ""
    return (
        f"\nmodule {HARNESS}({ports});\n{clock}"
        f"  input [{wide['sel'] - 1}:0] sel;\n  input [{wide['in'] - 1}:0] in;\n"
        f"  output [{wide['out'] - 1}:0] out;\n"
        f"  {top} dut ({connections});\n{rest}endmodule\n"
    )


def _rows(*parts: Bits) -> bytes:
    """Return rows of 32-bit words, little-endian, of at least ``NARROWEST`` bits for each part."""
    words = -(-max(parts[0].shape[1], NARROWEST) // 32)
    octets = np.zeros((len(parts[0]), len(parts), 4 * words), np.uint8)
    for number, bits in enumerate(parts):
        packed = np.packbits(bits, axis=1, bitorder="little")
        octets[:, number, : packed.shape[1]] = packed
    return octets.tobytes()


def _wait(process: Child, answer: Path, faults: int, tell: Tell | None) -> None:
    while True:
        try:
            process.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if tell is not None and answer.is_file():
                with answer.open("rb") as file:
                    tell(max(0, sum(1 for _ in file) - 1), faults)
