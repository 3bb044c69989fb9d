"""``db2hdl boards``: which boards there are."""

from __future__ import annotations

from db2hdl.cli.output import Output, table


def boards(out: Output) -> None:
    """List the boards: device, size, clock, and what makes their bitstreams."""
    from db2hdl_hw.boards.catalogue import BOARDS

    fields = ("name", "title", "device", "luts", "lut_inputs", "ffs", "clock_mhz", "flow")
    records = [
        {name: getattr(board, name) for name in fields} | {"bitstream": bool(board.bitstream)}
        for board in BOARDS.values()
    ]
    out.answer({"boards": records})
    rows = [
        [r["name"], r["device"], f"{r['luts']:,} LUT{r['lut_inputs']}", r["clock_mhz"], r["flow"]]
        for r in records
    ]
    out.show(table(["board", "device", "size", "MHz", "flow"], rows))
