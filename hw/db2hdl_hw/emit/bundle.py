"""An IP bundle: the folder a hardware engineer can take away. See docs/reference/ports.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from db2hdl_hw.emit import evidence, fields, manifest, vectors
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.manifest import EVIDENCE as _EVIDENCE
from db2hdl_hw.emit.manifest import files_in, is_inside
from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target, foreign, whole_folder
from db2hdl_hw.system import reading
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.verilog.design import read_files
from db2hdl_hw.verilog.tree import Design

INTERFACE = "interface.json"
MODEL = "model.dbnet"
INPUTS = "vectors/test_inputs.hex"
EXPECTED = "vectors/test_expected.hex"
LABELS = "vectors/test_labels.txt"
EVIDENCE = _EVIDENCE
DIRECTED = ("vectors/directed_inputs.hex", "vectors/directed_expected.hex")


def check_bundle_target(path: Path, *, force: bool) -> None:
    """Refuse a target for a bundle, even with ``force`` if anything in it is not ours.

    Raises
    ------
    InputError
        As ``check_target`` of a folder, and ``check_ours``.
    """
    check_target(path, force=force, folder=True)
    if path.exists():
        check_ours(path)


def check_ours(folder: Path) -> None:
    """Refuse a folder in which is anything but a bundle, and evidence, as db2hdl wrote them.

    Raises
    ------
    InputError
        Names the first file that the manifests do not list, or list with other bytes.
    """
    if not any(folder.iterdir()):
        return
    try:
        listed = manifest.read(folder)
        if listed is None:
            raise InputError(f"{folder} is not a bundle, it has no {manifest.MANIFEST}")
        known = dict(listed.files)
        records = evidence.read(folder / EVIDENCE)
        known |= {f"{EVIDENCE}/{name}": record.entry for name, record in records.items()}
        present = files_in(folder)
    except InputError as error:
        raise InputError(f"{error}; so --force does not replace {folder}") from error
    manifests = {manifest.MANIFEST, f"{EVIDENCE}/{manifest.MANIFEST}"}
    for path in present:
        if path in manifests:
            continue
        if path not in known:
            raise foreign(folder / path)
        if not manifest.same(folder / path, known[path]):
            raise foreign(folder / path, "was changed since db2hdl wrote it")


def write_bundle(path: Path, parts: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write a bundle from its files, all of them or nothing.

    Parameters
    ----------
    path : Path
        The folder to make.
    parts : mapping of path in the bundle to bytes
        With ``interface.json``, and all the files that it names.
    force : bool
        Whether to replace a folder that exists.

    Raises
    ------
    InputError
        If the folder exists and ``force`` is off or cannot be written, or the files are not
        those of a bundle.
    """
    for name in parts:
        if not is_inside(name):
            raise InputError(f"{name!r} is not the path of a file inside a bundle")
    with whole_folder(path, force=force, ours=check_ours) as folder:
        for name, data in parts.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        Bundle.open(folder)


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk.

    Attributes
    ----------
    path : Path
        The folder.
    interface : Interface
        What ``interface.json`` says.
    """

    path: Path
    interface: Interface

    @staticmethod
    def open(path: Path | str) -> Bundle:
        """Return the bundle in a folder.

        Raises
        ------
        InputError
            If it is no folder, not a bundle of a known version, files of it are missing, or
            there are links in it. That files were edited is no error here: checks look at what
            they find, and ``manifest.changes`` says what is not as it was exported.
        """
        folder = Path(path)
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise InputError(f"bundle {folder} {what}; make one with db2hdl export")
        file = folder / INTERFACE
        if not file.is_file():
            raise InputError(f"{folder} is not a bundle: it has no {INTERFACE}")
        files_in(folder)
        bundle = Bundle(folder, Interface.loads(reading.read_text(file), str(file)))
        for name in (*bundle.interface.rtl, bundle.interface.nets):
            if not is_inside(name):
                raise InputError(f"{file}: {name!r} is not the path of a file inside a bundle")
        for needed in (*bundle.rtl, bundle.model, bundle.nets_path):
            if not needed.is_file():
                raise InputError(f"bundle {folder} is not complete: {needed} is missing")
            reading.check(needed)
        for pair in ((INPUTS, EXPECTED), DIRECTED):
            if (folder / pair[0]).is_file() != (folder / pair[1]).is_file():
                raise InputError(f"bundle {folder} is not complete: only one of {', '.join(pair)}")
        return bundle

    @property
    def rtl(self) -> tuple[Path, ...]:
        """The Verilog files."""
        return tuple(self.path / name for name in self.interface.rtl)

    def design(self) -> Design:
        """Return the circuit of the Verilog files: the only way in which they are ever read.

        Raises
        ------
        InputError
            If they are not of the subset (docs/reference/verilog-subset.md).
        """
        return read_files(self.rtl, self.interface.top)

    @property
    def model(self) -> Path:
        """The hard net that the circuit was made from."""
        return self.path / MODEL

    @property
    def nets_path(self) -> Path:
        """The net map: which net is which bit of which layer."""
        return self.path / self.interface.nets

    @property
    def evidence(self) -> Path:
        """The folder for results of checks; made by whoever writes the first."""
        return self.path / EVIDENCE

    @property
    def has_vectors(self) -> bool:
        """Whether the bundle has test vectors, rows of data."""
        return (self.path / INPUTS).is_file()

    @property
    def has_directed(self) -> bool:
        """Whether the bundle has directed vectors."""
        return (self.path / DIRECTED[0]).is_file()

    def inputs(self) -> vectors.Bits:
        """Return the test inputs, [rows, input_width]; ``InputError`` if there are none."""
        return vectors.read_hex(self.path / INPUTS, self.interface.input_width)

    def expected(self) -> vectors.Bits:
        """Return the expected outputs, [rows, output_width]; ``InputError`` if there are none."""
        return vectors.read_hex(self.path / EXPECTED, self.interface.output_width)

    def directed(self) -> tuple[vectors.Bits, vectors.Bits] | None:
        """Return the directed vectors, inputs and expected outputs; None if there are none."""
        if not (self.path / DIRECTED[0]).is_file():
            return None
        inputs = vectors.read_hex(self.path / DIRECTED[0], self.interface.input_width)
        return inputs, vectors.read_hex(self.path / DIRECTED[1], self.interface.output_width)

    def labels(self) -> vectors.Labels:
        """Return the index of the class of each test row; ``InputError`` if there are none."""
        return vectors.read_labels(self.path / LABELS)

    def nets(self) -> dict[str, list[str | None]]:
        """Return, for each layer by name, where its output bits are seen in the circuit.

        Each is a hierarchical path that starts with the top's name, ``"0"`` or ``"1"`` for a
        constant, or None for a bit that is not in the circuit.

        Raises
        ------
        InputError
            If the file is not a net map.
        """
        where = str(self.nets_path)
        data = read_json(reading.read_bytes(self.nets_path), where, max_bytes=1 << 26)
        result: dict[str, list[str | None]] = {}
        for layer in fields.Reader(data, where).objects("layers"):
            nets = layer.get("nets", list)
            if not all(net is None or isinstance(net, str) for net in nets):
                raise InputError(f"{layer.where}: 'nets' must be texts or null")
            result[layer.text("name")] = nets
        return result
