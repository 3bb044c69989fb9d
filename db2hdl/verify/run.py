"""All checks of a bundle, one after the other, in the order in which they may look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from db2hdl.verify import circuit, contents, rebuild, vectors
from db2hdl.verify.result import DAMAGED, FAILED, NOT_DONE, Check, Verification
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import INTERFACE, Bundle
from db2hdl_hw.emit.coverage import coverage
from db2hdl_hw.errors import (
    InputError,
    MismatchError,
    NotProvedError,
    SynthesisError,
    ToolError,
)
from db2hdl_hw.system.cache import without_cache
from db2hdl_hw.system.sandbox import isolation

Progress = Callable[[str], None]


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
    find, so that the report says as well whether the circuit is still right. A check that was not
    done is no pass, and nothing that was found before is believed: no cache is used.

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
    with without_cache():
        tell("files")
        checks = [_guarded("files", lambda: contents.check_files(folder), DAMAGED)]
        tell("evidence")
        checks.append(_guarded("evidence", lambda: contents.check_evidence(folder), DAMAGED))
        try:
            bundle = Bundle.open(folder)
        except InputError as error:
            if checks[0].verdict != FAILED:
                raise  # a bundle that was made so
            said = (f"no more can be checked: {error}",)
            return Verification(folder, (*checks, Check("bundle", NOT_DONE, said, DAMAGED)))
        checks += _of_bundle(bundle, checks[0], targets, timeout, random, seed, tell)
    covers = coverage(bundle)
    return Verification(bundle.path, tuple(checks), covers.files, covers.left, isolation())


def _of_bundle(
    bundle: Bundle,
    files: Check,
    targets: Sequence[str],
    timeout: float | None,
    random: int,
    seed: int,
    tell: Progress,
) -> list[Check]:
    """Return the checks of what is in the files."""
    refused = _exit_code_of_bad_input(bundle, files)
    steps: dict[str, Callable[[], Check]] = {
        "model": lambda: contents.check_model(bundle),
        rebuild.NAME: lambda: rebuild.check_rebuild(bundle),
        "source": lambda: circuit.check_source(bundle),
        "lint": lambda: circuit.check_lint(bundle),
        "simulation": lambda: circuit.check_simulation(bundle, random, seed),
        "proof": lambda: circuit.check_proof(bundle, targets, timeout),
        vectors.NAME: lambda: vectors.check_vectors(bundle),
    }
    done: dict[str, Check] = {}
    for name, step in steps.items():
        tell(name)
        if "source" in done and not done["source"].passed:
            done[name] = Check(name, NOT_DONE, ("the Verilog is refused",), 2)
        else:
            own = {"model": DAMAGED, "source": InputError.exit_code}
            done[name] = _guarded(name, step, own.get(name, refused))
    done[rebuild.NAME] = rebuild.by_proof(done[rebuild.NAME], done["proof"])
    return list(done.values())


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
        return Check(name, FAILED, (str(error),), DAMAGED)
    except InputError as error:
        return Check(name, FAILED, (str(error),), bad_input)
    except ToolError as error:
        return Check(name, NOT_DONE, (str(error),), ToolError.exit_code)
    except (NotProvedError, SynthesisError) as error:
        return Check(name, NOT_DONE, (str(error),), NotProvedError.exit_code)
