"""Name the place where a circuit leaves the reference: rebuild, replay, look inside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_sim.bench.reference import words
from db2hdl_sim.job import SimJob
from db2hdl_sim.process import Progress
from db2hdl_sim.result import FirstDifference
from db2hdl_sim.runner import run_bench
from db2hdl_sim.wrapper import present, wrap

PEEK = "db2hdl_sim.bench.peek"
OUTPUT = "output"
"""What the stage behind the last layer is called."""


@dataclass(frozen=True)
class Layer:
    """A layer of ``nets.json``: the path of each bit, ``"0"``, ``"1"``, or None if not there."""

    name: str
    nets: tuple[str | None, ...]


@dataclass(frozen=True)
class Stage:
    """What comes after the layers: the path of each bit, and what it must be."""

    name: str
    nets: list[str]
    bits: list[bool]


def localise(
    job: SimJob,
    index: int,
    activations: Mapping[str, Sequence[bool]],
    progress: Progress | None = None,
    *,
    after: Sequence[Stage] = (),
) -> FirstDifference | None:
    """Return the first layer and net that are wrong at one vector.

    The design is built again inside a module that shows all nets of ``nets.json``, and the vector
    replayed with the one before it.

    Parameters
    ----------
    job : SimJob
        With ``nets``.
    index : int
        Of a vector with a mismatch.
    activations : mapping of layer name to its bits
        What the hard reference has in each layer at this vector, bits in C order.
    progress : callable, optional
        As of ``simulate``.
    after : sequence of Stage
        What the circuit has between the layers and the outputs: counts, argmax.

    Returns
    -------
    FirstDifference or None
        Its layer is ``output`` if all layers and stages agree but the output does not. None if
        the output agrees now: the mismatch did not repeat.

    Raises
    ------
    InputError
        If ``nets.json`` is missing, unreadable, or not of the activations' model.
    ToolError
        If the simulator failed, or none of the nets is in the RTL.
    """
    if not 0 <= index < job.vectors:
        raise InputError(f"there is no vector {index}, only 0..{job.vectors - 1}")
    layers = _read_nets(job.nets)
    _check_activations(layers, activations, job.nets)
    listed = {net for layer in layers for net in layer.nets if net not in (None, "0", "1")}
    listed |= {net for one in after for net in one.nets}
    paths = present(job, sorted(net for net in listed if net is not None))
    outcome = run_bench(
        wrap(replace(job, waves=False), paths),
        PEEK,
        "nets",
        replay={"first": max(0, index - 1), "last": index},
        progress=progress,
    )
    if outcome.failed:
        raise ToolError(f"{outcome.tool}: the replay failed; log: {outcome.folder / 'run.log'}")
    low_first: str = outcome.answer["output"][::-1]
    output = _first_output(job, index, low_first)
    if output is None:
        return None
    if listed and not paths:
        raise ToolError(f"none of the nets in {job.nets} is in the RTL; export the model again")
    values = dict(zip(paths, low_first[job.output_width :], strict=True))
    found = _first_layer(job, index, layers, values, activations)
    if found is None and after:
        stages = [Layer(one.name, tuple(one.nets)) for one in after]
        bits = {one.name: one.bits for one in after}
        found = _first_layer(job, index, stages, values, bits)
    return found or output


def _read_nets(path: Path | None) -> list[Layer]:
    if path is None:
        raise InputError("without nets.json no layer can be named; export the model again")
    try:
        data = json.loads(path.read_text())
        layers = [Layer(layer["name"], tuple(layer["nets"])) for layer in data["layers"]]
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a net map: {error!r}") from error
    if not all(isinstance(net, str | None) for layer in layers for net in layer.nets):
        raise InputError(f"{path} is not a net map: a net is neither text nor null")
    return layers


def _check_activations(
    layers: Sequence[Layer], activations: Mapping[str, Sequence[bool]], path: Path | None
) -> None:
    for layer in layers:
        bits = activations.get(layer.name)
        if bits is None or len(bits) != len(layer.nets):
            have = "no such layer" if bits is None else f"{len(bits)} bits"
            raise InputError(
                f"{path}: layer {layer.name!r} has {len(layer.nets)} nets, but the model {have}; "
                "export the model again"
            )


def _first_layer(
    job: SimJob,
    index: int,
    layers: Sequence[Layer],
    values: Mapping[str, str],
    activations: Mapping[str, Sequence[bool]],
) -> FirstDifference | None:
    for layer in layers:
        for bit, (net, high) in enumerate(zip(layer.nets, activations[layer.name], strict=True)):
            if net is None:
                continue
            got = net if net in ("0", "1") else values.get(net)
            expected = "1" if high else "0"
            if got is not None and got != expected:
                name = f"constant {net}" if net in ("0", "1") else net
                label = job.place(index)[1]
                return FirstDifference(index, label, layer.name, bit, name, expected, got)
    return None


def _first_output(job: SimJob, index: int, low_first: str) -> FirstDifference | None:
    """Return the lowest wrong bit of the first wrong output port."""
    expected = format(words(job.expected, index, index)[0], f"0{job.output_width}b")
    place = 0
    for port in job.outputs:
        for bit in range(port.width):
            want, have = expected[-1 - place], low_first[place]
            if want != have:
                label = job.place(index)[1]
                return FirstDifference(index, label, OUTPUT, bit, port.name, want, have)
            place += 1
    return None
