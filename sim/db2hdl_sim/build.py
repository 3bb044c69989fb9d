"""How each simulator is built and started: its flags, its environment, what it lacks.

The flags were measured: DESIGN, Gateware and Traps. Fewer, larger C++ files than it has there build
faster, because each file takes longer to start than to compile.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import db2hdl_hw
from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.cache import kind_folder
from db2hdl_hw.system.home import NAME, state_base
from db2hdl_hw.system.sandbox import Sandbox
from db2hdl_hw.system.seal import SECRET, Sealer
from db2hdl_hw.tools import Tool, find_iverilog, find_verilator
from db2hdl_sim import objcache
from db2hdl_sim.job import SimJob

TIMESCALE = ("1ns", "1ps")

LARGE_RTL = 2_000_000
"""From so many bytes of Verilog on, compiling without optimisation is the faster way."""

VERILATOR_FLAGS = (
    "--no-timing",
    "--no-public-flat-rw",
    "-fno-dfg",
    "--output-split",
    "10000",
    "--output-split-cfuncs",
    "500",
    "-Wno-fatal",
    # Yosys writes the header of a module on one line, however many ports it has.
    "--preproc-token-limit",
    "100000000",
)

_PRIVATE = ("COCOTB_", "GPI_", "PYGPI_", "PYTEST_", "TOPLEVEL")
_ALSO_PRIVATE = ("WAVES", "GUI", "MAKELEVEL", "MFLAGS", "LIBPYTHON_LOC", "PYTHONWARNINGS")


def find_simulator(simulator: str) -> Tool:
    """Return the simulator, having checked all that it needs.

    Raises
    ------
    ToolError
        If it, cocotb, make or a C++ compiler is missing or too old; says what to install.
    """
    if find_spec("cocotb_tools") is None:
        raise ToolError("cocotb is not installed; pip install 'db2hdl[sim]'")
    if simulator == "icarus":
        return find_iverilog()
    tool = find_verilator()
    for program, package in (("make", "make"), ("c++", "g++")):
        if shutil.which(program, path=tool.env.get("PATH")) is None:
            raise ToolError(f"Verilator needs {program}; apt-get install {package}")
    return tool


def environment(tool: Tool, job: SimJob, *, optimise: bool = True) -> dict[str, str]:
    """Return the environment of a run: the tool's, without what could mislead cocotb or make.

    ``optimise`` asks for a faster simulation that takes longer to build; a large one has none.
    """
    env = {
        name: value
        for name, value in tool.env.items()
        if not name.startswith(_PRIVATE) and name not in _ALSO_PRIVATE
    }
    # Else cocotb loads pytest with all its plugins, which takes longer than many a simulation.
    env["COCOTB_REWRITE_ASSERTION_FILES"] = ""
    if job.simulator == "verilator":
        kept = [word for word in env.get("MAKEFLAGS", "").split() if word.startswith("CFG_")]
        if not optimise or sum(path.stat().st_size for path in job.rtl) >= LARGE_RTL:
            kept.append("OPT_FAST=-O0")
        env["MAKEFLAGS"] = " ".join(kept)
        env.setdefault("OBJCACHE", object_cache())
    return env


def object_cache() -> str:
    """Return the command for Verilator's ``OBJCACHE``: its own library is compiled once."""
    packages = str(Path(db2hdl_hw.__file__ or "").parent.parent)
    return shlex.join([sys.executable, "-IS", objcache.__file__, packages, ""])


def build_sandbox() -> Sandbox:
    """Return what Verilator's builds see: the cached objects of its own library, and their seal."""
    Sealer("verilator")  # makes the secret, if it is the first
    objects, state = kind_folder("verilator"), state_base()
    return Sandbox(
        () if objects is None else (objects,),
        () if state is None else (state / NAME / SECRET,),
    )


def build_arguments(job: SimJob, folder: Path) -> dict[str, Any]:
    """Return the arguments of cocotb's ``Runner.build``; plain values.

    With Verilator only the ports of the top are visible; Icarus always shows everything.
    """
    arguments: dict[str, Any] = {
        "sources": [str(path.absolute()) for path in job.rtl],
        "hdl_toplevel": job.top,
        "includes": [str(path.absolute()) for path in job.includes],
        "defines": dict.fromkeys(job.defines, 1),
        "build_dir": str(folder),
        "timescale": TIMESCALE,
        "waves": job.waves,
        "log_file": str(folder / "build.log"),
    }
    if job.simulator == "icarus":
        return {**arguments, "always": True}
    control = folder / "visible.vlt"
    control.write_text(_control(job))
    arguments["sources"].insert(0, str(control))
    # Without this flag the ports are traced twice, once in a scope "$rootio" that readers refuse.
    trace = ["--no-trace-top"] if job.waves else []
    return {**arguments, "build_args": [*VERILATOR_FLAGS, *trace]}


def _control(job: SimJob) -> str:
    """Return the Verilator control file that says which signals a bench can see."""
    top = f'-module "{job.top}"'
    lines = ["`verilator_config"]
    driven, read = (*job.controls[:-1], *job.inputs), (*job.controls[-1:], *job.outputs)
    lines += [f'public_flat_rw {top} -var "{port.name}"' for port in driven]
    lines += [f'public_flat_rd {top} -var "{port.name}"' for port in read]
    return "\n".join(lines) + "\n"


def test_arguments(
    job: SimJob, folder: Path, module: str, variables: Mapping[str, str]
) -> dict[str, Any]:
    """Return the arguments of cocotb's ``Runner.test``; plain values."""
    trace = job.waves and job.simulator == "verilator"
    return {
        "test_module": module,
        "hdl_toplevel": job.top,
        "hdl_toplevel_lang": "verilog",
        "build_dir": str(folder),
        "extra_env": dict(variables),
        "waves": job.waves,
        "results_xml": str(folder / "results.xml"),
        "log_file": str(folder / "run.log"),
        "test_args": ["--trace-file", str(waves_file(job, folder))] if trace else [],
    }


def waves_file(job: SimJob, folder: Path) -> Path:
    """Return where the waves are: VCD of Verilator, FST of Icarus."""
    return folder / (f"{job.top}.vcd" if job.simulator == "verilator" else f"{job.top}.fst")
