"""A small net in hand-written Verilog, its answers in NumPy, and jobs made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from db2hdl_hw.emit.interface import Coding, InputPort, Interface, OutputPort
from db2hdl_hw.errors import ToolError
from db2hdl_sim.build import find_simulator
from db2hdl_sim.job import SimJob
from db2hdl_sim.prepare import make_job
from db2hdl_sim.stimulus import VectorSet, generate

Bits = NDArray[np.bool_]

RTL = """
module net_l0_xor(input [3:0] x, output l0_xor_0, output l0_xor_1);
  assign l0_xor_0 = x[0] ^ x[1];
  assign l0_xor_1 = x[2] ^ x[3];
endmodule
module net_l1_and(input l0_xor_0, input l0_xor_1, input [1:0] level,
                  output l1_and_0, output l1_and_1);
  assign l1_and_0 = l0_xor_0 & l0_xor_1;
  assign l1_and_1 = l0_xor_0 & (level >= 2'd2);
endmodule
module net(input [3:0] x, input [1:0] level, output [1:0] y, output [1:0] sum);
  wire l0_xor_0, l0_xor_1, l1_and_0, l1_and_1;
  net_l0_xor l0_xor(.x(x), .l0_xor_0(l0_xor_0), .l0_xor_1(l0_xor_1));
  net_l1_and l1_and(.l0_xor_0(l0_xor_0), .l0_xor_1(l0_xor_1), .level(level),
                    .l1_and_0(l1_and_0), .l1_and_1(l1_and_1));
  assign y = {l1_and_1, l1_and_0};
  assign sum = {1'b0, l1_and_0} + {1'b0, l1_and_1};
endmodule
"""

NETS = {
    "encoder": [*(f"net.x[{i}]" for i in range(4)), None],
    "l0_xor": ["net.l0_xor.l0_xor_0", "net.l0_xor.l0_xor_1", "0"],
    "l1_and": ["net.l1_and.l1_and_0", "l1_and.l1_and_1", "net.l0_xor.l0_xor_0"],
}


def layers(words: Bits) -> dict[str, Bits]:
    """What each layer has, [rows, bits]: the reference of these tests."""
    x, high = words[:, :4], words[:, 5:6]
    pair = x[:, 0::2] ^ x[:, 1::2]
    none = np.zeros((len(words), 1), bool)
    both = pair[:, :1] & np.concatenate([pair[:, 1:], high], axis=1)
    return {
        "encoder": np.concatenate([x, high], axis=1),
        "l0_xor": np.concatenate([pair, none], axis=1),
        "l1_and": np.concatenate([both, pair[:, :1]], axis=1),
    }


def answers(words: Bits) -> Bits:
    y = layers(words)["l1_and"][:, :2]
    total = y.sum(axis=1)
    return np.concatenate([y, (total[:, None] >> np.arange(2) & 1).astype(bool)], axis=1)


@dataclass
class Bundle:
    """A folder with RTL and a net map, and what it takes to make a job of it."""

    folder: Path
    interface: Interface = field(
        default_factory=lambda: Interface(
            top="net",
            model_hash="0",
            inputs=(
                InputPort("x", 4, ("a", "b", "c", "d")),
                InputPort("level", 2, ("level",), Coding(0.0, 1.0, 2)),
            ),
            outputs=(OutputPort("y", 2, "bits"), OutputPort("sum", 2, "bits")),
            classes=(),
        )
    )

    @property
    def rtl(self) -> Path:
        return self.folder / "rtl" / "net.v"

    def write(self, rtl: str = RTL) -> None:
        self.rtl.parent.mkdir(parents=True, exist_ok=True)
        self.rtl.write_text(rtl)
        data = {"layers": [{"name": name, "nets": nets} for name, nets in NETS.items()]}
        (self.folder / "rtl" / "nets.json").write_text(json.dumps(data))

    def flip(self, old: str, new: str) -> None:
        assert old in RTL
        self.write(RTL.replace(old, new, 1))

    def job(self, simulator: str, sets: list[VectorSet] | None = None, **more: Any) -> SimJob:
        chosen = generate(self.interface.inputs, 50, 3) if sets is None else sets
        words = np.concatenate([one.words for one in chosen])
        build = self.folder / "build"
        return make_job(
            self.interface,
            self.folder,
            chosen,
            answers(words),
            build,
            simulator=simulator,
            **more,
        )


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    made = Bundle(tmp_path / "bundle")
    made.write()
    return made


@pytest.fixture(scope="session")
def shared_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """One folder for all builds, because a simulator rebuilds faster than it builds."""
    return Bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def reused_bundle(shared_bundle: Bundle) -> Bundle:
    shared_bundle.write()
    return shared_bundle


@pytest.fixture
def activations() -> Callable[[Bits], dict[str, list[bool]]]:
    """The layers' bits at one word [width]."""
    return lambda word: {name: bits[0].tolist() for name, bits in layers(word[None]).items()}


def _need(simulator: str) -> str:
    try:
        find_simulator(simulator)
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return simulator


@pytest.fixture(params=["verilator", "icarus"])
def simulator(request: pytest.FixtureRequest) -> str:
    return _need(request.param)


@pytest.fixture
def icarus() -> str:
    return _need("icarus")


@pytest.fixture
def verilator() -> str:
    return _need("verilator")
