"""``interface.json`` of a bundle: what every bit of every port means.

See ``docs/reference/ports.md`` for the fields. The input word of a core is all its input ports,
concatenated, the first port in the low bits; the output word likewise.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any

from db2hdl_hw.emit import fields
from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.builder import index_width, popcount_width
from db2hdl_hw.passes import stages
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.system.text import escaped_json

MAX_LATENCY = stages.MOST_STAGES + 2
"""Of a core with all its stages, and registers at its inputs and outputs."""

FORMAT = "db2hdl-bundle"
VERSION, CLOCKED_VERSION = 1, 2
"""Of a combinational core, and of one with a clock, which older readers must refuse."""
ROUNDING = "floor(x + 1/2)"
CLIPPING = "0..2**bits-1"
TIE_RULE = "lowest index"
EDGE = "rising"
RESET_KIND = "synchronous, active high, clears valid"
INPUT_KINDS = ("bits", "uint")
MOST_BITS = 16
OUTPUT_KINDS = ("index", "bits", "scores")


@dataclass(frozen=True)
class Coding:
    """How a real value v becomes an unsigned code.

    ``code = clip(floor((v - offset) / scale + 1/2), 0, 2**bits - 1)``: the difference exact and
    rounded once, the rest in float64. An offset that float64 cannot hold is an integer.
    """

    offset: float
    scale: float
    bits: int


@dataclass(frozen=True)
class InputPort:
    """An input port.

    Attributes
    ----------
    name : str
        The port, a mangled name.
    width : int
        In bits.
    features : tuple of str
        Original names: of every bit, the least significant first, or of the one real feature.
    coding : Coding or None
        Of a real feature (kind ``"uint"``); None for a bus of boolean ones (kind ``"bits"``).
    """

    name: str
    width: int
    features: tuple[str, ...]
    coding: Coding | None = None

    @property
    def kind(self) -> str:
        """``"uint"``: one real feature; ``"bits"``: a boolean feature for each bit."""
        return "bits" if self.coding is None else "uint"


@dataclass(frozen=True)
class OutputPort:
    """An output port.

    Attributes
    ----------
    name : str
        The port.
    width : int
        In bits.
    kind : str
        ``"index"``: the number of a class; ``"bits"``; ``"scores"``: a count for each class.
    score_width : int or None
        The width of each count, of scores only; class 0 is in the low bits.
    """

    name: str
    width: int
    kind: str
    score_width: int | None = None


@dataclass(frozen=True)
class Clocking:
    """The ports of a core with registers that are not data; all of one bit.

    An input word counts if ``in_valid`` is high at a rising edge of ``clock``; its output word is
    there, and ``out_valid`` high, at the edge ``latency`` cycles later. ``reset``, high at an
    edge, clears the valid bits and nothing else.
    """

    clock: str = stages.CLOCK
    reset: str = stages.RESET
    in_valid: str = stages.IN_VALID
    out_valid: str = stages.OUT_VALID

    @property
    def names(self) -> tuple[str, str, str, str]:
        """The four ports."""
        return (self.clock, self.reset, self.in_valid, self.out_valid)


@dataclass(frozen=True)
class Interface:
    """Everything about the ports of a core; checked when it is made.

    ``rtl`` and ``nets`` are the paths of files in the bundle; without ``rtl`` it is
    ``rtl/<top>.v``. A core with latency has a ``clocking``, whose ports are in no word.

    Raises
    ------
    InputError
        If widths, names and classes do not fit together; the message names the port.
    """

    top: str
    model_hash: str
    inputs: tuple[InputPort, ...]
    outputs: tuple[OutputPort, ...]
    classes: tuple[str, ...]
    latency: int = 0
    initiation_interval: int = 1
    rtl: tuple[str, ...] = ()
    nets: str = "rtl/nets.json"
    clocking: Clocking | None = None

    def __post_init__(self) -> None:
        if not self.rtl:
            object.__setattr__(self, "rtl", (f"rtl/{self.top}.v",))
        if not self.inputs or not self.outputs:
            raise InputError("interface: a core has at least one input and one output port")
        ports: list[InputPort | OutputPort] = [*self.inputs, *self.outputs]
        others = self.clocking.names if self.clocking else ()
        _check_unique("port", [name.lower() for name in (*(p.name for p in ports), *others)])
        _check_unique("feature", self.features)
        _check_unique("class", self.classes)
        for path in (*self.rtl, self.nets):
            _check_path(path)
        for port in self.inputs:
            _check_input(port)
        for out in self.outputs:
            _check_output(out, len(self.classes))
        if not 0 <= self.latency <= MAX_LATENCY:
            raise InputError(f"interface: latency must be 0..{MAX_LATENCY}, not {self.latency}")
        if self.initiation_interval != 1:
            raise InputError("interface: initiation_interval must be 1, as no core is slower")
        if bool(self.latency) != (self.clocking is not None):
            raise InputError(
                f"interface: latency {self.latency} {'without' if self.latency else 'with'} a clock"
            )

    @property
    def features(self) -> tuple[str, ...]:
        """The original names of all features, in the order of the ports."""
        return tuple(name for port in self.inputs for name in port.features)

    @property
    def input_width(self) -> int:
        """Bits in the input word."""
        return sum(port.width for port in self.inputs)

    @property
    def output_width(self) -> int:
        """Bits in the output word."""
        return sum(port.width for port in self.outputs)

    def places(self) -> dict[str, tuple[int, int]]:
        """Return where each feature is in the input word: name -> (lowest bit, width)."""
        places: dict[str, tuple[int, int]] = {}
        for port, low in zip(self.inputs, _starts(self.inputs), strict=True):
            if port.coding is None:
                places |= {name: (low + i, 1) for i, name in enumerate(port.features)}
            else:
                places[port.features[0]] = (low, port.width)
        return places

    def output_places(self) -> dict[str, tuple[int, int]]:
        """Return where each output port is in the output word: name -> (lowest bit, width)."""
        starts = _starts(self.outputs)
        return {p.name: (low, p.width) for p, low in zip(self.outputs, starts, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """Return what ``interface.json`` holds."""
        return {
            "format": FORMAT,
            "version": CLOCKED_VERSION if self.clocking else VERSION,
            "top": self.top,
            "model_hash": self.model_hash,
            "inputs": [_input_to_json(port) for port in self.inputs],
            "outputs": [_output_to_json(port) for port in self.outputs],
            "classes": list(self.classes),
            "tie_rule": TIE_RULE,
            "latency": self.latency,
            "initiation_interval": self.initiation_interval,
            "rtl": list(self.rtl),
            "nets": self.nets,
            **(_clocking_to_json(self.clocking) if self.clocking else {}),
        }

    def dumps(self) -> str:
        """Return the text of ``interface.json``."""
        return escaped_json(json.dumps(self.to_json(), indent=1, ensure_ascii=False)) + "\n"

    @staticmethod
    def from_json(data: object, where: str = "interface.json") -> Interface:
        """Return the interface that ``to_json`` wrote.

        Raises
        ------
        InputError
            On another format, an unknown version, a missing key, or a value of a wrong type or
            that does not fit; the message says where.
        """
        top = fields.Reader(data, where)
        if top.text("format") != FORMAT:
            raise InputError(f"{where} is not of a {FORMAT}: its format is {top.text('format')!r}")
        version = top.integer("version")
        if version not in (VERSION, CLOCKED_VERSION):
            raise InputError(
                f"{where} has version {version}, but this db2hdl reads versions {VERSION} and "
                f"{CLOCKED_VERSION}; export the model again, or use a db2hdl that knows it"
            )
        top.must_be("tie_rule", TIE_RULE)
        rtl = tuple(top.texts("rtl"))
        if not rtl:
            raise InputError(f"{where}: 'rtl' must name at least one file")
        return Interface(
            top=top.identifier("top"),
            model_hash=top.hexadecimal("model_hash"),
            inputs=tuple(_input_from_json(port) for port in top.objects("inputs")),
            outputs=tuple(_output_from_json(port) for port in top.objects("outputs")),
            classes=tuple(top.texts("classes")),
            latency=top.integer("latency"),
            initiation_interval=top.integer("initiation_interval"),
            rtl=rtl,
            nets=top.text("nets"),
            clocking=_clocking_from_json(top) if version == CLOCKED_VERSION else None,
        )

    @staticmethod
    def loads(text: str, where: str = "interface.json") -> Interface:
        """Return the interface in the text of an ``interface.json``; see ``from_json``."""
        return Interface.from_json(read_json(text.encode("utf-8", "surrogatepass"), where), where)


def score_width(bits_per_class: int) -> int:
    """Return the width of each count in ``scores``."""
    return popcount_width(bits_per_class)


def _starts(ports: Sequence[InputPort] | Sequence[OutputPort]) -> list[int]:
    return [0, *accumulate(port.width for port in ports)][:-1]


def _check_unique(what: str, names: Sequence[str]) -> None:
    (name, times), *_ = [*Counter(names).most_common(1), ("", 1)]
    if times > 1:
        raise InputError(f"interface: the {what} {name!r} is there {times} times")


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise InputError(f"interface: {path!r} is not the path of a file inside the bundle")


def _check_input(port: InputPort) -> None:
    where = f"interface: input port {port.name!r}"
    if port.width < 1:
        raise InputError(f"{where}: the width must be at least 1, not {port.width}")
    if port.coding is None:
        if len(port.features) != port.width:
            raise InputError(f"{where} is {port.width} wide but names {len(port.features)} bits")
        return
    coding = port.coding
    if not 1 <= coding.bits <= MOST_BITS:
        raise InputError(f"{where}: codes have 1..{MOST_BITS} bits, not {coding.bits}")
    if len(port.features) != 1:
        raise InputError(f"{where} has a coding but names {len(port.features)} features")
    if coding.bits != port.width:
        raise InputError(f"{where} is {port.width} wide but its codes have {coding.bits} bits")
    if not (math.isfinite(coding.offset) and math.isfinite(coding.scale) and coding.scale > 0):
        raise InputError(f"{where}: offset must be finite and scale finite and above 0")


def _check_output(port: OutputPort, classes: int) -> None:
    where = f"interface: output port {port.name!r}"
    if port.width < 1:
        raise InputError(f"{where}: the width must be at least 1, not {port.width}")
    if port.kind not in OUTPUT_KINDS:
        raise InputError(f"{where}: the kind must be one of {OUTPUT_KINDS}, not {port.kind!r}")
    if port.kind == "bits":
        return
    if not classes:
        raise InputError(f"{where} is of kind {port.kind!r}, but there are no classes")
    if port.kind == "index" and port.width != index_width(classes):
        raise InputError(
            f"{where} must be {index_width(classes)} wide for {classes} classes, not {port.width}"
        )
    if port.kind == "scores" and port.width != classes * (port.score_width or 0):
        raise InputError(
            f"{where} is {port.width} wide, which is not score_width {port.score_width} times "
            f"{classes} classes"
        )


def _input_to_json(port: InputPort) -> dict[str, Any]:
    start = {"name": port.name, "width": port.width, "kind": port.kind}
    if port.coding is None:
        bits = [{"index": i, "feature": name} for i, name in enumerate(port.features)]
        return start | {"bits": bits}
    coding = {
        "offset": port.coding.offset,
        "scale": port.coding.scale,
        "bits": port.coding.bits,
        "rounding": ROUNDING,
        "clipping": CLIPPING,
    }
    return start | {"feature": port.features[0], "coding": coding}


def _output_to_json(port: OutputPort) -> dict[str, Any]:
    start = {"name": port.name, "width": port.width, "kind": port.kind}
    return start if port.score_width is None else start | {"score_width": port.score_width}


def _clocking_to_json(ports: Clocking) -> dict[str, Any]:
    return {
        "clock": {"port": ports.clock, "edge": EDGE},
        "reset": {"port": ports.reset, "kind": RESET_KIND},
        "valid": {"in": ports.in_valid, "out": ports.out_valid},
    }


def _clocking_from_json(read: fields.Reader) -> Clocking:
    clock, reset, valid = (read.object(key) for key in ("clock", "reset", "valid"))
    clock.must_be("edge", EDGE)
    reset.must_be("kind", RESET_KIND)
    return Clocking(
        clock.identifier("port"),
        reset.identifier("port"),
        valid.identifier("in"),
        valid.identifier("out"),
    )


def _input_from_json(read: fields.Reader) -> InputPort:
    name, width = read.identifier("name"), read.integer("width")
    if read.one_of("kind", INPUT_KINDS) == "uint":
        coding = read.object("coding")
        coding.must_be("rounding", ROUNDING)
        coding.must_be("clipping", CLIPPING)
        how = Coding(coding.number("offset"), float(coding.number("scale")), coding.integer("bits"))
        return InputPort(name, width, (read.text("feature"),), how)
    bits = read.objects("bits")
    for index, bit in enumerate(bits):
        bit.must_be("index", index)
    return InputPort(name, width, tuple(bit.text("feature") for bit in bits))


def _output_from_json(read: fields.Reader) -> OutputPort:
    kind = read.one_of("kind", OUTPUT_KINDS)
    width = read.integer("score_width") if kind == "scores" else None
    return OutputPort(read.identifier("name"), read.integer("width"), kind, width)
