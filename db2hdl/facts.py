"""What a bundle's datasheet says of a model: its data, accuracy, size, and a coded example."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

import numpy as np

from db2hdl.features import Feature, encode_rows
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model
from db2hdl_hw.emit.companions import Facts, VectorSet
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.stats import stats

TEST_VECTORS = VectorSet("test", "The coded test rows of the model", 1)


def facts(model: Model, netlist: Netlist, faults: str = "") -> Facts:
    """Return the facts of a datasheet; the accuracy is the reference's on the kept test rows.

    ``faults`` says what the vectors catch.
    """
    size = stats(netlist)
    return Facts(
        trained_on=_trained_on(model),
        accuracy=_accuracy(model),
        cost=(
            f"{size.cells} cells, {size.depth} deep, before synthesis; not measured in LUTs here "
            "(`db2hdl synth` measures, results go to `evidence/`)"
        ),
        made_by=f"db2hdl {version('db2hdl')}",
        example=coding_example(model.hard),
        faults=faults or "not measured: no vectors were made for them",
    )


DIRECTED_VECTORS = VectorSet("directed", "Inputs that show faults which the others miss", 1)


def vector_sets(model: Model, directed: int = 0) -> tuple[VectorSet, ...]:
    """Return the vector files of a bundle: of the model's own test rows, and directed ones."""
    rows = {TEST_VECTORS: len(model.test_codes), DIRECTED_VECTORS: directed}
    return tuple(VectorSet(each.name, each.what, count) for each, count in rows.items() if count)


def coding_example(hard: HardNet) -> str:
    """Return a sentence with the code of one value of the first real feature, or nothing.

    The value lies two thirds up the range and is rounded to three digits, as a reader would
    take it from an instrument, unless that leads out of the range; the code is what the
    reference's own encoder makes of it.
    """
    real = [feature for feature in hard.features if feature.kind == "real"]
    if not real:
        return ""
    feature = real[0]
    value = feature.code_value(feature.top * 2 // 3)
    if feature.step(float(f"{value:.3g}")) in range(1, feature.top):
        value = float(f"{value:.3g}")
    code = _code(feature, value)
    return (
        f"{feature.name} = {value!r} has the code {code}, "
        f"in {feature.bits} bits {code:0{feature.bits}b}."
    )


def _code(feature: Feature, value: float) -> int:
    return int(encode_rows((feature,), [[value]])[0, 0])


def _trained_on(model: Model) -> str:
    known: Mapping[str, object] = model.provenance
    rows = known.get("rows")
    if not known.get("data"):
        return "unknown: the model file does not say"
    count = f", {rows.get('train')} rows" if isinstance(rows, Mapping) else ""
    return f"{known['data']}{count}"


def _accuracy(model: Model) -> str:
    """Return the accuracy of the boolean reference on the test rows that the model keeps."""
    if not len(model.test_codes) or not model.hard.classes:
        return "unknown: the model keeps no test rows with classes"
    right = np.concatenate(
        [
            model.hard.predict(model.test_codes[start : start + 1024])
            == model.test_labels[start : start + 1024]
            for start in range(0, len(model.test_codes), 1024)
        ]
    )
    return f"{100 * right.mean():.2f} % of {len(right)} rows, by the boolean reference"
