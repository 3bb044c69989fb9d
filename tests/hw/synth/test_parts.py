"""A netlist that is put together of modules, each from the choice that suits it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db2hdl_hw.synth import Synthesis, synthesis, synthesise
from db2hdl_hw.synth.parts import BY_PARTS, merge

TEXT = """
module table6 (input [5:0] x, output y); assign y = 64'h9669F00D12345678 >> x; endmodule
module gates (input [11:0] x, output y); assign y = &x[6:0] ^ |x[11:5]; endmodule
module top (input [17:0] x, output y, z, input c, output reg q);
  table6 one (x[5:0], y);
  gates other (x[17:6], z);
  always @(posedge c) q <= y;
endmodule
"""


@pytest.fixture
def made(tmp_path: Path) -> object:
    file = tmp_path / "top.v"
    file.write_text(TEXT)

    def run(target: str, choice: str | None = None, *, keep: bool = False) -> Synthesis:
        cache = tmp_path / "cache"
        return synthesise([file], "top", target, keep_hierarchy=keep, cache=cache, choice=choice)

    return run


@pytest.mark.parametrize("target", ["ecp5", "gowin"])
def test_each_module_has_the_choice_that_suits_it(made, target: str) -> None:
    apart = [made(target, choice, keep=True).stats for choice in ("-nowidelut", "")]
    best = {name: min(one[name].luts for one in apart) for name in apart[0]}
    kept = made(target, BY_PARTS, keep=True)
    assert {name: count.luts for name, count in kept.stats.items()} == best
    flat = made(target, BY_PARTS)
    assert flat.choice == BY_PARTS and list(flat.stats) == ["top"]
    assert flat.count.luts == sum(best.values()) and flat.count.ffs == 1
    assert flat.count.luts <= min(made(target, choice).count.luts for choice in ("-nowidelut", ""))
    assert "module top" in flat.netlist_verilog.read_text()
    assert "module LUT4" not in flat.netlist_verilog.read_text()
    assert list(json.loads(flat.netlist_json.read_text())["modules"]) == ["top"]


def test_large_flat_netlists_only_are_compared_with_their_parts(
    made, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    together = synthesis._Job.put_together
    monkeypatch.setattr(
        synthesis._Job,
        "put_together",
        lambda job, flat: asked.append(flat) or together(job, flat=flat),
    )
    whole = made("ecp5")
    assert asked == [] and whole.choice != BY_PARTS
    monkeypatch.setattr(synthesis, "PARTS_FROM", whole.count.luts)
    assert made("ecp5").count.luts <= whole.count.luts and asked == [True]
    assert made("ice40").choice == "" and asked == [True]  # iCE40 has no choices to combine


def test_of_equal_modules_the_first_is_taken(made) -> None:
    one = made("ecp5", "-nowidelut", keep=True)
    other = made("ecp5", "", keep=True)
    merged = json.loads(merge([one.netlist_json, one.netlist_json], [one.stats, other.stats]))
    first = json.loads(one.netlist_json.read_text())
    assert merged["modules"] == {name: first["modules"][name] for name in one.stats}
