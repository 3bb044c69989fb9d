"""The outcome of simulations as plain values and as JUnit cases; the same but for durations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from db2hdl_hw.emit.evidence import Case
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
    a path), ``latency`` (null, or ``stated``, ``valid``, ``data``, ``wrong``),
    ``build_seconds``, ``run_seconds``.
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


def to_cases(results: Sequence[SimResult]) -> list[Case]:
    """Return JUnit cases: a suite for each simulator, a case for each source of vectors.

    A pipelined top has one more, ``latency``.
    """
    cases = [_case(result, number) for result in results for number in range(len(result.sources))]
    return cases + [_latency(result) for result in results if result.latency is not None]


def _latency(result: SimResult) -> Case:
    suite, fault = f"{result.top} on {result.simulator}", result.latency_fault
    return Case("latency", suite, "failure", fault, fault) if fault else Case("latency", suite)


def _case(result: SimResult, number: int) -> Case:
    source = result.sources[number]
    suite = f"{result.top} on {result.simulator}"
    share = source.vectors / max(1, result.vectors)
    seconds = share * (result.build_seconds + result.run_seconds)
    if not source.mismatches:
        return Case(source.name, suite, seconds=seconds)
    described = [one for one in result.described if one.source == number]
    lines = [describe(one, result.first) for one in described]
    left = source.mismatches - len(described)
    text = "\n".join([*lines, f"and {left} more"] if left else lines)
    message = f"{source.mismatches} of {source.vectors} vectors differ"
    return Case(source.name, suite, "failure", message, text, seconds)


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
