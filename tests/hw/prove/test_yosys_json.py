"""Yosys' JSON as a circuit: unknown bits are free, each by itself; strange cells are refused."""

import json
from typing import Any

import pytest

from db2hdl_hw.errors import MismatchError, NotProvedError
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.yosys_json import read_json


def cell(kind: str, y: int, **inputs: Any) -> dict[str, Any]:
    ports = {**inputs, "Y": y}
    return {
        "type": kind,
        "parameters": {f"{port}_WIDTH": f"{1:032b}" for port in ports},
        "port_directions": {**dict.fromkeys(inputs, "input"), "Y": "output"},
        "connections": {port: [bit] for port, bit in ports.items()},
    }


def netlist(*cells: dict[str, Any], y: Any = 3) -> str:
    ports = {
        "undriven": {"direction": "input", "bits": [2]},
        "y": {"direction": "output", "bits": [y]},
    }
    module = {
        "ports": ports,
        "cells": {f"c{n}": one for n, one in enumerate(cells)},
        "netnames": {},
    }
    return json.dumps({"modules": {"top": module}})


def y_of(text: str, graph: Graph, **options: Any) -> int:
    read = read_json(text, "top", graph, {"undriven": 1}, {"y": 1}, **options)
    return read.circuit.outputs["y"][0]


def test_two_unknown_bits_are_not_the_same_bit() -> None:
    assert y_of(netlist(cell("$xor", 3, A="x", B="x")), Graph()) > 1
    assert y_of(netlist(cell("$xor", 3, A=2, B=2)), Graph()) == 0


def test_nor_are_those_of_two_circuits() -> None:
    graph = Graph()
    assert y_of(netlist(y="x"), graph) != y_of(netlist(y="x"), graph)
    assert y_of(netlist(y=7), graph) != y_of(netlist(y=7), graph)


def test_an_undriven_net_is_no_input_of_the_same_name() -> None:
    """A user's input was once taken for the prover's name of net 0."""
    graph = Graph()
    text = netlist(cell("$xor", 3, A=2, B=0), y=3)
    assert y_of(text, graph) not in (0, 1)
    assert graph.inputs.keys() > {"undriven[0]"}


def test_before_synthesis_there_are_operators_only_and_no_undriven_net() -> None:
    lut = cell("SB_LUT4", 3, I0=2, I1="0", I2="0", I3="0")
    with pytest.raises(NotProvedError, match="'SB_LUT4' is not known"):
        y_of(netlist(lut), Graph(), operators_only=True)
    with pytest.raises(MismatchError, match="nothing drives net 7"):
        y_of(netlist(y=7), Graph(), operators_only=True)
