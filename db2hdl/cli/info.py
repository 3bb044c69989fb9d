"""``db2hdl info``: what is in a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db2hdl.cli.output import Output, table
from db2hdl.exact_numbers import text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from db2hdl.features import Feature
    from db2hdl.hardnet import HardNet

MOST_FEATURES = 40
"""More features than this are shown only with --json."""

MOST_THRESHOLDS = 6


def info(
    out: Output,
    model: Annotated[Path, typer.Argument(help="A .dbnet file.", show_default=False)],
) -> None:
    """Show a model's layers, inputs, classes, hash and how it was trained."""
    from db2hdl.model_file import load, model_hash

    loaded = load(model)
    hard = loaded.hard
    result = {
        "model_hash": model_hash(hard),
        "features": _features(hard),
        "classes": list(hard.classes),
        "layers": _layers(hard),
        "weights": sum(int(w.size) for layer in hard.layers_ for w in layer.weights.values()),
        "test_rows": len(loaded.test_labels),
        "provenance": dict(loaded.provenance),
    }
    out.answer(result)
    out.say(f"{model}: {len(hard.features)} features, {len(hard.classes)} classes")
    out.say(f"model hash {result['model_hash']}, {len(loaded.test_labels)} test rows kept")
    headings = ["layer", "kind", "reads", "shape", "weights", "high"]
    out.show(table(headings, [_layer_row(layer) for layer in _layers(hard)], "Layers"))
    out.show(_feature_table(hard))
    if hard.classes:
        out.show(table(["class", "name"], list(enumerate(hard.classes)), "Classes"))
    if loaded.provenance:
        rows = sorted(_flat(loaded.provenance))
        out.show(table(["what", "value"], rows, "Training"))


def _layers(hard: HardNet) -> list[dict[str, Any]]:
    """Return a record for each layer; "high" counts the boolean weights that are true."""
    names = [layer.name for layer in hard.layers_]
    return [
        {
            "name": layer.name,
            "kind": layer.kind,
            "params": dict(layer.params),
            "reads": ["inputs" if i < 0 else names[i] for i in layer.inputs],
            "shape": list(shape),
            "weights": sum(int(w.size) for w in layer.weights.values()),
            "high": int(layer.weights["weight"].sum()) if "weight" in layer.weights else None,
        }
        for layer, shape in zip(hard.layers_, hard.shapes, strict=True)
    ]


def _layer_row(layer: dict[str, Any]) -> list[Any]:
    params = ", ".join(f"{key} = {value}" for key, value in layer["params"].items())
    return [
        layer["name"],
        layer["kind"] + (f" ({params})" if params else ""),
        ", ".join(layer["reads"]),
        " x ".join(map(str, layer["shape"])) or "1",
        layer["weights"],
        "" if layer["high"] is None else layer["high"],
    ]


def _features(hard: HardNet) -> list[dict[str, Any]]:
    """Return a record for each feature; a real one's thresholds are codes."""
    encoder = hard.layers_[0].weights
    feature, threshold = encoder["feature"], encoder["threshold"]
    records: list[dict[str, Any]] = []
    for i, f in enumerate(hard.features):
        record: dict[str, Any] = {"name": f.name, "kind": f.kind, "bits": f.bits}
        if f.kind == "real":
            codes = sorted(set(threshold[feature == i].tolist()))
            record |= {"offset": f.offset, "scale": f.scale, "thresholds": codes}
        records.append(record)
    return records


def _feature_table(hard: HardNet) -> RenderableType:
    headings = ["input", "name", "kind", "bits", "offset", "scale", "high from"]
    shown = zip(hard.features[:MOST_FEATURES], _features(hard), strict=False)
    rows = [[i, f.name, f.kind, f.bits, *_coding(f, r)] for i, (f, r) in enumerate(shown)]
    left_out = len(hard.features) - len(rows)
    title = "Features" + (f" (the first {MOST_FEATURES}; --json shows all)" if left_out else "")
    return table(headings, rows, title)


def _coding(feature: Feature, record: dict[str, Any]) -> list[str]:
    """Return offset, scale, and the least values that make each thermometer bit high."""
    if feature.kind != "real":
        return ["", "", ""]
    codes = [code for code in record["thresholds"] if 0 < code <= feature.top]
    values = ", ".join(_rounded(feature, code) for code in codes[:MOST_THRESHOLDS])
    more = ", …" if len(codes) > MOST_THRESHOLDS else ""
    return [text(feature.offset), text(feature.scale), values + more]


def _rounded(feature: Feature, threshold: int) -> str:
    """Return a threshold in the fewest digits, at least five, within 1/16 of a step of the code."""
    value = feature.threshold_value(threshold)
    if isinstance(value, int):
        return text(value)
    shown = (text(float(f"{value:.{digits}g}")) for digits in range(5, 18))
    return next(t for t in shown if abs(float(t) - value) <= feature.scale / 16)


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested records as lines of dotted name and value."""
    if not hasattr(value, "items"):
        return [(name, str(value))]
    pairs = [_flat(inner, f"{name}.{key}" if name else str(key)) for key, inner in value.items()]
    return [line for lines in pairs for line in lines]
