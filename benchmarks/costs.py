"""Five nets on four families, part by part, as ``db2hdl export`` and ``db2hdl synth`` have it.

    python benchmarks/costs.py [--nets small iris …] [--targets xc7 ice40 ecp5 gowin] [--stages 0 4]
        [--limit SECONDS]

Prints the tables of docs/reference/cost.md. Every figure is kept in build/five_nets/costs as it
comes, so that a run that was stopped goes on; a changed net, Verilog or Yosys is measured again.
The large nets take from minutes to half an hour for each family.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from five_nets import KEPT, MODELS

from db2hdl.bundle import export
from db2hdl.cost import synth
from db2hdl.lower import lower
from db2hdl.model_file import Model
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import SynthesisError
from db2hdl_hw.passes import optimise
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.synth import TARGETS
from db2hdl_hw.synth.estimate import estimate
from db2hdl_hw.synth.yosys import find_yosys

Record = Mapping[str, Any]
NONE = "-"
LIMIT = 300.0
"""Seconds for each place and route."""


def measure(name: str, model: Model, target: str, stages: int, limit: float) -> Record:
    """Return what ``db2hdl synth`` says of a net, and what ``db2hdl estimate`` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = export(
            model, Path(folder) / name, pipeline=Pipeline(stages), target=target, vector_seconds=0
        )
        bundle = Bundle.open(path)
        tool = find_yosys()
        seen = [bundle.rtl[0].read_text(), target, str(stages), tool.package, tool.version]
        file = KEPT / "costs" / f"{hashlib.sha256(chr(0).join(seen).encode()).hexdigest()}.json"
        if not file.is_file():
            print(f"{name}, {target}, {stages} stages …", file=sys.stderr, flush=True)
            try:
                record = synth(bundle, target, timeout=limit)
            except SynthesisError as error:
                print(f"  {error}", file=sys.stderr)
                record = synth(bundle, target, route=False) | {"failed": str(error)}
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(record, indent=1))
    guess = estimate(optimise(lower(model.hard)), target)
    kept: dict[str, Any] = json.loads(file.read_text())
    return kept | {"luts": guess.luts, "depth": guess.depth}


def speed(record: Record) -> list[str]:
    """Return Fmax in MHz and latency, or why there is none."""
    routed, cycles = record["routed"], record["latency"]
    clocks = f"{cycles} cycles" if cycles else NONE
    if record.get("failed"):
        return ["not routed", clocks]
    if routed is None:
        return [NONE, clocks]
    if not routed["fits"]:
        return ["does not fit", clocks]
    fmax = routed["fmax_mhz"]
    time = f"{1e3 * max(1, cycles) / fmax:.0f} ns"
    return [f"{fmax:.1f}", f"{clocks}, {time}" if cycles else time]


def total_row(name: str, target: str, stages: int, record: Record) -> str:
    """Return the line of a net on a target, all of it."""
    total = record["total"]
    cells = [name, target, stages, *(f"{total[n]:,}" for n in ("luts", "ffs", "carries"))]
    cells += [NONE if total["logic_cells"] is None else f"{total['logic_cells']:,}"]
    cells += [total["depth"], *speed(record)]
    if stages:
        cells += [NONE, NONE]
    else:
        off = 100 * (record["luts"] - total["luts"]) / total["luts"]
        cells += [f"{record['luts']:,} ({off:+.0f} %)", record["depth"]]
    return line(cells)


def part_rows(records: Mapping[str, Record]) -> list[str]:
    """Return the lines of a net's parts: LUTs, and flip-flops and depth where there are some."""
    parts = dict.fromkeys(part for record in records.values() for part in record["parts"])
    rows = [line(["part", *records]), line(["---"] * (1 + len(records)))]
    for part in parts:
        cells = [part]
        for record in records.values():
            count = record["parts"].get(part)
            text = NONE if count is None else f"{count['luts']:,}, depth {count['depth']}"
            cells.append(text + (f", {count['ffs']} FF" if count and count["ffs"] else ""))
        rows.append(line(cells))
    return rows


def line(cells: list[Any]) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Measure what is asked for, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    small = ["small", "noisy-xor", "iris"]
    parser.add_argument("--nets", nargs="+", default=small, choices=list(MODELS))
    parser.add_argument("--targets", nargs="+", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--stages", nargs="+", type=int, default=[0])
    parser.add_argument("--limit", type=float, default=LIMIT, help="of each place and route, s")
    options = parser.parse_args()
    heads = [
        "net",
        "target",
        "stages",
        "LUT",
        "FF",
        "carry",
        "logic cells",
        "depth",
        "Fmax MHz",
        "latency",
    ]
    heads += ["estimate", "its depth"]
    totals, parts = [line(heads), line(["---"] * len(heads))], []
    tools: dict[str, str] = {}
    for name in options.nets:
        model = MODELS[name]()
        for stages in options.stages:
            found = {
                target: measure(name, model, target, stages, options.limit)
                for target in options.targets
            }
            totals += [total_row(name, target, stages, one) for target, one in found.items()]
            parts += [f"\n{name}, {stages} stages:\n" if stages else f"\n{name}:\n"]
            parts += part_rows(found)
            for one in found.values():
                tools |= one["tools"] | ((one["routed"] or {}).get("tools") or {})
                print(one["command"], file=sys.stderr)
    print("\n".join(totals + parts))
    print("\n" + ", ".join(f"{tool} {number}" for tool, number in sorted(tools.items())))


if __name__ == "__main__":
    main()
