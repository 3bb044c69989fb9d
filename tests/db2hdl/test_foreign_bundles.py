"""A bundle whose folder, files and names were made to trick whoever opens it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from db2hdl.verify import verify
from db2hdl_hw.emit import manifest
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.errors import InputError
from db2hdl_hw.system import reading

NAMES = [
    "rtl/--pipe-filter",
    "-o",
    "rtl/$(touch ran).v",
    "rtl/a b.v",
    "rtl/[exec touch ran].v",
    'rtl/"; exec touch ran; ".v',
    "rtl/it's.v",
    "rtl/a\nb.v",
    "rtl/\x1b[2J.v",
    "rtl/.hidden.v",
    "rtl/a:b.v",
    "../outside.v",
    "/etc/passwd",
    "rtl/../../outside.v",
    "rtl//top.v",
    "./rtl/top.v",
    "rtl/" + "a" * 200 + ".v",
    "a/" * 20 + "top.v",
    "",
]

COMMANDS = {
    "sim": ["sim"],
    "prove": ["prove"],
    "verify": ["verify"],
    "mutate": ["mutate"],
    "synth": ["synth", "--target", "ice40"],
}


def renamed(bundle, name):
    """Let the interface name the RTL otherwise, and move it there, where that can be."""
    file = bundle / "interface.json"
    data = json.loads(file.read_text())
    old = bundle / data["rtl"][0]
    data["rtl"] = [name]
    file.write_text(json.dumps(data))
    if ".." not in name and not name.startswith("/") and name and len(Path(name).name) < 250:
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        if not (bundle / name).exists():
            old.rename(bundle / name)


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_refused(small_bundle, name):
    renamed(small_bundle, name)
    with pytest.raises(InputError):
        Bundle.open(small_bundle)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["rtl/--pipe-filter", "rtl/$(touch ran).v"])
def test_by_every_command(db2hdl, small_bundle, command, name, tmp_path, monkeypatch):
    renamed(small_bundle, name)
    monkeypatch.chdir(tmp_path)
    words = COMMANDS[command]
    outcome = db2hdl(words[0], small_bundle, *words[1:])
    assert outcome.code in (2, 4)
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["link", "fifo", "link to folder"])
@pytest.mark.parametrize("name", ["rtl/top.v", "model.dbnet", "interface.json", "evidence", "new"])
def test_special_files_are_refused(small_bundle, kind, name):
    path = small_bundle / name
    if path.is_file():
        path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/etc/passwd" if kind == "link" else "/tmp")
    with pytest.raises(InputError):
        Bundle.open(small_bundle)
    with pytest.raises(InputError):
        verify(small_bundle)


@pytest.mark.parametrize("name", ["rtl/top.v", "rtl/nets.json", "interface.json", "manifest.json"])
def test_too_large_files_are_not_read(small_bundle, name):
    with (small_bundle / name).open("ab") as file:
        file.truncate(1 << 40)  # takes no room on the disk
    with pytest.raises(InputError, match="more than the"):
        Bundle.open(small_bundle)
        manifest.changes(small_bundle)


def test_too_many_files(small_bundle, monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILES", 20)
    (small_bundle / "many").mkdir()
    for number in range(21):
        (small_bundle / "many" / str(number)).touch()
    with pytest.raises(InputError, match="more than 20 files"):
        Bundle.open(small_bundle)


def test_too_deep(small_bundle):
    (small_bundle / "/".join("a" * 9)).mkdir(parents=True)
    with pytest.raises(InputError, match="lies too deep"):
        Bundle.open(small_bundle)


def test_what_benches_leave_is_not_looked_at(small_bundle):
    (small_bundle / "sim_build").symlink_to("/dev")
    os.mkfifo(small_bundle / "tb" / "results.xml")
    Bundle.open(small_bundle)
    assert not manifest.changes(small_bundle)


def test_no_bench_of_the_bundle_is_run(db2hdl, small_bundle, tmp_path, monkeypatch):
    """Each is replaced by one that would leave a mark; ``sim`` and ``verify`` run ours."""
    mark = tmp_path / "ran"
    for file in (small_bundle / "tb").iterdir():
        if file.suffix == ".py":
            file.write_text(f"open({str(mark)!r}, 'w')")
        else:
            file.write_text(f'module x; initial $system("touch {mark}"); endmodule')
    for name in ("Makefile", "rtl/Makefile", "conftest.py", "sitecustomize.py", "cocotb.py"):
        (small_bundle / name).write_text(f"open({str(mark)!r}, 'w')\nall:\n\ttouch {mark}\n")
    monkeypatch.chdir(small_bundle)
    assert db2hdl("sim", small_bundle, "--random", 3, "-o", tmp_path / "e").code == 0
    assert not mark.exists()


def test_a_bundle_at_an_odd_place(db2hdl, small_bundle, tmp_path):
    odd = tmp_path / '12:30 it\'s "$(x)" [a]\n#'
    odd.mkdir()
    shutil.copytree(small_bundle, odd / "ip")
    assert db2hdl("sim", odd / "ip", "--random", 3).code == 0
