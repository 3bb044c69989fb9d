"""The files beside the circuit: test benches, core file, VHDL view, constraints, datasheet.

Each is a jinja2 template in ``templates/``, filled from the interface and a few facts, so that
whoever never heard of db2hdl can simulate, lint and instantiate the core with their own tools.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from db2hdl_hw.emit.interface import InputPort, Interface, OutputPort
from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.system.text import markdown

if TYPE_CHECKING:
    from jinja2 import Environment

_CODE = re.compile(r"[A-Za-z0-9_ .,:;/()'\[\]-]*")

MOST_ROWS = 24
"""Input ports, classes and bits of a bus that the datasheet lists before it refers to a file."""


@dataclass(frozen=True)
class VectorSet:
    """A pair of vector files: ``name`` is an identifier; ``rows`` is at least 1."""

    name: str
    what: str
    rows: int

    @property
    def inputs(self) -> str:
        """The file of input words, a path in the bundle."""
        return f"vectors/{self.name}_inputs.hex"

    @property
    def expected(self) -> str:
        """The file of expected output words, a path in the bundle."""
        return f"vectors/{self.name}_expected.hex"


@dataclass(frozen=True)
class Facts:
    """What the datasheet says of the model beyond its interface; each is a piece of a sentence.

    ``example`` is a worked example of the coding, empty without real features; ``faults`` is what
    the vectors catch.
    """

    trained_on: str
    accuracy: str
    cost: str
    made_by: str
    example: str = ""
    faults: str = "not measured"


def companions(interface: Interface, sets: Sequence[VectorSet], facts: Facts) -> dict[str, bytes]:
    """Return the files beside the circuit: path in the bundle -> bytes.

    Without vectors there are no benches and no ``sim`` target: a bench that checks nothing would
    pass. The test bench prints ``PASS n`` or ``FAIL n`` and ends with an exit code other than 0
    on a failure; an X in an output and a short vector file are failures.

    Parameters
    ----------
    interface : Interface
    sets : sequence of VectorSet
        The vector files of the bundle.
    facts : Facts
        For the datasheet.
    """
    top = interface.top
    names = {
        f"{top}.core": "fusesoc.core.j2",
        f"vhdl/{top}_component.vhd": "component.vhd.j2",
        f"constraints/{top}.xdc": "constraints.j2",
        f"constraints/{top}.sdc": "constraints.j2",
        "lint/verilator.vlt": "verilator.vlt.j2",
        "LICENSE.txt": "licence.txt.j2",
        "DATASHEET.md": "datasheet.md.j2",
    }
    if sets:
        names |= {f"tb/{top}_tb.v": "testbench.v.j2", f"tb/test_{top}.py": "cocotb_bench.py.j2"}
    values = _values(interface, sets) | _sheet(interface, sets, facts)
    result = {}
    for path, template in names.items():
        kind = "Synopsys Design Constraints" if path.endswith(".sdc") else "for Vivado"
        made = _environment(path.endswith(".md")).get_template(template)
        text = made.render(values, format=kind)
        result[path] = text.encode()
    return result


class _Markup(str):
    """Markdown that we wrote; any other text is escaped when it is put into a document."""


def _into_markdown(value: object) -> str:
    return value if isinstance(value, _Markup) else markdown(value)


def _code_span(value: str) -> _Markup:
    return _Markup(f"`{_into_code(value)}`")


def _into_code(value: object) -> str:
    """Return a value that goes into Verilog, VHDL, Python, YAML or Tcl: ours, never a stranger's.

    Names of ports and files and numbers are of these characters; a text of anybody else in a
    template of code would be an error of db2hdl, and is refused, whatever is in it.
    """
    text = str(value)
    if not _CODE.fullmatch(text):
        raise Db2hdlError(f"{text!r} must not be in a file of code")
    return text


@cache
def _environment(is_markdown: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("db2hdl_hw.emit"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=_into_markdown if is_markdown else _into_code,
    )
    environment.filters["code"] = _code_span
    return environment


def _values(interface: Interface, sets: Sequence[VectorSet]) -> dict[str, Any]:
    """Return what all templates share."""
    clocking = interface.clocking
    before = (clocking.clock, clocking.reset, clocking.in_valid) if clocking else ()
    after = (clocking.out_valid,) if clocking else ()
    ports = [{"name": name, "width": 1, "direction": "in"} for name in before]
    ports += [{"name": p.name, "width": p.width, "direction": "in"} for p in interface.inputs]
    ports += [{"name": name, "width": 1, "direction": "out"} for name in after]
    ports += [{"name": p.name, "width": p.width, "direction": "out"} for p in interface.outputs]
    return {
        "top": interface.top,
        "rtl": " ".join(interface.rtl),
        "rtl_files": interface.rtl,
        "inputs": interface.inputs,
        "outputs": interface.outputs,
        "ports": ports,
        "input_width": interface.input_width,
        "output_width": interface.output_width,
        "sets": sets,
        "set_files": repr([(s.inputs, s.expected, s.rows) for s in sets]),
        "range": lambda width: f"[{width - 1}:0] " if width > 1 else "",
        "vhdl_type": _vhdl_type,
        "clock": clocking.clock if clocking else "",
        "clocking": clocking,
        "latency_cycles": interface.latency,
        "vlnv": f"db2hdl:nets:{interface.top}:0",
        "description": f"A learned boolean circuit, model {interface.model_hash[:16]}",
    }


def _vhdl_type(width: int) -> str:
    return f"std_logic_vector({width - 1} downto 0)" if width > 1 else "std_logic"


def _sheet(interface: Interface, sets: Sequence[VectorSet], facts: Facts) -> dict[str, Any]:
    """Return what the datasheet says."""
    count = len(interface.classes)
    what = f"sorts its input into {count} classes" if count else "computes a boolean function"
    cycles = interface.latency
    kind = "pipelined" if cycles else "combinational"
    vectors = ", ".join(f"{s.rows} ({s.what.lower()})" for s in sets) or "none"
    return {
        "summary": f"A {kind} core that {what}; a boolean circuit learned from data.",
        "model_hash": interface.model_hash,
        "trained_on": facts.trained_on,
        "accuracy": facts.accuracy,
        "latency": "0 cycles: combinational"
        if cycles == 0
        else f"{cycles} cycle{'s' if cycles > 1 else ''}",
        "interval": f"{interface.initiation_interval}: a new input every cycle",
        "cost": _Markup(facts.cost),
        "made_by": facts.made_by,
        "input_rows": [_input_row(port) for port in interface.inputs[:MOST_ROWS]],
        "more_inputs": max(0, len(interface.inputs) - MOST_ROWS),
        "output_rows": [_output_row(port, interface) for port in interface.outputs],
        "classes": _listed(interface.classes),
        "example": facts.example,
        "vectors": vectors,
        "faults": facts.faults,
    }


def _input_row(port: InputPort) -> dict[str, Any]:
    if port.coding is None:
        return {"port": port.name, "bits": port.width, "meaning": _listed(port.features)}
    coding = port.coding
    span = ((1 << coding.bits) - 1) * Fraction(coding.scale)
    last = coding.offset + (round(span) if isinstance(coding.offset, int) else float(span))
    meaning = (
        f"code of {markdown(port.features[0])}: offset {coding.offset!r}, scale {coding.scale!r}, "
        f"range {coding.offset!r} to {last!r}"
    )
    return {"port": port.name, "bits": port.width, "meaning": _Markup(meaning)}


def _output_row(port: OutputPort, interface: Interface) -> dict[str, Any]:
    meaning = {
        "index": "index of the class",
        "scores": f"votes for each class, {port.score_width} bits each, class 0 in the low bits",
        "bits": "output bits of the net",
    }[port.kind]
    if port.kind == "bits" and interface.classes:
        meaning = "votes before counting, in equal groups, class 0 in the low bits"
    return {"port": port.name, "bits": port.width, "meaning": _Markup(meaning)}


def _listed(names: Sequence[str]) -> _Markup:
    """Return ``0 = first, 1 = second, …``; of very many the first."""
    shown = ", ".join(f"{i} = {markdown(name)}" for i, name in enumerate(names[:MOST_ROWS]))
    rest = len(names) - MOST_ROWS
    return _Markup(f"{shown}, and {rest} more (see `interface.json`)" if rest > 0 else shown)
