"""The outcome of simulations as JSON and as JUnit XML; the same but for the durations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from db2hdl_hw.files import whole_file
from db2hdl_sim.result import FirstDifference, Mismatch, SimResult

FORMAT = "db2hdl-sim"
VERSION = 1


def to_json(results: Sequence[SimResult]) -> dict[str, Any]:
    """Return the outcome as plain values.

    ``{"format": "db2hdl-sim", "version": 1, "passed": bool, "runs": [...]}``, each run with
    ``top``, ``simulator``, ``passed``, ``vectors``, ``mismatches``, ``sources`` (``name``,
    ``vectors``, ``mismatches``), ``described`` (the first mismatches: ``index``, ``label``,
    ``inputs``, ``expected``, ``got`` by port, ``features`` by original name), ``first`` (null, or
    ``index``, ``label``, ``layer``, ``bit``, ``net``, ``expected``, ``got``), ``waves`` (null or
    a path), ``build_seconds``, ``run_seconds``.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "passed": bool(results) and all(result.passed for result in results),
        "runs": [_run(result) for result in results],
    }


def _run(result: SimResult) -> dict[str, Any]:
    data = asdict(result)
    data["waves"] = None if result.waves is None else str(result.waves)
    data["passed"] = result.passed
    data["build_seconds"] = round(result.build_seconds, 3)
    data["run_seconds"] = round(result.run_seconds, 3)
    for one in data["described"]:
        del one["source"]
    return data


def to_junit(results: Sequence[SimResult]) -> str:
    """Return JUnit XML: a suite for each simulator, a case for each source of vectors."""
    root = ElementTree.Element("testsuites")
    for result in results:
        wrong = sum(source.mismatches > 0 for source in result.sources)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{result.top} on {result.simulator}",
            tests=str(len(result.sources)),
            failures=str(wrong),
            errors="0",
            time=f"{result.build_seconds + result.run_seconds:.3f}",
        )
        for number in range(len(result.sources)):
            _case(suite, result, number)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _case(suite: ElementTree.Element, result: SimResult, number: int) -> None:
    source = result.sources[number]
    case = ElementTree.SubElement(suite, "testcase", classname=result.top, name=source.name)
    if not source.mismatches:
        return
    failure = ElementTree.SubElement(
        case,
        "failure",
        type="mismatch",
        message=f"{source.mismatches} of {source.vectors} vectors differ",
    )
    described = [one for one in result.described if one.source == number]
    lines = [describe(one, result.first) for one in described]
    left = source.mismatches - len(described)
    failure.text = "\n".join([*lines, f"and {left} more"] if left else lines)


def describe(one: Mismatch, first: FirstDifference | None = None) -> str:
    """Return a mismatch in one line, with the place where it begins if that is known."""
    parts = [f"{one.label}: inputs {_values(one.features or one.inputs)}"]
    wrong = [name for name in one.expected if one.expected[name] != one.got[name]]
    parts += [f"{name} expected {one.expected[name]}, got {one.got[name]}" for name in wrong]
    if first is not None and first.index == one.index:
        parts.append(
            f"first difference in layer {first.layer}, bit {first.bit}, net {first.net}: "
            f"expected {first.expected}, got {first.got}"
        )
    return "; ".join(parts)


def _values(values: Mapping[str, object]) -> str:
    shown = [f"{name}={value}" for name, value in values.items()]
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")


def write_reports(folder: Path, results: Sequence[SimResult]) -> None:
    """Write ``sim.json`` and ``sim.xml`` into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_json(results), indent=1, ensure_ascii=False) + "\n"
    for name, content in (("sim.json", text), ("sim.xml", to_junit(results))):
        with whole_file(folder / name) as temporary:
            temporary.write_text(content, encoding="utf-8")
