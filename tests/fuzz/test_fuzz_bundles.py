"""Bundles with one file changed, or its name: what reads them refuses, or says what they hold.

The Verilog is left to the fuzzer of the subset.
"""

import json
import os
import shutil
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest
from fuzz_tools import Finding, Mutator, examples, little_memory, only_inside, refused

from db2hdl import simulate
from db2hdl.expected import expected_words
from db2hdl.model_file import load, model_hash
from db2hdl_hw.emit import evidence, manifest, vectors
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.manifest import MANIFEST
from db2hdl_hw.errors import MismatchError

NAMES = ["x", "rtl/x.v", "\n", "-o", "evidence/x.json", "..x", "\u202e", "vectors/x.hex", "a b;$c"]


@pytest.fixture(scope="module")
def exported(_exported, tmp_path_factory):
    """A bundle with directed vectors and a file of evidence."""
    folder = Path(shutil.copytree(_exported, tmp_path_factory.mktemp("fuzz") / "bundle"))
    evidence.write(folder, "made", {"verdict": "none", "numbers": [1, 2.5]})
    return folder


def change(rng: Mutator, folder: Path) -> str:
    """Change one file of a bundle, but no Verilog; return which and how."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".v"]
    path = rng.choice([*files, folder / "interface.json", folder / MANIFEST])
    data, how = path.read_bytes(), rng.randrange(10)
    if how == 0:
        path.unlink()
    elif how == 1:
        name = rng.choice(NAMES)
        (folder / name).parent.mkdir(exist_ok=True)
        path.rename(folder / name)
    elif how == 2:
        path.unlink()
        make = rng.choice([os.mkfifo, Path.mkdir, lambda p: p.symlink_to("/etc/passwd")])
        make(path)
    elif path.suffix == ".json" and how < 8:
        path.write_bytes(rng.dump(rng.json(json.loads(data)), indent=1, ensure_ascii=False))
    elif path.suffix in (".hex", ".txt") and how < 8:
        lines = data.splitlines(keepends=True)
        at = rng.randrange(len(lines))
        other = [b"\n", b"0\n", b"ff\n", b"FF", b"1" * 99, b"1" + lines[at][1:], rng.choice(lines)]
        lines[at] = rng.choice(other)
        path.write_bytes(b"".join(lines))
    else:
        path.write_bytes(rng.bytes(data))
    return f"{path.relative_to(folder)}, change {how}"


def listed_again(folder: Path) -> None:
    """Make a manifest that fits, as a forger would."""
    data = json.loads((folder / MANIFEST).read_bytes())
    data.pop("sha256", None)
    for name in list(data.get("files", {})):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            del data["files"][name]
        else:
            made = manifest.entry(path.read_bytes())
            data["files"][name] = {"sha256": made.sha256, "size": made.size}
    (folder / MANIFEST).write_bytes(manifest.sealed(data))


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """The files that the manifest is about."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if not name.startswith("evidence") and not (path.is_dir() and not path.is_symlink()):
            plain = path.is_file() and not path.is_symlink()
            found[name] = path.read_bytes() if plain else "special"
    return found


def read_all(folder: Path) -> Bundle:
    """Read everything in a bundle that its readers read."""
    bundle = Bundle.open(folder)
    hard = simulate.model_of(bundle)
    simulate.vectors_of(bundle, hard, 8, 0)
    simulate._labels(bundle, simulate._tests(bundle, hard))
    bundle.nets()
    evidence.states(folder)
    return bundle


def check_meaning(bundle: Bundle, what: str) -> None:
    """What was read is one meaning: interface, model and vectors fit each other."""
    face = bundle.interface
    if Interface.loads(face.dumps()) != face:
        raise Finding(f"{what}: the interface does not come back")
    hard = load(bundle.model).hard
    if model_hash(hard) != face.model_hash:
        raise Finding(f"{what}: the model is not that of the interface")
    if not bundle.has_vectors:
        return
    words = bundle.inputs()
    if (bundle.expected() != expected_words(hard, face, words)).any():
        raise Finding(f"{what}: the expected words are not the model's")
    file = (bundle.path / "vectors/test_inputs.hex").read_bytes()
    if vectors.format_hex(words).lower().split() != file.lower().split():
        raise Finding(f"{what}: the input words do not come back")


def fuzz_bundles(exported: Path, scratch: Path, count: int, seed: int = 0) -> int:
    """Try so many changed bundles; return how many were read to the end."""
    accepted, folder, good = 0, scratch / "b", snapshot(exported)
    for example in range(count):
        rng = Mutator(seed * 1_000_003 + example)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(exported, folder)
        what = f"bundle fuzzer, seed {seed}, example {example}: {change(rng, folder)}"
        forged = rng.random() < 0.5 and (folder / MANIFEST).is_file()
        if forged:
            try:
                listed_again(folder)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                forged = False
        changes = refused(partial(manifest.changes, folder), what)
        if not forged and changes is not None and not changes and snapshot(folder) != good:
            raise Finding(f"{what}: the manifest does not tell")
        with little_memory(what) if example % 4 == 0 else nullcontext():
            bundle = refused(partial(read_all, folder), what)
        if bundle is not None:
            accepted += 1
            refused(partial(check_meaning, bundle, what), what)
    return accepted


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_bundles(exported, tmp_path, long):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with only_inside(scratch):
        assert fuzz_bundles(exported, scratch, examples(120, long)) > 10


def test_a_manifest_that_does_not_tell_is_found(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "same", lambda path, listed: True)
    with pytest.raises(Finding, match="does not tell"):
        fuzz_bundles(exported, tmp_path, 300)


def test_vectors_that_are_not_the_models_are_found(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(simulate, "_tests", lambda bundle, hard: [])
    with pytest.raises(Finding, match="are not the model's"):
        fuzz_bundles(exported, tmp_path, 600)


def test_an_error_of_ours_is_no_excuse_for_another():
    """The oracle can fail: an internal error and a message of two lines are findings."""

    def fail(error):
        raise error

    refused(partial(fail, MismatchError("one line")), "it")
    for error in (MismatchError("two\nlines"), ValueError("x"), RecursionError("x"), KeyError(1)):
        with pytest.raises(Finding):
            refused(partial(fail, error), "it")
