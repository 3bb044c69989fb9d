"""Verilog to the cells of an FPGA, and what it costs."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache as once
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import InputError, SynthesisError, ToolError
from db2hdl_hw.synth.cells import Count, count_modules
from db2hdl_hw.synth.parts import BY_PARTS, MERGED, PARTS_FROM, commands, merge
from db2hdl_hw.synth.targets import Target, find_target
from db2hdl_hw.synth.yosys import LOG, Progress, Yosys, find_yosys
from db2hdl_hw.system.cache import Cache, digest, packed, source_hash, unpacked
from db2hdl_hw.system.temporary import scratch

NETLIST_JSON, NETLIST_VERILOG, STAT = "netlist.json", "netlist.v", "stat.json"
NO_VERIFY = "scratchpad -set abc9.verify 0"
"""ABC's own check of what it did has no limit of time and does not end on large counts; proofs and
simulation of the netlist are ours."""

LIMIT = 1800.0
"""Seconds for a run of Yosys: ABC may never end, as on some nets of wide XORs."""

_FILES = (NETLIST_JSON, NETLIST_VERILOG, STAT, LOG)


@dataclass(frozen=True)
class Synthesis:
    """A synthesised design.

    Attributes
    ----------
    target, top : str
    folder : Path
        Of its files: the mapped netlist as JSON and as Verilog, Yosys' statistics and its log.
    stats : mapping of module to Count
        What each module holds itself. A flat netlist has one, the top.
    stat : mapping
        What Yosys' own ``stat -json`` says.
    versions : mapping of program to version
    command : str
        The Yosys command.
    choice : str
        Which of the target's choices it has, or ``parts.BY_PARTS``.
    """

    target: str
    top: str
    folder: Path = field(compare=False)
    stats: Mapping[str, Count]
    stat: Mapping[str, Any]
    versions: Mapping[str, str]
    command: str
    choice: str = ""

    @property
    def netlist_json(self) -> Path:
        """The mapped netlist, as ``write_json`` writes it and nextpnr reads it."""
        return self.folder / NETLIST_JSON

    @property
    def netlist_verilog(self) -> Path:
        """The mapped netlist in Verilog."""
        return self.folder / NETLIST_VERILOG

    @property
    def log(self) -> Path:
        """What Yosys said."""
        return self.folder / LOG

    @property
    def count(self) -> Count:
        """What the top module holds itself: of a flat netlist, everything."""
        return self.stats[self.top]

    @property
    def logic_cells(self) -> int | None:
        """What the device fills: on iCE40 LUTs and the carries that share their cell with none.

        On xc7 it is Yosys' estimate of 6-input logic cells, two small LUTs in one; else None.
        """
        if self.target == "ice40":
            return self.count.luts + self.count.alone
        estimate = self.stat.get("design", {}).get("estimated_num_lc")
        return None if estimate is None else int(estimate)


def synthesise(
    verilog: Sequence[Path],
    top: str,
    target: str,
    *,
    keep_hierarchy: bool,
    cache: Path | None = None,
    progress: Progress | None = None,
    timeout: float = LIMIT,
    yosys: Yosys | None = None,
    choice: str | None = None,
) -> Synthesis:
    """Synthesise Verilog files for an FPGA family, without pads or clock buffers.

    Where a target has choices, each is tried, and the one with the fewest LUTs is taken; of large
    flat netlists also the one that is put together of modules synthesised apart. Results are kept,
    and found again by the contents of the files, the options and the version of Yosys:
    `synth_xilinx` takes ten seconds for the smallest net.

    Parameters
    ----------
    verilog : sequence of Path
        Verilog-2001 files.
    top : str
        The top module.
    target : str
        ``ice40``, ``ecp5``, ``gowin`` or ``xc7``.
    keep_hierarchy : bool
        Whether modules stay as they are, so that each can be counted; else the netlist is flat.
    cache : Path, optional
        Where results are kept; by default ``$XDG_CACHE_HOME/db2hdl/synth``.
    progress : callable, optional
        Told what is going on.
    timeout : float
        Seconds after which each run of Yosys is stopped.
    yosys : Yosys, optional
        Which to use; by default the native one, else the WebAssembly one.
    choice : str, optional
        The target's choice to take, if it is known, or ``parts.BY_PARTS``.

    Returns
    -------
    Synthesis
        Its files are copies that go when this process ends.

    Raises
    ------
    InputError
        If the target is unknown or a file cannot be read.
    ToolError
        If there is no Yosys, or it dies.
    SynthesisError
        If Yosys reports an error, or what it writes cannot be understood; the log is kept and
        named.
    """
    to, tool = find_target(target), yosys or find_yosys()
    try:
        texts = [Path(path).read_bytes() for path in verilog]
    except OSError as error:
        raise InputError(f"cannot read Verilog: {error}") from error
    job = _Job(texts, top, to, tool, Cache("synth", cache), progress, timeout)
    if choice == BY_PARTS:
        return job.put_together(flat=not keep_hierarchy)
    found = [
        job.whole(one, keep_hierarchy=keep_hierarchy)
        for one in (to.choices if choice is None else (choice,))
    ]
    best = min(found, key=_luts)
    if choice is None and not keep_hierarchy and to.library and _luts(best) >= PARTS_FROM:
        best = min(best, job.put_together(flat=True), key=_luts)
    return best


def _luts(made: Synthesis) -> int:
    return sum(count.luts for count in made.stats.values())


@dataclass(frozen=True)
class _Job:
    """One design to be synthesised for one target, in several ways."""

    texts: Sequence[bytes]
    top: str
    to: Target
    tool: Yosys
    cache: Cache
    progress: Progress | None
    timeout: float

    def whole(self, choice: str, *, keep_hierarchy: bool) -> Synthesis:
        """Return the result of the target's own command with one of its choices."""
        command = self.to.command(self.top, keep_hierarchy=keep_hierarchy, choice=choice)
        script = [
            *(f"read_verilog in{number}.v" for number in range(len(self.texts))),
            f"hierarchy -check -top {self.top}",
            NO_VERIFY,
            command,
            *_reports(self.to),
        ]
        files = {f"in{number}.v": text for number, text in enumerate(self.texts)}
        return replace(self._made(files, script, command), choice=choice)

    def put_together(self, *, flat: bool) -> Synthesis:
        """Return the modules as they are best, each by itself (``parts``)."""
        apart = [self.whole(choice, keep_hierarchy=True) for choice in self.to.choices]
        merged = merge([one.netlist_json for one in apart], [one.stats for one in apart])
        script = [*commands(self.to.library, self.top, flat=flat), *_reports(self.to, "-selected")]
        command = f"{self.to.command(self.top, keep_hierarchy=True)}, {BY_PARTS}"
        return replace(self._made({MERGED: merged}, script, command), choice=BY_PARTS)

    def _made(self, files: Mapping[str, bytes], script: Sequence[str], command: str) -> Synthesis:
        name = self._key(files, script)
        found = self.cache.get(name, f"synthesis of {self.top} for {self.to.name}")
        if found is not None:
            folder = _scratch()
            for file, data in unpacked(found.content).items():
                (folder / file).write_bytes(data)
            return _read(folder, self.to, self.top, self.tool, command)
        _tell(self.progress, self.to, self.tool)
        started = time.monotonic()
        made = self._run(files, script, command)
        contents = {file: (made.folder / file).read_bytes() for file in _FILES}
        self.cache.put(name, packed(contents), time.monotonic() - started)
        return made

    def _run(self, files: Mapping[str, bytes], script: Sequence[str], command: str) -> Synthesis:
        """Run Yosys in a folder of its own, which stays if it fails because the log is there."""
        with scratch("synth", (SynthesisError, ToolError)) as work:
            for file, text in files.items():
                (work / file).write_bytes(text)
            _check_whole(work, self.tool.run(script, work, timeout=self.timeout))
            made = _read(work, self.to, self.top, self.tool, command)
            folder = _scratch()
            for file in _FILES:
                shutil.move(work / file, folder / file)
        return replace(made, folder=folder)

    def _key(self, files: Mapping[str, bytes], script: Sequence[str]) -> str:
        """Return a hash of all that the result depends on."""
        return digest(
            {
                "verilog": [hashlib.sha256(text).hexdigest() for text in files.values()],
                "script": list(script),
                "yosys": [self.tool.package, self.tool.version],
                "source": source_hash(Path(__file__).parent),
            }
        )


def _reports(target: Target, selected: str = "") -> list[str]:
    """Return the Yosys commands that write the results."""
    lines = [
        "delete */t:$scopeinfo",
        f"tee -o {STAT} stat {target.stat} -json",
        f"write_json {selected} {NETLIST_JSON}",
        f"write_verilog -noattr {selected} {NETLIST_VERILOG}",
    ]
    return [line.replace("  ", " ") for line in lines]


def _tell(progress: Progress | None, target: Target, tool: Yosys) -> None:
    if progress is not None:
        slow = " (its first start compiles WebAssembly, minutes)"
        progress(
            f"synthesising for {target.title} with {tool.package} {tool.version}"
            + (slow if tool.package != "pyosys" else "")
        )


@once
def _scratches(process: int) -> Path:
    """Return the folder for copies of this process."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(scratch("synth"))


def _scratch() -> Path:
    """Return a new folder that goes when this process ends."""
    return Path(tempfile.mkdtemp(dir=_scratches(os.getpid())))


def _check_whole(work: Path, log: Path) -> None:
    """Raise unless Yosys has written all of its files to their end: a disk may be full."""
    for file in _FILES:
        if not (work / file).is_file():
            raise SynthesisError(f"Yosys ended without writing {file}; log: {log}")
    if not (work / NETLIST_VERILOG).read_bytes().rstrip().endswith(b"endmodule"):
        raise SynthesisError(f"{NETLIST_VERILOG} is not whole; is the disk full? log: {log}")


def _read(folder: Path, target: Target, top: str, tool: Yosys, command: str) -> Synthesis:
    try:
        stats = count_modules(folder / NETLIST_JSON)
    except SynthesisError as error:
        raise SynthesisError(f"{error}; log: {folder / LOG}") from error
    try:
        stat = json.loads((folder / STAT).read_text(encoding="utf-8"))
        stats[top], stat["modules"]
    except (ValueError, KeyError, TypeError) as error:
        raise SynthesisError(
            f"cannot understand Yosys' statistics {folder / STAT}: {error!r}; log: {folder / LOG}"
        ) from error
    versions = {tool.package: tool.version}
    return Synthesis(target.name, top, folder, stats, stat, versions, command)
