"""Which carries share a logic cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from db2hdl_hw.synth import synthesise
from db2hdl_hw.synth.carries import lone_carries


def cell(kind: str, **pins: int) -> dict[str, Any]:
    return {"type": kind, "connections": {pin: [net] for pin, net in pins.items()}}


CARRY = cell("SB_CARRY", I0=2, I1=3, CI=4, CO=5)


def test_a_lut_of_the_same_nets_takes_a_carry_in_once() -> None:
    lut = cell("SB_LUT4", I0=9, I1=2, I2=3, I3=4, O=6)
    swapped = cell("SB_LUT4", I0=9, I1=3, I2=2, I3=4, O=7)
    assert lone_carries([CARRY, lut]) == 0
    assert lone_carries([CARRY, swapped]) == 0
    assert lone_carries([CARRY, CARRY, lut]) == 1
    assert lone_carries([CARRY, CARRY, lut, swapped]) == 0


def test_a_lut_of_other_nets_does_not() -> None:
    assert lone_carries([CARRY, cell("SB_LUT4", I0=2, I1=3, I2=4, I3=8, O=6)]) == 1
    assert lone_carries([CARRY]) == 1 and lone_carries([]) == 0


def test_an_adder_shares_and_a_comparison_does_not(tmp_path: Path) -> None:
    def alone(text: str) -> tuple[int, int]:
        (tmp_path / "top.v").write_text(text)
        made = synthesise([tmp_path / "top.v"], "top", "ice40", keep_hierarchy=False)
        assert made.logic_cells == made.count.luts + made.count.alone
        return made.count.carries, made.count.alone

    ports = "module top(input [7:0] a, input [7:0] b, output [8:0] y);"
    carries, lone = alone(f"{ports} assign y = a + b; endmodule\n")
    assert lone <= 1 < carries
    carries, lone = alone(f"{ports} assign y = a < b; endmodule\n")
    assert lone == carries > 1
