"""Is everything installed that a command needs? Python packages, compilers, simulators."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from db2hdl_hw.errors import ToolError, unknown
from db2hdl_hw.system.processes import QUESTION, run, which
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.tools import (
    ICARUS_MINIMUM,
    VERILATOR_MINIMUM,
    Tool,
    find_iverilog,
    find_verilator,
)

EXTRA_OF = {"train": "train", "export": "fpga", "sim": "sim", "boards": "boards"}
"""The commands that need more than the base packages, and the extra which brings it."""

ALSO = {"boards": "export"}
"""What a command needs beside its own: a bitstream starts from a bundle, with its tools."""


PROGRAMS = {
    "g++": ("g++", "-dumpfullversion"),
    "make": ("make", "--version"),
    "perl": ("perl", "-e", "print substr $^V, 1"),
}
"""What Verilator's builds need from the system, and how to ask each for its version."""


@dataclass(frozen=True)
class Finding:
    """What was found of one package or tool.

    Attributes
    ----------
    name, wanted, found : str
        ``found`` is empty if it is missing.
    needed_for : str
        A command, or "all".
    ok, required : bool
    remedy : str
        What to do about it; empty if all is well.
    """

    name: str
    wanted: str
    found: str
    needed_for: str
    ok: bool
    required: bool = True
    remedy: str = ""

    @property
    def blocking(self) -> bool:
        """Whether a command cannot work because of this."""
        return self.required and not self.ok


def examine(commands: Collection[str] = ()) -> list[Finding]:
    """Return what was found of everything that the given commands need (by default, all).

    Raises
    ------
    InputError
        On an unknown command; suggests the nearest.
    """
    for command in commands:
        if command not in EXTRA_OF:
            raise unknown("command", command, EXTRA_OF)
    wanted = {"all", *(commands or EXTRA_OF)}
    wanted |= {ALSO[command] for command in wanted & set(ALSO)}
    findings = [
        *_packages(),
        *(_program(name, ask) for name, ask in PROGRAMS.items()),
        _libpython(),
        _simulator("verilator", find_verilator, VERILATOR_MINIMUM),
        _simulator("iverilog", find_iverilog, ICARUS_MINIMUM, required=False),
        _loader(),
    ]
    return [finding for finding in findings if finding.needed_for in wanted]


def _packages() -> Iterator[Finding]:
    """Check the dependencies which this distribution itself declares."""
    for line in metadata.requires("db2hdl") or ():
        requirement = Requirement(line)
        if requirement.name == "verilator":
            continue  # any Verilator will do; _simulator looks for one
        if _applies(requirement, ""):
            yield _package(requirement, "all", "")
            continue
        for command, extra in EXTRA_OF.items():
            if _applies(requirement, extra):
                yield _package(requirement, command, extra)


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _package(requirement: Requirement, command: str, extra: str) -> Finding:
    name, wanted = requirement.name, str(requirement.specifier)
    install = f"pip install 'db2hdl[{extra}]'" if extra else "pip install db2hdl"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, wanted, "", command, False, remedy=install)
    fits = requirement.specifier.contains(found, prereleases=True)
    remedy = "" if fits else f"pip install '{name}{wanted}'"
    return Finding(name, wanted, found, command, fits, remedy=remedy)


def _program(name: str, ask: Sequence[str]) -> Finding:
    install = f"apt-get install {name}"
    path = which(name)
    if path is None:
        return Finding(name, "", "", "sim", False, remedy=install)
    try:
        with scratch("doctor") as folder:
            done = run([str(Path(path).absolute()), *ask[1:]], folder, limits=QUESTION)
    except (ToolError, subprocess.TimeoutExpired) as error:
        why = f"does not start ({type(error).__name__}); {install}"
        return Finding(name, "", "", "sim", False, remedy=why)
    number = re.search(r"\d+(\.\d+)*", done.stdout)
    if done.returncode or number is None:
        return Finding(name, "", "", "sim", False, remedy=f"does not run; {install}")
    return Finding(name, "", number.group(), "sim", True)


def _simulator(
    name: str, find: Callable[[], Tool], minimum: Sequence[int], *, required: bool = True
) -> Finding:
    wanted = ">=" + ".".join(map(str, minimum))
    try:
        tool = find()
    except ToolError as error:
        return Finding(name, wanted, "", "sim", False, required, str(error))
    return Finding(name, wanted, ".".join(map(str, tool.version)), "sim", True, required)


def _loader() -> Finding:
    """Look whether openFPGALoader starts, which only ``db2hdl flash`` needs."""
    from db2hdl_hw.boards.flash import loader_version

    name = "openFPGALoader"
    try:
        return Finding(name, "", loader_version(), "boards", True, False)
    except ToolError as error:
        return Finding(name, "", "", "boards", False, False, str(error))


def _libpython() -> Finding:
    """Look for the shared Python library, which the simulators load to run the bench."""
    name, remedy = (
        "libpython",
        "apt-get install libpython3-dev, or a Python built with --enable-shared",
    )
    try:
        from find_libpython import find_libpython  # a dependency of cocotb
    except ImportError:
        return Finding(name, "", "", "sim", False, remedy="pip install 'db2hdl[sim]'")
    found = find_libpython()
    return Finding(name, "", found or "", "sim", bool(found), remedy="" if found else remedy)
