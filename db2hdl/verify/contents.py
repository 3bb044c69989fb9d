"""The checks of a bundle's files: their hashes, the evidence, and whose model it is."""

from __future__ import annotations

from pathlib import Path

from db2hdl.model_file import load, model_hash
from db2hdl.verify.result import DAMAGED, FAILED, NONE, VERIFIED, Check
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.bundle import Bundle


def check_files(folder: Path) -> Check:
    """Compare every file with the manifest, before anything in it is looked at."""
    changed = manifest.changes(folder)
    if changed:
        return Check("files", FAILED, tuple(changed.lines()), DAMAGED)
    listed = manifest.read(folder)
    count = len(listed.files) if listed else 0
    return Check("files", VERIFIED, (f"{count} files have the hashes of the manifest",))


def check_evidence(folder: Path) -> Check:
    """Find evidence that was changed, or is of another version of the bundle.

    Nothing in it is believed here; but whoever reads the folder would take stale evidence for
    what was found of this bundle, so it does not pass.
    """
    states = evidence.states(folder)
    wrong = [f"evidence/{file} is {state}" for file, state in states.items() if state != "fresh"]
    if wrong:
        remedy = "; do that check again, or remove the file"
        stale = tuple(line + remedy if " is stale" in line else line for line in wrong)
        return Check("evidence", FAILED, stale, DAMAGED)
    if not states:
        return Check("evidence", NONE, ("there is none",))
    return Check("evidence", VERIFIED, (f"{len(states)} files belong to this bundle",))


def check_model(bundle: Bundle) -> Check:
    """Compare the model with the hashes of it in the interface and in the manifest."""
    found = model_hash(load(bundle.model).hard)
    listed = manifest.read(bundle.path)
    wanted = {"interface.json": bundle.interface.model_hash}
    wanted |= {manifest.MANIFEST: listed.model_hash} if listed else {}
    for file, value in wanted.items():
        if value != found:
            said = f"model.dbnet is not the model of {file}: {found[:12]}…, not {value[:12]}…"
            return Check("model", FAILED, (said,), DAMAGED)
    return Check("model", VERIFIED, (f"model.dbnet is {found}",))
