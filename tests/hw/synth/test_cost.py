"""The cost of a core is split into its parts."""

from __future__ import annotations

from pathlib import Path

from db2hdl_hw.synth import cost

TEXT = """
module core__count(input [3:0] a, output y); assign y = ^a; endmodule
module core_encoder(input [3:0] a, output [3:0] y); assign y = a ^ {a[0], a[3:1]}; endmodule
module core__l0_and(input [3:0] a, output [3:0] y); assign y = a & {a[1:0], a[3:2]}; endmodule
module core(input [3:0] a, output y);
  wire [3:0] u, v;
  core_encoder encoder (a, u);
  core__l0_and l0_and (u, v);
  core__count count (v, y);
endmodule
"""


def test_parts_are_in_order_and_the_total_is_flat(tmp_path: Path) -> None:
    file = tmp_path / "core.v"
    file.write_text(TEXT)
    told: list[str] = []
    found = cost([file], "core", "ice40", ["l0_and"], cache=tmp_path / "c", progress=told.append)
    assert list(found.parts) == ["encoder", "l0_and", "count"]
    assert [part.luts for part in found.parts.values()] == [4, 2, 1]
    assert found.total.luts < 7 and found.total.depth <= 2
    assert [text.rsplit(", ", 1)[1] for text in told] == ["flat", "part by part"]
    record = found.as_json()
    assert (
        record["parts"]["count"]["luts"] == 1 and record["total"]["logic_cells"] == found.total.luts
    )
