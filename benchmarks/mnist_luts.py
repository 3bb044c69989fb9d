"""What models cost on xc7 by Yosys: encoder, each layer, count, argmax, and all in.

    python benchmarks/mnist_luts.py MODEL.dbnet [MODEL.dbnet ...]

*All in* is the flat netlist, in which Yosys optimises across the parts; the parts are counted in a
second run that keeps the modules, so that they do not add up to it. LUTs are LUT1 to LUT6. Results
are kept in the cache of ``db2hdl_hw.synth``. Without arguments a small random net is counted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from db2hdl.bundle import bundle_parts
from db2hdl.hardnet import HardLayer, HardNet, bit_features
from db2hdl.model_file import Model, as_model, load
from db2hdl_hw.synth import synthesise


def small() -> Model:
    """A random net of 60 LUT6 and 10 classes."""
    rng = np.random.default_rng(0)
    encoder = {"feature": np.arange(64), "threshold": np.ones(64, np.int64)}
    lut = {
        "weight": rng.random((60, 64)) < 0.5,
        "wires": rng.integers(0, 64, (60, 6)).astype(np.int32),
    }
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_lut", "lut", (0,), {}, lut),
        HardLayer("l1_class_head", "class_head", (1,), {"classes": 10}),
    )
    return as_model(HardNet(bit_features(64), layers, tuple("0123456789")))


def count(name: str, model: Model) -> None:
    """Print the costs of one model."""
    parts = bundle_parts(model, top="top")
    with tempfile.TemporaryDirectory() as folder:
        rtl = Path(folder) / "top.v"
        rtl.write_bytes(parts["rtl/top.v"])
        flat = synthesise([rtl], "top", "xc7", keep_hierarchy=False)
        split = synthesise([rtl], "top", "xc7", keep_hierarchy=True)
    print(f"{name}: yosys {flat.versions}, {flat.command}")
    for module, cost in split.stats.items():
        part = module.removeprefix("top_") if module != "top" else "(top)"
        print(f"  {part:20} {cost.luts:6} LUT {cost.carries:5} CARRY4")
    total = flat.count
    print(
        f"  {'all in, flat':20} {total.luts:6} LUT {total.carries:5} CARRY4 {total.muxes:5} MUXF, "
        f"{total.depth} LUTs deep, {flat.logic_cells} logic cells by Yosys' estimate"
    )


def main() -> None:
    """Count the models given."""
    if len(sys.argv) == 1:
        count("random, 60 LUT6", small())
    for path in sys.argv[1:]:
        count(path, load(path))


if __name__ == "__main__":
    main()
