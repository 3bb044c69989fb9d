"""Build the simulator of a board and start it behind a pseudo-terminal."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.system.processes import started
from db2hdl_hw.tools import find_verilator
from db2hdl_sim.build import object_cache
from db2hdl_sim.logs import last_line

FAULTS = ("drop", "flip", "spike", "back", "reset")
"""What can go wrong on the line; main.cpp says what each is."""

IDLE_BITS = 100
"""Bits beyond the shell's timeout after which simulated time stops until a byte comes."""

FLAGS = ("--no-timing", "-fno-dfg", "--output-split", "10000", "-Wno-fatal", "-Wno-lint")


@dataclass(frozen=True)
class SimulatedBoard:
    """The built simulator of a UART top.

    Attributes
    ----------
    program : Path
    divisor : int
        Clocks a bit.
    timeout_bits : int
        Of the shell; simulated time does not stop before it is over.
    divider : int
        Of the clock.
    """

    program: Path
    divisor: int
    timeout_bits: int
    divider: int = 1

    @staticmethod
    def build(
        rtl: Sequence[Path],
        top: str,
        folder: Path,
        *,
        divisor: int,
        timeout_bits: int,
        divider: int = 1,
    ) -> SimulatedBoard:
        """Build it with Verilator from Verilog files, in ``folder``.

        Raises
        ------
        ToolError
            If Verilator or its C++ build fails; names the log.
        """
        tool = find_verilator()
        env = {**tool.env, "OBJCACHE": object_cache()}
        log = folder / "board.log"
        command = [
            str(tool.path.absolute()),
            "--cc",
            "--exe",
            "--build",
            *FLAGS,
            "--prefix",
            "Vboard",
        ]
        command += ["--preproc-token-limit", "100000000", "-CFLAGS", "-O1 -std=c++17"]
        command += [f"-I{folder}" for folder in dict.fromkeys(p.resolve().parent for p in rtl)]
        command += ["--top-module", top, "--Mdir", str(folder / "board"), "-o", "board"]
        command += [str(Path(__file__).with_name("main.cpp")), *(str(p.resolve()) for p in rtl)]
        with log.open("wb") as file, started(command, folder.absolute(), file, env=env) as built:
            code = built.wait()
        if code != 0:
            raise ToolError(f"{tool} could not build the board: {last_line(log)}; log: {log}")
        return SimulatedBoard(folder.absolute() / "board" / "board", divisor, timeout_bits, divider)

    @contextmanager
    def running(self, faults: Mapping[str, float] | None = None, *, seed: int = 0) -> Iterator[str]:
        """Start the board; yield the serial port at which it answers.

        Parameters
        ----------
        faults : mapping of name to probability, optional
            See ``FAULTS``.
        seed : int
            Of the faults.

        Raises
        ------
        InputError
            On a fault that there is not.
        """
        arguments = [f"seed={seed}", f"divider={self.divider}"]
        for name, probability in (faults or {}).items():
            if name not in FAULTS:
                raise InputError(f"there is no fault {name!r}; known: {', '.join(FAULTS)}")
            arguments.append(f"{name}={round(probability * 1e6)}")
        master, slave = os.openpty()
        try:
            tty.setraw(slave)
            command = [
                str(self.program.absolute()),
                str(self.divisor),
                str(self.timeout_bits + IDLE_BITS),
            ]
            folder = self.program.parent.absolute()
            with started([*command, *arguments], folder, master, stdin=master):
                yield os.ttyname(slave)
        finally:
            os.close(master)
            os.close(slave)

    def faults(self) -> dict[str, int]:
        """Return how often each fault happened in the run before."""
        file = self.program.parent / "faults.txt"
        lines = file.read_text().split("\n") if file.is_file() else []
        return {name: int(count) for name, count in (line.split() for line in lines if line)}
