"""Rows to a net on a board and its answers back, compared with the hard reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db2hdl.bundle import describe
from db2hdl.data import read_rows, read_table
from db2hdl.data.labels import match_classes
from db2hdl.expected import expected_words
from db2hdl.hardnet import HardNet, feature_names
from db2hdl.lower import lower
from db2hdl.model_file import Model, load, model_hash
from db2hdl_hw.boards.device import BAUD, PATIENCE, RETRIES, connect
from db2hdl_hw.boards.record import CORE, RECORD, read_record
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface, score_width
from db2hdl_hw.emit.words import Bits, pack_codes, unpack_outputs
from db2hdl_hw.errors import InputError, MismatchError, unknown
from db2hdl_hw.frames import Identity

Labels = NDArray[np.int64]

Progress = Callable[[int, int], None]
"""Called with how many rows of how many are answered."""


@dataclass(frozen=True)
class Answers:
    """What a board answered.

    Attributes
    ----------
    words : booleans [rows, bits]
        What was compared of the answers.
    expected : booleans [rows, bits]
        The same of the reference.
    classes : int64 [rows] or None
        The class indices among the answers, if the net has classes.
    labels : int64 [rows] or None
        The true classes, where they are known.
    retries : int
        How often a request was sent again.
    model_hash : str
        What the board says it computes.
    """

    words: Bits
    expected: Bits
    classes: Labels | None
    labels: Labels | None
    retries: int
    model_hash: str

    @property
    def wrong(self) -> int:
        """The number of rows whose answer is not the reference's."""
        return int((self.words != self.expected).any(axis=1).sum())

    @property
    def accuracy(self) -> float | None:
        """The share of rows that the board classifies well; None without labels."""
        if self.classes is None or self.labels is None:
            return None
        return float((self.classes == self.labels).mean())

    def check(self) -> None:
        """Raise MismatchError, naming the first wrong row, unless all answers are right."""
        if self.wrong:
            row = int(np.argmax((self.words != self.expected).any(axis=1)))
            got, want = (_number(words[row]) for words in (self.words, self.expected))
            raise MismatchError(
                f"{self.wrong} of {len(self.words)} answers differ from the reference; the first "
                f"is row {row + 1}: the board says {got:#x}, the reference {want:#x}"
            )


def ask(
    source: Path | str,
    port: str,
    *,
    data: Path | str | None = None,
    label: str | None = None,
    baud: int | None = None,
    retries: int = RETRIES,
    patience: float = PATIENCE,
    progress: Progress | None = None,
) -> Answers:
    """Send rows to a net on a board and compare its answers with the reference.

    Parameters
    ----------
    source : path
        The model file, bundle or build that the board should have.
    port : str
        The serial port.
    data : path, optional
        A CSV or NPZ file with the model's columns; by default the model's own test rows.
    label : str, optional
        The label column of ``data``.
    baud : int, optional
        By default what the build says, else 115,200.
    retries : int
        How often a request is sent again.
    patience : float
        Seconds to wait for an answer, beside the time that it takes on the line.
    progress : callable, optional

    Returns
    -------
    Answers
        Look at ``wrong``, or call ``check``.

    Raises
    ------
    InputError
        On bad data, a missing port, or a port at which nothing answers at this baud rate.
    MismatchError
        If the board has another model, or its answers cannot be those of the model's core.
    ToolError
        If pyserial is missing, or the board stops answering.
    """
    path = Path(source)
    model, interface = _open(path)
    codes, labels = _rows(model, path, data, label)
    words = pack_codes(interface, codes, feature_names(model.hard.features))
    if baud is None:
        baud = int(read_record(path)["baud"]) if (path / RECORD).is_file() else BAUD
    expected = expected_words(model.hard, interface, words)
    widths = _widths(model.hard, interface, alone=not path.is_dir())
    with connect(port, baud=baud, retries=retries, patience=patience) as device:
        identity = device.who()
        _check_identity(identity, interface, widths, port)
        got = np.zeros((len(words), identity.output_bits), np.bool_)
        for row, answer in enumerate(device.classify(words, identity)):
            got[row] = answer
            if progress is not None:
                progress(row + 1, len(words))
    got, expected = _comparable(interface, got, expected)
    has_class = any(output.name == "class_index" for output in interface.outputs)
    classes = _classes(interface, got, len(model.hard.classes)) if has_class else None
    return Answers(got, expected, classes, labels, device.retried, identity.model_hash)


def _open(path: Path) -> tuple[Model, Interface]:
    if not path.is_dir():
        model = load(path)
        return model, describe(model.hard, lower(model.hard))
    bundle = Bundle.open(path / CORE if (path / RECORD).is_file() else path)
    model = load(bundle.model)
    if model_hash(model.hard) != bundle.interface.model_hash:
        raise MismatchError(
            f"{bundle.model} is not the model that {bundle.path} was made from; export it again"
        )
    return model, bundle.interface


def _rows(
    model: Model, source: Path, data: Path | str | None, label: str | None
) -> tuple[NDArray[np.int64], Labels | None]:
    """Return the codes to send, and their classes where those are known."""
    hard = model.hard
    if data is None:
        if not len(model.test_codes):
            raise InputError(f"{source} keeps no test rows; pass --data FILE")
        labels = model.test_labels.astype(np.int64) if hard.classes else None
        return model.test_codes.astype(np.int64), labels
    codes = hard.encode(read_rows(data, hard.features)).astype(np.int64)
    if not len(codes):
        raise InputError(f"{data} has no rows")
    return codes, None if label is None else _labels(hard, data, label)


def _labels(hard: HardNet, data: Path | str, label: str) -> Labels:
    table = read_table(data, label)
    found = match_classes(table.classes, hard.classes)
    if None in found:
        name = table.classes[found.index(None)]
        raise unknown(f"class in column {label!r} of {data}:", name, hard.classes)
    return np.array(found, dtype=np.int64)[table.labels]


def _check_identity(
    identity: Identity, interface: Interface, widths: Collection[int], port: str
) -> None:
    """Check that the board has the model, takes its words and answers with one of the widths."""
    if identity.model_hash != interface.model_hash:
        raise MismatchError(
            f"the board at {port} has another model: its hash is {identity.model_hash}, not "
            f"{interface.model_hash}; flash the right bitstream, or name the right model"
        )
    if identity.input_bits != interface.input_width:
        raise MismatchError(
            f"the board at {port} takes {identity.input_bits} bits, the model "
            f"{interface.input_width}; build its bitstream again"
        )
    if identity.output_bits not in widths:
        wanted = " or ".join(map(str, sorted(widths)))
        raise MismatchError(
            f"the board at {port} answers with {identity.output_bits} bits, the model's core with "
            f"{wanted}; build its bitstream again"
        )


def _widths(hard: HardNet, interface: Interface, alone: bool) -> set[int]:
    """Return how wide answers may be: a model file does not say which outputs its core has."""
    if not alone or not hard.classes:
        return {interface.output_width}
    votes = math.prod(hard.shapes[-1])
    counts = len(hard.classes) * score_width(votes // len(hard.classes))
    index = interface.output_width
    return {index, index + votes, index + counts, index + votes + counts}


def _comparable(interface: Interface, got: Bits, expected: Bits) -> tuple[Bits, Bits]:
    """Return what both have: everything, or the class if the board has more outputs."""
    return got[:, : interface.output_width], expected


def _classes(interface: Interface, got: Bits, count: int) -> Labels:
    """Return the class of each answer, which must be one of ``count``."""
    classes = np.asarray(unpack_outputs(interface, got)["class_index"], dtype=np.int64)
    if (classes >= count).any():
        row = int(np.argmax(classes >= count))
        raise MismatchError(
            f"the board answers row {row + 1} with class {classes[row]}, but there are only "
            f"{count}; its circuit is not the model's"
        )
    return classes


def _number(word: Bits) -> int:
    return int.from_bytes(np.packbits(word, bitorder="little").tobytes(), "little")
