import contextlib
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from db2hdl_hw import files
from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target, whole_file, whole_folder
from db2hdl_hw.system import rename


class PulledPlugError(Exception):
    pass


def listing(folder: Path) -> list[str]:
    """Return everything in a folder, temporary leftovers included."""
    return sorted(path.name for path in folder.iterdir())


def write_folder(path, text, *, force=False, ours=lambda folder: None):
    with whole_folder(path, force=force, ours=ours) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a.txt").write_text(text)


def mode(path):
    return path.stat().st_mode & 0o777


@pytest.fixture
def umask_022():
    old = os.umask(0o022)
    yield
    os.umask(old)


def test_whole_file(tmp_path, umask_022):
    target = tmp_path / "out.txt"
    with whole_file(target) as path:
        assert path.parent == tmp_path
        path.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new" and mode(target) == 0o644
    assert listing(tmp_path) == ["out.txt"]


def test_whole_file_replaces(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with whole_file(target) as path:
        path.write_text("new")
    assert target.read_text() == "new" and listing(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("fault", [PulledPlugError, KeyboardInterrupt, OSError(28, "disk full")])
@pytest.mark.parametrize("old", [None, "old"])
def test_a_failure_leaves_the_file_as_it_was(tmp_path, fault, old):
    target = tmp_path / "out.txt"
    if old:
        target.write_text(old)
    with pytest.raises(BaseException) as caught, whole_file(target) as path:
        path.write_text("half")
        raise fault
    assert caught.type is (fault if isinstance(fault, type) else type(fault))
    assert listing(tmp_path) == (["out.txt"] if old else [])
    assert not old or target.read_text() == old


def test_whole_folder(tmp_path, umask_022):
    target = tmp_path / "bundle"
    with whole_folder(target) as folder:
        assert folder.parent == tmp_path
        (folder / "a.txt").write_text("new")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "new" and mode(target) == 0o755
    assert listing(tmp_path) == ["bundle"]


def test_a_folder_that_exists_is_refused_and_kept(tmp_path):
    target = tmp_path / "bundle"
    write_folder(target, "old")
    with pytest.raises(InputError, match=r"bundle exists; .* --force"):
        write_folder(target, "new")
    assert (target / "sub" / "a.txt").read_text() == "old" and listing(tmp_path) == ["bundle"]


def test_force_replaces_the_whole_folder(tmp_path):
    target = tmp_path / "bundle"
    write_folder(target, "old")
    (target / "stale.txt").write_text("stale")
    write_folder(target, "new", force=True)
    assert listing(target) == ["sub"] and (target / "sub" / "a.txt").read_text() == "new"
    assert listing(tmp_path) == ["bundle"]


def test_not_even_force_makes_a_folder_of_a_file(tmp_path):
    target = tmp_path / "model.dbnet"
    target.write_text("precious")
    with pytest.raises(InputError, match="is a file; name a folder"):
        write_folder(target, "new", force=True)
    assert target.read_text() == "precious" and listing(tmp_path) == ["model.dbnet"]


def test_not_even_force_removes_the_folder_one_is_in(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    for target in (tmp_path, tmp_path / "a", Path(), Path("..")):
        with pytest.raises(InputError, match="the folder you are in"):
            check_target(target, force=True, folder=True)
    check_target(tmp_path / "a" / "c", force=True, folder=True)


def special(path, kind):
    """Make something that is neither a file nor a folder; return how errors call it."""
    if kind == "device":
        try:
            os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
        return "a device"
    if kind == "fifo":
        os.mkfifo(path)
        return "a FIFO"
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(path.parent):
            one.bind(path.name)
        return "a socket"
    (path.parent / "elsewhere").mkdir()
    (path.parent / "elsewhere" / "a.txt").write_text("precious")
    (path.parent / "file").write_text("precious")
    path.symlink_to({"link": "elsewhere", "link to file": "file", "dangling": "gone"}[kind])
    return "a symbolic link"


KINDS = ["device", "fifo", "socket", "link", "link to file", "dangling"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_special_files_stay(tmp_path, kind, folder, force):
    target = tmp_path / "out"
    said = special(target, kind)
    before = target.lstat()
    with pytest.raises(InputError, match=f"out is {said}"):
        check_target(target, force=force, folder=folder)
    with pytest.raises(InputError, match=f"out is {said}"):
        if folder:
            write_folder(target, "new", force=force)
        else:
            with whole_file(target, force=force) as path:
                path.write_text("new")
    after = target.lstat()
    assert (after.st_ino, after.st_mode, after.st_rdev) == (
        before.st_ino,
        before.st_mode,
        before.st_rdev,
    )
    if "link" in kind:
        assert (tmp_path / "elsewhere" / "a.txt").read_text() == "precious"
        assert (tmp_path / "file").read_text() == "precious"


def test_what_becomes_a_link_meanwhile_stays(tmp_path):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match="symbolic link"), whole_file(tmp_path / "out") as path:
        path.write_text("new")
        (tmp_path / "out").symlink_to("file")
    assert (tmp_path / "out").is_symlink() and listing(tmp_path) == ["file", "out"]


def test_a_folder_below_a_link_is_fine(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_folder(tmp_path / "link" / "b", "new")
    assert (tmp_path / "real" / "b" / "sub" / "a.txt").read_text() == "new"


NO_CALL = [False, True]
"""Whether the system has no ``renameat2``."""


@pytest.fixture(params=NO_CALL, ids=["renameat2", "portable"])
def either(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(rename, "_function", lambda: None)


@pytest.mark.parametrize("made", ["folder", "empty folder", "file"])
@pytest.mark.parametrize("of", ["folder", "file"])
def test_of_two_that_make_one_target_the_second_is_refused(tmp_path, either, made, of):
    target = tmp_path / "out"
    with pytest.raises(InputError, match="out exists"):  # noqa: SIM117
        with whole_folder(target) if of == "folder" else whole_file(target, force=False) as path:
            (path / "a.txt" if of == "folder" else path).write_text("second")
            if made == "file":
                target.write_text("first")
            else:
                target.mkdir()
                if made == "folder":
                    (target / "a.txt").write_text("first")
    if made == "file":
        assert target.read_text() == "first"
    elif made == "folder":
        assert (target / "a.txt").read_text() == "first"
    elif of == "file":
        assert listing(target) == []
    assert listing(tmp_path) == ["out"]


def test_of_many_at_once_one_wins(tmp_path):
    barrier, won = threading.Barrier(8, timeout=60), []

    def make(number):
        with contextlib.suppress(InputError), whole_folder(tmp_path / "out") as folder:
            (folder / "a.txt").write_text(str(number))
            barrier.wait()
        if not folder.exists() and (tmp_path / "out" / "a.txt").read_text() == str(number):
            won.append(number)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and listing(tmp_path) == ["out"]


def only_mine(folder):
    for path in folder.rglob("*"):
        if path.name not in ("sub", "a.txt"):
            raise InputError(f"{path} is foreign")


def test_force_keeps_what_turned_up_meanwhile(tmp_path, either):
    target = tmp_path / "out"
    write_folder(target, "old")
    with (
        pytest.raises(InputError, match=r"out/thesis\.tex is foreign"),
        whole_folder(target, force=True, ours=only_mine) as folder,
    ):
        (folder / "a.txt").write_text("new")
        (target / "thesis.tex").write_text("text")
    assert (target / "thesis.tex").read_text() == "text"
    assert (target / "sub" / "a.txt").read_text() == "old"
    assert listing(tmp_path) == ["out"]


def test_without_a_test_only_an_empty_folder_is_replaced(tmp_path, either):
    target = tmp_path / "out"
    target.mkdir()
    write_folder(target, "new", force=True, ours=None)
    with pytest.raises(InputError, match="out/sub was not written by db2hdl"):
        write_folder(target, "newer", force=True, ours=None)
    assert (target / "sub" / "a.txt").read_text() == "new"


def test_there_is_always_a_folder(tmp_path, monkeypatch):
    target, seen = tmp_path / "out", []
    write_folder(target, "old")
    write_folder(
        target, "new", force=True, ours=lambda folder: seen.append((target / "sub").is_dir())
    )
    assert seen == [True, True]


@pytest.mark.parametrize("fault", [PulledPlugError, KeyboardInterrupt, OSError(28, "disk full")])
@pytest.mark.parametrize("old", [False, True])
def test_a_failure_leaves_the_folder_as_it_was(tmp_path, fault, old):
    target = tmp_path / "bundle"
    if old:
        write_folder(target, "old")
    everything = {"force": True, "ours": lambda folder: None}
    with pytest.raises(BaseException) as caught, whole_folder(target, **everything) as folder:
        (folder / "half.txt").write_text("half")
        raise fault
    assert caught.type is (fault if isinstance(fault, type) else type(fault))
    assert listing(tmp_path) == (["bundle"] if old else [])
    assert not old or (target / "sub" / "a.txt").read_text() == "old"


def test_the_old_folder_comes_back_when_the_last_step_fails(tmp_path, monkeypatch):
    target = tmp_path / "bundle"
    write_folder(target, "old")
    calls = []

    def broken(one, other):
        calls.append(one)
        raise OSError(5, "I/O error")

    monkeypatch.setattr(files, "exchange", broken)
    with pytest.raises(OSError, match="I/O error"):
        write_folder(target, "new", force=True)
    assert len(calls) == 1
    assert (target / "sub" / "a.txt").read_text() == "old" and listing(tmp_path) == ["bundle"]


def test_check_target(tmp_path, monkeypatch):
    check_target(tmp_path / "new", force=False)
    check_target(tmp_path, force=True, folder=True)
    with pytest.raises(InputError, match="is a folder; give the name of a file"):
        check_target(tmp_path, force=True)
    with pytest.raises(InputError, match="exists; choose another output or pass --force"):
        check_target(tmp_path, force=False)
    with pytest.raises(InputError, match=r"the folder .*absent does not exist; create it first"):
        check_target(tmp_path / "absent" / "new", force=True)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="does not exist"):
        check_target(tmp_path / "file" / "new", force=True)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(InputError, match="is not writable"):
        check_target(tmp_path / "new", force=False)
