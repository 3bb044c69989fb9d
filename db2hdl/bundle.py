"""Export: a model becomes an IP bundle, a folder a hardware engineer can take away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from db2hdl import directed as made_vectors
from db2hdl.directed import SCORE, Directed
from db2hdl.facts import facts, vector_sets
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower, port_names
from db2hdl.model_file import Model, as_model, model_hash, to_bytes
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.axi_stream import axi_stream_parts
from db2hdl_hw.emit.bundle import DIRECTED
from db2hdl_hw.emit.companions import companions
from db2hdl_hw.emit.interface import (
    Clocking,
    Coding,
    InputPort,
    Interface,
    OutputPort,
    score_width,
)
from db2hdl_hw.emit.vectors import format_hex, format_labels
from db2hdl_hw.emit.words import Bits, pack_codes, pack_outputs, unpack_codes
from db2hdl_hw.errors import InputError, unknown
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.passes.stages import COMBINATIONAL, Pipeline

Progress = Callable[[str], None]

SHELLS = ("axi-stream",)
DATA_WIDTH = 32
"""Bits of a shell's streams, by default."""

VECTOR_SECONDS = made_vectors.SECONDS
"""The longest that directed vectors are made, by default."""

REGISTERED = ("register_input", "register_output")

OPTIONS: Mapping[str, type] = {
    **dict.fromkeys(("top", "target", "shell"), str),
    **dict.fromkeys(("class_bits", "scores", *REGISTERED), bool),
    **dict.fromkeys(("pipeline", "data_width", "vector_seconds"), int),
}
"""What a manifest may say of an export."""


def export(
    model: Model | HardNet,
    path: Path | str,
    *,
    top: str = "top",
    class_bits: bool = False,
    scores: bool = False,
    pipeline: Pipeline = COMBINATIONAL,
    target: str = "",
    shell: str = "",
    data_width: int = DATA_WIDTH,
    vector_seconds: int = VECTOR_SECONDS,
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the IP bundle (version 1) of a model into a new folder and return its path.

    The bundle has ``rtl/<top>.v``, ``rtl/nets.json``, ``model.dbnet``, ``interface.json``,
    ``manifest.json`` and, if the model keeps test rows, ``vectors/``; docs/reference/ports.md says
    what is in each. The same model gives the same bytes.

    Parameters
    ----------
    model : Model or HardNet
    path : path
        The folder to make; its parent must exist.
    top : str
        The name of the top module, a plain identifier.
    class_bits, scores : bool
        Whether to add these output ports to ``class_index``.
    pipeline : Pipeline
        How many registers are on the way; by default the core is combinational.
    target : str
        The FPGA family that counts are built for: ``ice40``, ``ecp5``, ``gowin`` or ``xc7``; by
        default what is good on all. The function is the same.
    shell : str
        ``axi-stream`` adds ``rtl/<top>_axis.v``, a shell around the core, and ``shell.json``.
    data_width : int
        Of the shell's streams, in bits.
    vector_seconds : int
        The longest that directed vectors are made, and once more as long to measure them; 0: none
        are made.
    force : bool
        Whether to replace a folder that exists.
    progress : callable, optional
        Told the name of each step as it begins.

    Raises
    ------
    InputError
        If the folder exists and ``force`` is off, cannot be written, or ``top`` is no identifier.
    ToolError
        If Yosys is missing.
    """
    from db2hdl_hw.emit.bundle import check_bundle_target, write_bundle

    path, model = Path(path), as_model(model)
    check_bundle_target(path, force=force)
    parts = bundle_parts(
        model,
        top=top,
        class_bits=class_bits,
        scores=scores,
        pipeline=pipeline,
        target=target,
        shell=shell,
        data_width=data_width,
        vector_seconds=vector_seconds,
        progress=progress,
    )
    write_bundle(path, parts, force=force)
    return path


def bundle_parts(
    model: Model,
    *,
    top: str,
    class_bits: bool = False,
    scores: bool = False,
    pipeline: Pipeline = COMBINATIONAL,
    target: str = "",
    shell: str = "",
    data_width: int = DATA_WIDTH,
    vector_seconds: int = 0,
    directed: Directed | None = None,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """Return the files of a bundle: path in the bundle -> bytes.

    ``directed`` are vectors beside the test rows, made earlier; without them they are made, if
    there are seconds for it. What they and the test rows show of faults is measured anew.
    """
    from db2hdl_hw.emit.verilog import to_verilog
    from db2hdl_hw.passes import optimise

    if shell and shell not in SHELLS:
        raise unknown("shell", shell, SHELLS)
    if vector_seconds < 0:
        raise InputError(f"{vector_seconds} seconds to make vectors: give 0 or more")
    tell = progress or (lambda step: None)
    hard = model.hard
    tell("lowering to a netlist")
    netlist = lower(hard, top=top, class_bits=class_bits, scores=scores)
    tell("optimising the netlist")
    netlist = optimise(netlist)
    interface = describe(hard, netlist, pipeline)
    tell("writing Verilog")
    versions = {"db2hdl": version("db2hdl")}
    verilog, nets = to_verilog(
        netlist,
        model_hash=interface.model_hash,
        versions=versions,
        pipeline=pipeline,
        target=target,
    )
    parts = {
        interface.rtl[0]: verilog.encode(),
        interface.nets: json.dumps({"layers": nets}, separators=(",", ":")).encode(),
        "model.dbnet": to_bytes(model),
        "interface.json": interface.dumps().encode(),
    }
    tests = _test_words(model, interface)
    directed, scored = _made(netlist, interface, tests, target, vector_seconds, directed, tell)
    tell("writing what goes beside it")
    said = made_vectors.sentence(scored) if scored else ""
    sets = vector_sets(model, len(directed.words))
    parts |= companions(interface, sets, facts(model, netlist, said))
    parts |= _vectors(model, interface, tests) | _directed(model.hard, interface, directed.words)
    if scored:
        parts[SCORE] = made_vectors.to_bytes(scored)
    options: dict[str, str | int | bool] = {"top": top, "class_bits": class_bits, "scores": scores}
    if pipeline.latency:
        options |= {"pipeline": pipeline.stages}
        options |= {name: getattr(pipeline, name) for name in REGISTERED}
    if target:
        options |= {"target": target}
    if shell:
        tell("writing the shell")
        parts |= axi_stream_parts(interface, data_width, versions)
        options |= {"shell": shell, "data_width": data_width}
    if vector_seconds:
        options |= {"vector_seconds": vector_seconds}
    made = manifest.make(parts, model_hash=interface.model_hash, options=options)
    return parts | {manifest.MANIFEST: made}


def _made(
    netlist: Netlist,
    interface: Interface,
    tests: Bits,
    target: str,
    seconds: int,
    known: Directed | None,
    tell: Progress,
) -> tuple[Directed, dict[str, Any] | None]:
    """Return the directed vectors, made if they are not known, and the score of all vectors."""
    if known is None and not seconds:
        return made_vectors.nothing(interface), None
    if known is not None and known.dead is None:
        return known, None
    circuit = made_vectors.circuit_of(netlist, interface, target)
    directed = known or made_vectors.make(circuit, interface, tests, seconds, tell)
    return directed, made_vectors.score(circuit, tests, directed, seconds)


def arguments(options: Mapping[str, str | int | bool]) -> dict[str, Any]:
    """Return the arguments of ``bundle_parts`` that make a bundle with these options again.

    Parameters
    ----------
    options : mapping
        Those in the bundle's manifest; a pipelined core's are ``pipeline``, its stages, and
        ``register_input`` and ``register_output``.

    Raises
    ------
    InputError
        If one is none of an export, or of another type.
    """
    for name, value in options.items():
        if type(value) is not OPTIONS.get(name):
            raise InputError(f"the manifest's option {name!r} is {value!r}; export the model again")
    plain = {name: value for name, value in options.items() if name not in REGISTERED}
    registered = {name: bool(options.get(name, False)) for name in REGISTERED}
    return plain | {"pipeline": Pipeline(int(options.get("pipeline", 0)), **registered)}


def describe(hard: HardNet, netlist: Netlist, pipeline: Pipeline = COMBINATIONAL) -> Interface:
    """Return the meaning of every port bit of the netlist of a hard net.

    Raises
    ------
    InputError
        If the top is called like a port of the pipeline.
    """
    clocking = Clocking() if pipeline.latency else None
    if clocking and netlist.top.lower() in clocking.names:
        raise InputError(f"top name {netlist.top!r} is the name of a port, too; choose another")
    by_port = {port: name for name, port in port_names(hard).items()}
    features = {feature.name: feature for feature in hard.features}
    booleans = tuple(feature.name for feature in hard.features if feature.kind == "bit")
    inputs = []
    for port in netlist.inputs:
        if not port.is_word:
            inputs.append(InputPort(port.name, port.width, booleans))
            continue
        feature = features[by_port[port.name]]
        coding = Coding(feature.offset, feature.scale, feature.bits)
        inputs.append(InputPort(port.name, port.width, (feature.name,), coding))
    return Interface(
        top=netlist.top,
        model_hash=model_hash(hard),
        inputs=tuple(inputs),
        outputs=tuple(_output(hard, name) for name in netlist.outputs),
        classes=hard.classes,
        latency=pipeline.latency,
        clocking=clocking,
    )


def output_values(hard: HardNet, codes: np.ndarray, interface: Interface) -> np.ndarray:
    """Return the expected output words, booleans [rows, output_width], from the reference."""
    reference = {
        "class_index": hard.predict,
        "class_bits": hard.bits,
        "scores": hard.scores,
        "y": hard.bits,
    }
    values = {port.name: reference[port.name](codes) for port in interface.outputs}
    return pack_outputs(interface, values)


def _output(hard: HardNet, name: str) -> OutputPort:
    bits = int(np.prod(hard.shapes[-1]))
    if name == "class_index":
        return OutputPort(name, hard.class_index_width, "index")
    if name == "scores":
        width = score_width(bits // len(hard.classes))
        return OutputPort(name, width * len(hard.classes), "scores", width)
    return OutputPort(name, bits, "bits")


def _directed(hard: HardNet, interface: Interface, words: Bits) -> dict[str, bytes]:
    if not len(words):
        return {}
    codes = unpack_codes(interface, words, [feature.name for feature in hard.features])
    expected = output_values(hard, codes, interface)
    return dict(zip(DIRECTED, (format_hex(words), format_hex(expected)), strict=True))


def _test_words(model: Model, interface: Interface) -> Bits:
    names = [feature.name for feature in model.hard.features]
    if not len(model.test_codes):
        return np.zeros((0, interface.input_width), np.bool_)
    return pack_codes(interface, model.test_codes, names)


def _vectors(model: Model, interface: Interface, words: Bits) -> dict[str, bytes]:
    if not len(words):
        return {}
    parts = {
        "vectors/test_inputs.hex": format_hex(words),
        "vectors/test_expected.hex": format_hex(
            output_values(model.hard, model.test_codes, interface)
        ),
    }
    if model.hard.classes:
        parts["vectors/test_labels.txt"] = format_labels(model.test_labels)
    return parts
