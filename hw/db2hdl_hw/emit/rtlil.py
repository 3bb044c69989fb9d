"""Amaranth's RTLIL, made ready to become plain, lint-clean Verilog.

RTLIL is the text form of Yosys' netlists. Amaranth writes it in one regular way, cell by cell,
and pins its version range here; what this file relies on is covered by the tests of the Verilog.
"""

from __future__ import annotations

import re

from db2hdl_hw.emit.names import APART

INPUT_CELL, INPUT_CELL_PORT = "db2hdl_input", "port"
"""A cell that stands in for an input port, and the name of its output.

Amaranth's netlist gives all inputs of the top together at most 65,535 bits, and as many to each
cell: 10,000 columns of 8 bits fit only this way.
"""

_CELL = re.compile(r"  cell \$(\w+) (\S+)\n((?:    .*\n)*)  end\n")
_FIELD = re.compile(r"    (?:parameter|connect) \\(\w+) (.*)\n")
_PORT = re.compile(r"(?m)^(  wire width \d+ (?:input|output)) (\d+) ")
_WIRE = re.compile(r"(?m)^(  wire width \d+) (\\\S+)\n")
_INPUT_CELL = re.compile(
    rf"  cell \\{INPUT_CELL} \S+\n    connect \\{INPUT_CELL_PORT} (\\\S+).*\n  end\n"
)
_CUT = re.compile(r"(?m)^connect (\\\S+) (\$\d+) \[(?:(\d+):)?0\]\n")
_SUM = re.compile(r"  cell \$add \S+\n(?:    (?!connect \\Y).*\n)*    connect \\Y (\S+)\n")
_INIT = re.compile(r"(?m)^  attribute \\init \d+'[01]+\n(?=  wire [^\n]*\\(\S+)\n)")
_EXTENDED = ("add", "ge", "gt")
_ONE_BIT_GATES = ("reduce_and", "reduce_or", "reduce_xor", "reduce_bool")
_TIDIED = (*_EXTENDED, *_ONE_BIT_GATES, "or")


def tidy(text: str, top: str, initial: str = "") -> str:
    r"""Return RTLIL whose Verilog is plain.

    - Modules ``\top.layer`` become ``\top__layer``, which needs no escaping.
    - Cells of the type ``INPUT_CELL`` become input ports.
    - Ports count from 1, so that Yosys keeps their order (it takes 0 for unnumbered).
    - Gates of one bit, and an OR with 0 (``operations.copy``), become wires.
    - Sums that were cut to the width they need are made of that width at once.
    - Operands of sums and comparisons are extended explicitly: their implicit extension is what
      ``WIDTHEXPAND`` warns of.
    - Of the registers only ``initial`` keeps its initial value; of the others it does not matter.
    """
    text = _INIT.sub(lambda found: found[0] if found[1] == initial else "", text)
    text = re.sub(rf"(?m)^(module|  cell) \\{re.escape(top)}\.", rf"\1 \\{top}{APART}", text)
    modules = re.split(r"(?m)^(?=module )", text)
    return "".join(_tidy_module(_number_ports(module)) for module in modules)


def _number_ports(text: str) -> str:
    """Return one module with its ports numbered, after inputs that stand in for ports."""
    inputs = {name: i for i, name in enumerate(_INPUT_CELL.findall(text), start=1)}

    def declared(found: re.Match[str]) -> str:
        if found[2] not in inputs:
            return found[0]
        return f"{found[1]} input {inputs[found[2]]} {found[2]}\n"

    text = _PORT.sub(lambda found: f"{found[1]} {int(found[2]) + 1 + len(inputs)} ", text)
    if not inputs:
        return text
    return _WIRE.sub(declared, _INPUT_CELL.sub("", text))


def _tidy_module(text: str) -> str:
    widths: dict[str, int] = {}
    if "  cell $add " in text:
        text, widths = _narrow_sums(text)
    wires: list[str] = []
    text = _CELL.sub(lambda found: _tidy_cell(found, widths, wires), text)
    return re.sub(r"(?m)^end\n", lambda end: "".join(wires) + end[0], text)


def _narrow_sums(text: str) -> tuple[str, dict[str, int]]:
    """Return a module whose cut sums drive their signals, and the widths of those signals."""
    sums = set(_SUM.findall(text))
    cut = {w: (n, int(most or 0) + 1) for n, w, most in _CUT.findall(text) if w in sums}

    def declared(found: re.Match[str]) -> str:
        return "" if found[1] in cut else found[0]

    def connected(found: re.Match[str]) -> str:
        return "" if cut.get(found[2], ("",))[0] == found[1] else found[0]

    def read(found: re.Match[str]) -> str:
        return cut[found[0]][0] if found[0] in cut else found[0]

    text = re.sub(r"(?m)^  wire width \d+ (\$\d+)\n\n?", declared, text)
    text = _CUT.sub(connected, text)
    return re.sub(r"(?<= )\$\d+(?=\s)", read, text), dict(cut.values())


def _tidy_cell(found: re.Match[str], widths: dict[str, int], wires: list[str]) -> str:
    """Return a cell's new text; ``wires`` collects the connections that replace gates."""
    type_, name, body = found.groups()
    fields = dict(_FIELD.findall(body)) if type_ in _TIDIED else {}
    if type_ in _EXTENDED:
        return _extend_cell(type_, name, fields, widths)
    is_wire = fields.get("A_WIDTH") == "1" if type_ in _ONE_BIT_GATES else _is_zero(fields)
    if not is_wire:
        return found[0]
    wires.append(f"connect {fields['Y']} {fields['A']}\n")
    return ""


def _is_zero(fields: dict[str, str]) -> bool:
    """Whether the second operand is the constant 0."""
    return re.fullmatch(r"\d+'0+", fields.get("B", "")) is not None


def _extend_cell(type_: str, name: str, fields: dict[str, str], widths: dict[str, int]) -> str:
    """Return an adder or a comparison whose operands are of one width."""
    a, b = int(fields["A_WIDTH"]), int(fields["B_WIDTH"])
    result = widths.get(fields["Y"], int(fields["Y_WIDTH"]))
    width = result if type_ == "add" else max(a, b)
    return (
        f"  cell ${type_} {name}\n"
        f"    parameter \\A_SIGNED 0\n    parameter \\B_SIGNED 0\n"
        f"    parameter \\A_WIDTH {width}\n    parameter \\B_WIDTH {width}\n"
        f"    parameter \\Y_WIDTH {result}\n"
        f"    connect \\A {_extended(fields['A'], width - a)}\n"
        f"    connect \\B {_extended(fields['B'], width - b)}\n"
        f"    connect \\Y {fields['Y']}\n  end\n"
    )


def _extended(value: str, zeros: int) -> str:
    return f"{{ {zeros}'{'0' * zeros} {value} }}" if zeros > 0 else value
