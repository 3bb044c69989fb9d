"""LUT6 of a trained net on xc7 by Yosys: encoder, layers, count, argmax, and all in one.

    python benchmarks/mnist_luts.py MODEL.dbnet [MODEL.dbnet …]

The circuit is built for xc7. "all" is the flat netlist, in which synthesis works across the
borders of the parts: it is the figure to quote. LC is Yosys' own estimate of 6-input logic cells.
Without a model nothing is measured, and that is said.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from db2hdl.bundle import bundle_parts
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model, load
from db2hdl_hw.synth import Cost, cost


def measure(model: Model, target: str = "xc7") -> Cost:
    """Synthesise the circuit that ``db2hdl export --target`` makes of a model."""
    bare = Model(model.hard, model.test_codes[:0], model.test_labels[:0], {})
    parts = bundle_parts(bare, top="top", target=target)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "top.v"
        file.write_bytes(parts["rtl/top.v"])
        layers = [layer.name for layer in model.hard.layers_]
        return cost([file], "top", target, layers)


def accuracy(model: Model) -> str:
    """Return the accuracy of the hard net on the rows in the model file."""
    if not len(model.test_labels):
        return "-"
    hard: HardNet = model.hard
    return f"{100 * float((hard.predict(model.test_codes) == model.test_labels).mean()):.2f}"


def main(paths: list[str]) -> None:
    if not paths:
        print("no model given: python benchmarks/mnist_luts.py MODEL.dbnet …; nothing was measured")
        return
    columns = [
        "model",
        "accuracy %",
        "encoder",
        "layers",
        "count",
        "argmax",
        "sum",
        "all",
        "LC",
        "depth",
    ]
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for path in paths:
        model = load(Path(path))
        found = measure(model)
        luts = {name: part.luts for name, part in found.parts.items()}
        ends = [luts.get(name, 0) for name in ("encoder", "count", "argmax")]
        total = sum(luts.values())
        row = [Path(path).stem, accuracy(model), ends[0], total - sum(ends), *ends[1:], total]
        row += [found.total.luts, found.flat.logic_cells or "-", found.total.depth]
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print(f"\n{found.flat.command}; {found.flat.versions}")


if __name__ == "__main__":
    main(sys.argv[1:])
