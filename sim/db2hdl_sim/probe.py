"""A module around the top whose extra output ports show nets inside it.

One wide port costs a simulator little; a thousand nets made visible by themselves cost Verilator
a minute (measured: docs of `localise`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from db2hdl_sim.job import Port, SimJob

TOP = "db2hdl_probe"
"""The name of the module around."""

PORT_BITS = 512
"""Nets in one port: simulators handle text of a few thousand characters badly."""

_PATH = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*(?:\[\d+\])?")
_WORD = re.compile(r"[A-Za-z_][\w$]*")


def present(job: SimJob, paths: Sequence[str]) -> list[str]:
    """Return the paths whose names all occur in the RTL; others are not in this circuit."""
    known: set[str] = set()
    for file in job.rtl:
        known.update(_WORD.findall(file.read_text(errors="replace")))
    return [path for path in paths if _PATH.fullmatch(path) and known.issuperset(_names(path))]


def probe_job(job: SimJob, paths: Sequence[str]) -> SimJob:
    """Write the module around into the build folder; return the job that simulates it.

    Its outputs are those of ``job``, then the nets of ``paths``, in order.
    """
    probes = [
        Port(f"{TOP}_{start}", min(PORT_BITS, len(paths) - start))
        for start in range(0, len(paths), PORT_BITS)
    ]
    file = job.build_dir / f"{TOP}.v"
    file.write_text(_verilog(job, probes, paths))
    return replace(
        job,
        rtl=(*job.rtl, file),
        top=TOP,
        outputs=(*job.outputs, *probes),
        waves=False,
    )


def _names(path: str) -> list[str]:
    return _WORD.findall(path)


def _verilog(job: SimJob, probes: Sequence[Port], paths: Sequence[str]) -> str:
    ports = [f"input wire [{port.width - 1}:0] {port.name}" for port in job.inputs]
    ports += [f"output wire [{port.width - 1}:0] {port.name}" for port in (*job.outputs, *probes)]
    wired = ", ".join(f".{port.name}({port.name})" for port in (*job.inputs, *job.outputs))
    lines = [f"module {TOP}(", ",\n".join(ports), ");", f"{job.top} dut({wired});"]
    for number, path in enumerate(paths):
        port = probes[number // PORT_BITS]
        inside = path.removeprefix(f"{job.top}.")
        lines.append(f"assign {port.name}[{number % PORT_BITS}] = dut.{inside};")
    return "\n".join([*lines, "endmodule", ""])
