"""Verify a bundle with nothing but the bundle: hashes, rebuild, lint, simulation, proof."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db2hdl.bundle import arguments, bundle_parts
from db2hdl.model_file import load, model_hash
from db2hdl.simulate import simulate
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.bundle import INTERFACE, Bundle
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.emit.source import check_files
from db2hdl_hw.errors import (
    Db2hdlError,
    InputError,
    MismatchError,
    NotProvedError,
    SynthesisError,
    ToolError,
)

FORMAT, VERSION = "db2hdl-verify", 1

VERIFIED, FAILED, NOT_DONE = "verified", "failed", "not done"

DAMAGED = MismatchError.exit_code

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Check:
    """One check and how it ended.

    Attributes
    ----------
    name : str
    verdict : str
        ``verified``, ``failed``, or ``not done``.
    said : tuple of str
        What was verified, what is wrong, or why it was not done.
    exit_code : int
        Of the command, if this decides; 0 for what may be left out.
    """

    name: str
    verdict: str
    said: tuple[str, ...]
    exit_code: int = 0


@dataclass(frozen=True)
class Verification:
    """All checks of a bundle."""

    path: Path
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed, and nothing that must be done was left out."""
        return bool(self.checks) and not any(check.exit_code for check in self.checks)

    def check(self) -> None:
        """Raise the error of the check that weighs most, unless all passed.

        Raises
        ------
        InputError
            If the Verilog is malicious or cannot be read.
        MismatchError
            If a file was changed, or the circuit is wrong.
        ToolError
            If a tool is missing.
        NotProvedError
            If the proof was not done or not finished.
        """
        kinds: dict[int, type[Db2hdlError]] = {
            2: InputError,
            4: MismatchError,
            3: ToolError,
            6: NotProvedError,
        }
        for code, kind in kinds.items():
            for one in self.checks:
                if one.exit_code == code:
                    raise kind(f"{self.path} is not verified: {one.name}: {one.said[0]}")

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "bundle": str(self.path),
            "passed": self.passed,
            "checks": [
                {"name": one.name, "verdict": one.verdict, "said": list(one.said)}
                for one in self.checks
            ],
        }


def verify(
    path: Path | str,
    *,
    targets: Sequence[str] = (),
    timeout: float | None = None,
    random: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Verification:
    """Check a bundle that may come from anywhere, and leave it as it is.

    A file that was changed does not end the verification: the other checks look at what they
    find, so that the report says as well whether the circuit is still right.

    Parameters
    ----------
    path : path
        The bundle.
    targets : sequence of str
        Synthesis targets whose netlists are proved as well; by default the proof ends at the
        Verilog.
    timeout : float, optional
        Seconds for each link of the proof.
    random, seed : int
        As in ``simulate``.
    progress : callable, optional
        Told the name of each check as it begins.

    Returns
    -------
    Verification
        Look at ``passed``, or call ``check``.

    Raises
    ------
    InputError
        If it is no bundle at all, or has links in it.
    """
    tell = progress or (lambda step: None)
    folder = bundle_folder(path)
    tell("files")
    checks = [_guarded("files", lambda: _files(folder), DAMAGED)]
    tell("evidence")
    checks.append(_guarded("evidence", lambda: _evidence(folder), DAMAGED))
    try:
        bundle = Bundle.open(folder)
    except InputError as error:
        if checks[0].verdict != FAILED:
            raise  # a bundle that was made so
        checks.append(Check("bundle", NOT_DONE, (f"no more can be checked: {error}",), DAMAGED))
        return Verification(folder, tuple(checks))
    refused = _exit_code_of_bad_input(bundle, checks[0])
    steps: list[tuple[str, Callable[[], Check]]] = [
        ("model", lambda: _model(bundle)),
        ("rebuild", lambda: _rebuild(bundle)),
        ("source", lambda: _source(bundle)),
        ("lint", lambda: _lint(bundle)),
        ("simulation", lambda: _simulation(bundle, random, seed)),
        ("proof", lambda: _proof(bundle, targets, timeout)),
    ]
    for name, step in steps:
        tell(name)
        if name in ("lint", "simulation", "proof") and _refused(checks):
            checks.append(Check(name, NOT_DONE, ("the Verilog is refused",), 2))
        else:
            own = {"model": DAMAGED, "source": InputError.exit_code}
            checks.append(_guarded(name, step, own.get(name, refused)))
    return Verification(bundle.path, tuple(checks))


def _refused(checks: Sequence[Check]) -> bool:
    return any(one.name == "source" and one.verdict == FAILED for one in checks)


def bundle_folder(path: Path | str) -> Path:
    """Return the folder of something that is, or was, a bundle of plain files.

    Raises
    ------
    InputError
        If it is none, or there are links or special files in it.
    """
    folder = Path(path)
    if not folder.is_dir() or not any(
        (folder / n).exists() for n in (INTERFACE, manifest.MANIFEST)
    ):
        return Bundle.open(path).path  # raises the error that fits
    manifest.files_in(folder)
    return folder


def _exit_code_of_bad_input(bundle: Bundle, files: Check) -> int:
    """Return what it counts as when a check cannot read a file: as damage, if there is any.

    Verilog that cannot be read is refused all the same.
    """
    if files.verdict != FAILED:
        return InputError.exit_code
    try:
        changed = {bundle.path / path for path in manifest.changes(bundle.path).paths}
    except InputError:
        return DAMAGED
    return InputError.exit_code if changed & set(bundle.rtl) else DAMAGED


def _guarded(name: str, step: Callable[[], Check], bad_input: int) -> Check:
    """Return the check, or what its error says; ``bad_input`` is the exit code of InputError."""
    try:
        return step()
    except MismatchError as error:
        return Check(name, FAILED, (str(error),), 4)
    except InputError as error:
        return Check(name, FAILED, (str(error),), bad_input)
    except ToolError as error:
        return Check(name, NOT_DONE, (str(error),), 0 if name == "rebuild" else 3)
    except (NotProvedError, SynthesisError) as error:
        return Check(name, NOT_DONE, (str(error),), 6)


def _files(folder: Path) -> Check:
    changed = manifest.changes(folder)
    if changed:
        return Check("files", FAILED, tuple(changed.lines()), DAMAGED)
    listed = manifest.read(folder)
    count = len(listed.files) if listed else 0
    return Check("files", VERIFIED, (f"{count} files have the hashes of the manifest",))


def _evidence(folder: Path) -> Check:
    states = evidence.states(folder)
    wrong = [f"evidence/{file} is {state}" for file, state in states.items() if state != "fresh"]
    stale = all(state.startswith("stale") for state in states.values() if state != "fresh")
    if wrong:
        return Check("evidence", NOT_DONE if stale else FAILED, tuple(wrong), 0 if stale else 4)
    said = f"{len(states)} files belong to this bundle" if states else "there is none"
    return Check("evidence", VERIFIED if states else NOT_DONE, (said,))


def _model(bundle: Bundle) -> Check:
    found = model_hash(load(bundle.model).hard)
    listed = manifest.read(bundle.path)
    wanted = {"interface.json": bundle.interface.model_hash}
    wanted |= {manifest.MANIFEST: listed.model_hash} if listed else {}
    for file, value in wanted.items():
        if value != found:
            said = f"model.dbnet is not the model of {file}: {found[:12]}…, not {value[:12]}…"
            return Check("model", FAILED, (said,), 4)
    return Check("model", VERIFIED, (f"model.dbnet is {found}",))


def _rebuild(bundle: Bundle) -> Check:
    """Export the model again with the recorded options, and compare every byte."""
    listed = manifest.read(bundle.path)
    if listed is None:
        return Check("rebuild", NOT_DONE, ("without a manifest the options are not known",))
    here = manifest.writers()
    other = [
        f"{name} {listed.tools.get(name, 'unknown')} wrote the bundle, here is {number}"
        for name, number in here.items()
        if listed.tools.get(name) != number
    ]
    if other:
        return Check("rebuild", NOT_DONE, tuple(other))
    known = bundle.directed()
    try:
        wanted = arguments(listed.options)
        parts = bundle_parts(
            load(bundle.model), **wanted, directed=None if known is None else known[0]
        )
    except (TypeError, ValueError) as error:
        return Check("rebuild", FAILED, (f"the options in the manifest are wrong: {error}",), 4)
    differ = [name for name, data in parts.items() if _bytes(bundle.path / name) != data]
    differ += [name for name in listed.files if name not in parts]
    if differ:
        said = tuple(f"{name} is not what the model gives" for name in sorted(differ))
        return Check("rebuild", FAILED, said, 4)
    return Check("rebuild", VERIFIED, (f"exporting the model again gives the {len(parts)} files",))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _source(bundle: Bundle) -> Check:
    files = sorted({*bundle.rtl, *(bundle.path / "rtl").glob("*.v")})
    check_files(files)
    shells = [
        f"{file.name} around the core is neither simulated nor proved here"
        for file in files
        if file not in bundle.rtl
    ]
    return Check("source", VERIFIED, ("the Verilog reads and runs nothing else", *shells))


def _lint(bundle: Bundle) -> Check:
    found = lint(bundle.rtl, bundle.interface.top)
    if found:
        return Check("lint", FAILED, tuple(found[:20]), 4)
    return Check("lint", VERIFIED, ("verilator -Wall finds nothing",))


def _simulation(bundle: Bundle, random: int, seed: int) -> Check:
    with tempfile.TemporaryDirectory(prefix="db2hdl-verify-") as folder:
        outcome = simulate(bundle.path, random=random, seed=seed, evidence=folder)
    outcome.check()
    counts = [(source.vectors, source.name) for source in outcome.results[0].sources]
    vectors = ", ".join(f"{count} {name}" for count, name in counts)
    said = f"all outputs are the reference's for {vectors} vectors"
    return Check("simulation", VERIFIED, (said, *_notes(outcome.notes)))


def _notes(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(note for note in notes if "vectors" in note)


def _proof(bundle: Bundle, targets: Sequence[str], timeout: float | None) -> Check:
    try:
        from db2hdl.prove import prove
        from db2hdl.prove.evidence import check
    except ImportError as error:
        raise ToolError(f"{error.name} is missing; pip install 'db2hdl[prove]'") from error
    # A fresh folder: nothing that was proved before is believed.
    with tempfile.TemporaryDirectory(prefix="db2hdl-verify-") as folder:
        report = prove(bundle.path, targets=tuple(targets), timeout=timeout, work=Path(folder))
    check(report)
    links = ", ".join(link.name for link in report.links)
    left = () if targets else ("netlists after synthesis were not asked for (--target)",)
    return Check("proof", VERIFIED, (f"for all inputs: {links}", *left))
