"""A module around the top with few, wide ports; some of them may show nets inside.

What a bench can see costs Verilator dearly. Measured in CPU seconds on a busy machine: a build with
10,000 ports over 160, with wide ports 22; a build of 3,616 gates with every net visible 77, with a
wide port that shows them 25 (21 without).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from db2hdl_sim.job import Port, SimJob

TOP = "db2hdl_around"
"""The name of the module around."""

GROUP_BITS = 512
"""A wide port ends when it has so many bits."""

WORD_BITS = 32
"""Nets are gathered into words of so many bits."""

MANY_PORTS = 64
"""A top with more ports than this is simulated inside a module around it."""

_PATH = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*(?:\[\d+\])?")
_WORD = re.compile(r"[A-Za-z_][\w$]*")

Place = tuple[Port, str]
"""A port of the top, or a net as a port of 1 bit, and the bits of a wide port that carry it."""


def present(job: SimJob, paths: Iterable[str]) -> list[str]:
    """Return the paths whose names all occur in the RTL; others are not in this circuit."""
    known: set[str] = set()
    for file in job.rtl:
        known.update(_WORD.findall(file.read_text(errors="replace")))
    return [p for p in paths if _PATH.fullmatch(p) and known.issuperset(_WORD.findall(p))]


def wrap(job: SimJob, paths: Sequence[str] = ()) -> SimJob:
    """Write the module around into the build folder; return the job that simulates it.

    Its input word is that of ``job``; its output word, too, then come the nets of ``paths``.
    """
    inputs = list(_groups(job.inputs, "in"))
    outputs = list(_groups(job.outputs, "out"))
    nets = list(_groups([Port(path, 1) for path in paths], "net"))
    file = job.build_dir / f"{TOP}.v"
    file.write_text(_verilog(job, inputs, outputs, nets))
    return replace(
        job,
        rtl=(*job.rtl, file),
        top=TOP,
        inputs=tuple(wide for wide, _ in inputs),
        outputs=tuple(wide for wide, _ in (*outputs, *nets)),
    )


def _groups(ports: Sequence[Port], kind: str) -> Iterator[tuple[Port, list[Place]]]:
    """Yield wide ports, and what is where in them."""
    places: list[Place] = []
    number = low = 0
    for port in ports:
        name = f"{TOP}_{kind}_{number}"
        places.append((port, f"{name}[{low + port.width - 1}:{low}]"))
        low += port.width
        if low >= GROUP_BITS:
            yield Port(name, low), places
            places, number, low = [], number + 1, 0
    if places:
        yield Port(f"{TOP}_{kind}_{number}", low), places


def _verilog(
    job: SimJob,
    inputs: Sequence[tuple[Port, list[Place]]],
    outputs: Sequence[tuple[Port, list[Place]]],
    nets: Sequence[tuple[Port, list[Place]]],
) -> str:
    ports = [f"  input wire {port.name}" for port in job.controls[:-1]]
    ports += [f"  output wire {port.name}" for port in job.controls[-1:]]
    ports += [f"  input wire [{wide.width - 1}:0] {wide.name}" for wide, _ in inputs]
    ports += [f"  output wire [{wide.width - 1}:0] {wide.name}" for wide, _ in (*outputs, *nets)]
    wired = [f"    .{port.name}({port.name})" for port in job.controls]
    wired += [
        f"    .{port.name}({bits})" for _, places in (*inputs, *outputs) for port, bits in places
    ]
    shown = [line for wide, places in nets for line in _show(job, wide, places)]
    head = [f"module {TOP}(", ",\n".join(ports), "  );"]
    instance = [f"  {job.top} dut(", ",\n".join(wired), "  );"]
    return "\n".join([*head, *instance, *shown, "endmodule", ""])


def _show(job: SimJob, wide: Port, places: Sequence[Place]) -> Iterator[str]:
    """Yield the lines that gather nets into words, and words into a wide port.

    Bit by bit, Verilator would write a masking expression for each.
    """
    words = []
    for start in range(0, len(places), WORD_BITS):
        nets = [port.name for port, _ in places[start : start + WORD_BITS]]
        inside = [f"dut.{net.removeprefix(f'{job.top}.')}" for net in reversed(nets)]
        words.append(f"{wide.name}_{start}")
        yield f"  wire [{len(nets) - 1}:0] {words[-1]} = {{{', '.join(inside)}}};"
    yield f"  assign {wide.name} = {{{', '.join(reversed(words))}}};"
