"""Every port bit gets a buffer, the logic keeps its nets."""

import json

import pytest

from db2hdl_hw.boards.pads import add_pads
from db2hdl_hw.errors import SynthesisError

NETLIST = {
    "modules": {
        "top": {
            "ports": {
                "rx": {"direction": "input", "bits": [2]},
                "tx": {"direction": "output", "bits": [3]},
                "high": {"direction": "output", "bits": ["1"]},
            },
            "cells": {"inv": {"type": "LUT1", "connections": {"I0": [2], "F": [3]}}},
            "netnames": {
                "rx": {"bits": [2]},
                "tx": {"bits": [3]},
                "high": {"bits": ["1"]},
                "other": {"bits": [9]},
            },
        }
    }
}


def test_ports_are_behind_buffers(tmp_path):
    file = tmp_path / "n.json"
    file.write_text(json.dumps(NETLIST))
    add_pads(file, "top")
    top = json.loads(file.read_text())["modules"]["top"]
    cells = {name: (c["type"], c["connections"]) for name, c in top["cells"].items()}
    assert cells["inv"] == ("LUT1", {"I0": [2], "F": [3]})
    assert cells["rx_0_pad"] == ("IBUF", {"I": [10], "O": [2]})
    assert cells["tx_0_pad"] == ("OBUF", {"O": [11], "I": [3]})
    assert cells["high_0_pad"] == ("OBUF", {"O": [12], "I": ["1"]})
    assert {name: port["bits"] for name, port in top["ports"].items()} == {
        "rx": [10],
        "tx": [11],
        "high": [12],
    }
    assert top["netnames"]["tx"]["bits"] == [11]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"modules": {"top": {}}}'])
def test_what_is_no_netlist_is_told(tmp_path, text):
    file = tmp_path / "n.json"
    file.write_text(text)
    with pytest.raises(SynthesisError, match=r"cannot read the netlist that Yosys wrote, .*n.json"):
        add_pads(file, "top")
