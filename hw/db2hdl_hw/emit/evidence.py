"""``evidence/``: what checks of a bundle found, as JSON and JUnit, each bound to that bundle.

``evidence/manifest.json`` lists every file with its SHA-256, with the SHA-256 of the bundle's
``manifest.json`` that it was made from, and with the files that were not the manifest's then. So
evidence of another version of the bundle, or of edited files, is never taken for evidence of this.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from db2hdl_hw.emit.fields import Reader
from db2hdl_hw.emit.manifest import (
    EVIDENCE,
    MANIFEST,
    Entry,
    changes,
    entry,
    files_in,
    read_bytes,
    read_entries,
    same,
    sealed,
    unsealed,
)
from db2hdl_hw.errors import InputError
from db2hdl_hw.files import foreign, refuse_special, whole_file
from db2hdl_hw.system.text import escaped_json, shown_lines

FORMAT, VERSION = "db2hdl-evidence", 1


@dataclass(frozen=True)
class Case:
    """A JUnit test case.

    Attributes
    ----------
    name : str
    suite : str
        Cases of the same suite are listed together; by default the name of the evidence.
    verdict : "passed", "failure", "error" or "skipped"
        A failure is a check that failed, an error one that could not be done, and a skipped one
        was not asked for.
    message, text : str
        One line, and more lines, of what is wrong.
    seconds : float
    """

    name: str
    suite: str = ""
    verdict: str = "passed"
    message: str = ""
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Record:
    """A file of evidence as its manifest lists it.

    Attributes
    ----------
    entry : Entry
    bundle : str
        The SHA-256 of the bundle's manifest when it was made; empty if there was none.
    changed : tuple of str
        Files of the bundle that were not the manifest's then.
    """

    entry: Entry
    bundle: str
    changed: tuple[str, ...] = ()


def write(
    bundle: Path | str,
    name: str,
    data: Mapping[str, Any],
    junit: Sequence[Case] | None = None,
    *,
    folder: Path | None = None,
    files: Sequence[str] = (),
) -> Path:
    """Write ``<name>.json``, and with ``junit`` ``<name>.xml``, and renew the manifest.

    Parameters
    ----------
    bundle : path
        The bundle that was checked.
    name : str
        Of the check: ``sim``, ``prove``, ``mutate``.
    data : mapping
        Plain values; with the ``format`` and ``version`` of the check.
    junit : sequence of Case, optional
    folder : Path, optional
        Where to write, by default ``evidence`` in the bundle; made if it is missing.
    files : sequence of str
        Other files in the folder that the check has written, such as waves.

    Returns
    -------
    Path
        The JSON file.

    Raises
    ------
    InputError
        If the folder cannot be written, or as ``check_folder``.
    """
    bundle = Path(bundle)
    folder = bundle / EVIDENCE if folder is None else folder
    text = escaped_json(json.dumps(data, indent=1, ensure_ascii=False))
    made = {f"{name}.json": f"{text}\n".encode()}
    if junit is not None:
        made[f"{name}.xml"] = to_junit(name, junit).encode()
    if folder != bundle / EVIDENCE:
        check_folder(folder, list(made))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            for file, content in made.items():
                _write(folder / file, content)
            _renew(bundle, folder, [*made, *files])
    except OSError as error:
        raise InputError(f"cannot write evidence to {folder}: {error.strerror}") from error
    return folder / f"{name}.json"


def check_folder(folder: Path, names: Sequence[str]) -> None:
    """Refuse a folder for evidence, chosen by the user, in which a file of theirs is in the way.

    Raises
    ------
    InputError
        If it is a link or no folder, its manifest is not one of evidence, or one of the names is
        there and not in it.
    """
    refuse_special(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"cannot write evidence to {folder}: it is a file; name a folder")
    try:
        listed = read(folder)
    except InputError as error:
        raise InputError(f"cannot write evidence to {folder}: {error}") from error
    for name in names:
        if name not in listed and (folder / name).exists():
            raise foreign(folder / name, "is no evidence of db2hdl's")


def remove(folder: Path, names: Sequence[str]) -> None:
    """Remove files of evidence, those that exist, and forget them in the manifest."""
    gone = [name for name in names if (folder / name).exists()]
    for name in gone:
        (folder / name).unlink()
    if gone and (folder / MANIFEST).exists():
        with _locked(folder):
            kept = {k: v for k, v in _known(folder).items() if k not in gone}
            _write(folder / MANIFEST, _to_bytes(kept))


def read(folder: Path) -> dict[str, Record]:
    """Return what the manifest of a folder of evidence lists; nothing without one.

    Raises
    ------
    InputError
        If the manifest is not canonical, or not one of evidence.
    """
    where = folder / MANIFEST
    data = read_bytes(where)
    if data is None:
        return {}
    reader = Reader(unsealed(data, str(where)), str(where))
    reader.must_be("format", FORMAT)
    reader.must_be("version", VERSION)
    records = {}
    for path, one in read_entries(reader, "files").items():
        item = reader.object("files").object(path)
        records[path] = Record(one, item.text("bundle"), tuple(item.texts("changed")))
    return records


def states(bundle: Path) -> dict[str, str]:
    """Return what each file of a bundle's evidence is worth: "fresh", or what is wrong with it.

    "stale: …" is evidence of another version of the bundle, or of one with edited files;
    "changed", "missing" and "not listed" are said of the files themselves.
    """
    folder = bundle / EVIDENCE
    if not folder.exists():
        return {}
    records = read(folder)
    now = manifest_hash(bundle)
    present = [path for path in files_in(folder) if path != MANIFEST]
    result = {path: "not listed in its manifest" for path in present if path not in records}
    if present and not (folder / MANIFEST).exists():
        result[MANIFEST] = "missing"
    for path, record in records.items():
        if path not in present:
            result[path] = "missing"
        elif not same(folder / path, record.entry):
            result[path] = "changed since it was written"
        else:
            result[path] = _worth(record, now)
    return dict(sorted(result.items()))


def manifest_hash(bundle: Path) -> str:
    """Return the SHA-256 of a bundle's manifest, or an empty text if it has none."""
    data = read_bytes(bundle / MANIFEST)
    return "" if data is None else entry(data).sha256


def to_junit(name: str, cases: Sequence[Case]) -> str:
    """Return JUnit XML of the cases, suite by suite."""
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case.suite or name, []).append(case)
    root = ElementTree.Element("testsuites")
    for title, mine in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", _attributes(title, mine))
        for case in mine:
            _case(suite, name, case)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _attributes(title: str, cases: Sequence[Case]) -> dict[str, str]:
    counts = {
        attribute: str(sum(case.verdict == verdict for case in cases))
        for attribute, verdict in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        )
    }
    seconds = f"{sum(case.seconds for case in cases):.3f}"
    return {"name": _xml(title), "tests": str(len(cases)), **counts, "time": seconds}


def _case(suite: ElementTree.Element, name: str, case: Case) -> None:
    made = ElementTree.SubElement(
        suite, "testcase", classname=_xml(name), name=_xml(case.name), time=f"{case.seconds:.3f}"
    )
    if case.verdict != "passed":
        wrong = ElementTree.SubElement(made, case.verdict, message=_xml(case.message))
        wrong.text = _xml(case.text) or None


def _xml(text: str) -> str:
    """Return a text without what XML cannot hold, and without what a terminal would obey."""
    return shown_lines(text)


def _worth(record: Record, now: str) -> str:
    if not now or record.bundle != now:
        return "stale: made from another version of the bundle"
    if record.changed:
        return f"stale: made while {', '.join(record.changed[:3])} differed from the manifest"
    return "fresh"


def _renew(bundle: Path, folder: Path, names: Sequence[str]) -> None:
    """Put files into the manifest; what it says of others stays as it is."""
    changed, now = changes(bundle).paths, manifest_hash(bundle)
    records = _known(folder)
    for name in names:
        records[name] = Record(entry((folder / name).read_bytes()), now, changed)
    _write(folder / MANIFEST, _to_bytes(records))


def _known(folder: Path) -> dict[str, Record]:
    """Return what the manifest lists; a damaged one is replaced, so that nothing it said counts."""
    try:
        return read(folder)
    except InputError:
        return {}


def _to_bytes(records: Mapping[str, Record]) -> bytes:
    files = {
        path: {
            "sha256": record.entry.sha256,
            "size": record.entry.size,
            "bundle": record.bundle,
            "changed": list(record.changed),
        }
        for path, record in records.items()
    }
    return sealed({"format": FORMAT, "version": VERSION, "files": files})


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time renew the manifest, where the system has locks of folders."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
