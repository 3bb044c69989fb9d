"""Amaranth's RTLIL, made ready to become plain, lint-clean Verilog.

RTLIL is the text form of Yosys' netlists. Amaranth writes it in one regular way, cell by cell,
and pins its version range here; what this file relies on is covered by the tests of the Verilog.
"""

from __future__ import annotations

import re

_CELL = re.compile(r"  cell \$(\w+) (\S+)\n((?:    .*\n)*)  end\n")
_FIELD = re.compile(r"    (?:parameter|connect) \\(\w+) (.*)\n")
_PORT = re.compile(r"(?m)^(  wire width \d+ (?:input|output)) (\d+) ")
_OUTPUT = re.compile(r"(?m)^  wire width \d+ output \d+ +(\S+)$")
_DECLARATION = re.compile(r"  wire .*?(\S+)$")
_ALIAS = re.compile(r"(?m)^connect (\\\S+) (\S+) \[(?:(\d+):)?0\]\n")
_SUM = re.compile(r"  cell \$add \S+\n(?:    (?!connect \\Y).*\n)*    connect \\Y (\S+)\n")
_WIRE = re.compile(r"(?<= )[\\$]\S+")
_ONE_BIT_GATES = ("reduce_and", "reduce_or", "reduce_xor", "reduce_bool")
_COMPARISONS = ("ge", "gt")


def tidy(text: str, top: str) -> str:
    r"""Return RTLIL whose Verilog is plain.

    - Modules ``\top.layer`` become ``\top_layer``, which needs no escaping.
    - Ports count from 1, so that Yosys keeps their order (it takes 0 for unnumbered).
    - Gates of one bit become wires.
    - The net of a layer that is a whole output port keeps its name; the port copies it.
    - Sums that were cut to the width they need are made of that width at once.
    - Operands of sums and comparisons are extended explicitly: their implicit extension is what
      ``WIDTHEXPAND`` warns of.
    """
    text = re.sub(rf"(?m)^(module|  cell) \\{re.escape(top)}\.", rf"\1 \\{top}_", text)
    text = _PORT.sub(lambda found: f"{found[1]} {int(found[2]) + 1} ", text)
    modules = re.split(r"(?m)^(?=module )", text)
    return "".join(_tidy_module(module) for module in modules)


def _tidy_module(text: str) -> str:
    """Return one module with its names and cells made ready."""
    sums = set(_SUM.findall(text)) if "cell $add" in text else set()
    outputs = set(_OUTPUT.findall(text))
    names: dict[str, str] = {}
    widths: dict[str, int] = {}
    wires: list[str] = []
    for found in _ALIAS.finditer(text):
        name, whole, most = found.groups()
        if whole in sums and whole not in names:
            names[whole] = name
            widths[name] = int(most or 0) + 1
        elif whole in outputs and whole not in names and name not in outputs:
            names[whole] = name
            wires.append(f"connect {whole} {name}\n")
    if names:
        text = _rename(text, names)

    def cell(found: re.Match[str]) -> str:
        return _tidy_cell(found, widths, wires)

    text = _CELL.sub(cell, text)
    return re.sub(r"(?m)^end\n", lambda end: "".join(wires) + end[0], text)


def _rename(text: str, names: dict[str, str]) -> str:
    """Return a module in which wires have other names; ports stay declared, other wires not."""
    lines = []
    for line in text.splitlines(keepends=True):
        declared = _DECLARATION.match(line)
        alias = _ALIAS.match(line)
        if declared:
            if not (declared[1] in names and declared[1].startswith("$")):
                lines.append(line)
        elif not (alias and names.get(alias[2]) == alias[1]):
            lines.append(_WIRE.sub(lambda found: names.get(found[0], found[0]), line))
    return "".join(lines)


def _tidy_cell(found: re.Match[str], widths: dict[str, int], wires: list[str]) -> str:
    """Return a cell's new text; ``wires`` collects the connections that replace gates."""
    type_, name, body = found.groups()
    if type_ in _ONE_BIT_GATES:
        if "\\A_WIDTH 1\n" not in body:
            return found[0]
        fields = dict(_FIELD.findall(body))
        wires.append(f"connect {fields['Y']} {fields['A']}\n")
        return ""
    if type_ != "add" and type_ not in _COMPARISONS:
        return found[0]
    fields = dict(_FIELD.findall(body))
    a, b = int(fields["A_WIDTH"]), int(fields["B_WIDTH"])
    if type_ == "add":
        result = width = widths.get(fields["Y"], int(fields["Y_WIDTH"]))
    else:
        result, width = 1, max(a, b)
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
