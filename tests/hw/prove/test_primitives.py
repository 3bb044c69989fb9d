"""Primitives mean what the vendors' models that Yosys brings say, for all inputs."""

import numpy as np
import pytest

from db2hdl_hw.prove.circuit import pairs
from db2hdl_hw.prove.equal import PROVED, prove_equal
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.yosys import run_yosys
from db2hdl_hw.prove.yosys_json import read_json
from db2hdl_hw.synth.yosys import find_yosys

RNG = np.random.default_rng(0)


def table(bits):
    return f"{1 << bits}'b" + "".join(RNG.choice(["0", "1"], 1 << bits))


def luts(name, bits, output, parameter, ports):
    return [(name, {parameter: table(bits)}, ports[:bits], [output]) for _ in range(2)]


def lattice_carry(one, two):
    params = {"INIT0": table(4), "INIT1": table(4), "INJECT1_0": one, "INJECT1_1": two}
    ports = ["CIN", *(f"{x}{i}" for i in (0, 1) for x in "ABCD")]
    return ("CCU2C", params, ports, ["S0", "S1", "COUT"])


X = [f"I{i}" for i in range(6)]
CELLS = {
    "ice40": [
        *luts("SB_LUT4", 4, "O", "LUT_INIT", X),
        ("SB_CARRY", {}, ["I0", "I1", "CI"], ["CO"]),
    ],
    "ecp5": [
        *luts("LUT4", 4, "Z", "INIT", list("ABCD")),
        ("PFUMX", {}, ["ALUT", "BLUT", "C0"], ["Z"]),
        ("L6MUX21", {}, ["D0", "D1", "SD"], ["Z"]),
        *(lattice_carry(a, b) for a in ('"YES"', '"NO"') for b in ('"YES"', '"NO"')),
    ],
    "gowin": [
        *(one for k in (1, 2, 3, 4) for one in luts(f"LUT{k}", k, "F", "INIT", X)),
        *((f"MUX2_LUT{k}", {}, ["I0", "I1", "S0"], ["O"]) for k in (5, 6, 7, 8)),
        *(
            ("ALU", {"ALU_MODE": str(mode)}, ["I0", "I1", "I3", "CIN"], ["SUM", "COUT"])
            for mode in range(4)
        ),
    ],
    "xilinx": [
        *(one for k in range(1, 7) for one in luts(f"LUT{k}", k, "O", "INIT", X)),
        *((f"MUXF{k}", {}, ["I0", "I1", "S"], ["O"]) for k in (7, 8)),
        ("INV", {}, ["I"], ["O"]),
        ("CARRY4", {}, ["CI", "CYINIT", "DI[4]", "S[4]"], ["O[4]", "CO[4]"]),
    ],
}


def width(port):
    return int(port[:-1].partition("[")[2] or 1) if port.endswith("]") else 1


def wrapper(cells):
    """Verilog with one instance of each, its ports, and their widths."""
    ports, body, inputs, outputs = [], [], {}, {}
    for number, (kind, params, reads, drives) in enumerate(cells):
        wires = []
        for direction, names, widths in (("input", reads, inputs), ("output", drives, outputs)):
            for name in names:
                plain, full = name.partition("[")[0], f"u{number}_{name.partition('[')[0]}"
                widths[full] = width(name)
                ports.append(f"{direction} [{width(name) - 1}:0] {full}")
                wires.append(f".{plain}({full})")
        given = ", ".join(f".{key}({value})" for key, value in params.items())
        body.append(f"{kind} #({given}) u{number} ({', '.join(wires)});")
    return f"module top({', '.join(ports)});\n" + "\n".join(body) + "\nendmodule\n", inputs, outputs


@pytest.mark.parametrize("family", CELLS)
def test_primitives_are_the_vendors_models(family):
    verilog, inputs, outputs = wrapper(CELLS[family])
    folder = find_yosys().share / family
    graph, sides = Graph(), []
    for option, rest in (("-lib", []), ("", ["proc", "flatten"])):
        commands = [
            f"read_verilog {option} -DNO_INCLUDES -I{folder} {folder / 'cells_sim.v'}",
            "read_verilog wrapper.v",
            "hierarchy -check -top top",
            *rest,
            "select -module top",
            "write_json -selected out.json",
        ]
        text = run_yosys(commands, {"wrapper.v": verilog}, "out.json")
        sides.append(read_json(text, "top", graph, inputs, outputs, exact=False))
    asked = pairs(sides[0].circuit.outputs, sides[1].circuit.outputs)
    assert prove_equal(graph, asked, engines=("sat",)).verdict == PROVED
