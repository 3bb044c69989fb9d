import os
from pathlib import Path

import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target, whole_file, whole_folder


class PulledPlugError(Exception):
    pass


def listing(folder: Path) -> list[str]:
    """Return everything in a folder, temporary leftovers included."""
    return sorted(path.name for path in folder.iterdir())


def write_folder(path, text, **options):
    with whole_folder(path, **options) as folder:
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


def test_force_replaces_a_link_and_not_what_it_points_to(tmp_path):
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "bundle"
    write_folder(elsewhere, "precious")
    target.symlink_to(elsewhere)
    write_folder(target, "new", force=True)
    assert not target.is_symlink() and (target / "sub" / "a.txt").read_text() == "new"
    assert (elsewhere / "sub" / "a.txt").read_text() == "precious"
    assert listing(tmp_path) == ["bundle", "elsewhere"]


def test_a_link_to_nothing_is_in_the_way_too(tmp_path):
    target = tmp_path / "bundle"
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="bundle exists"):
        write_folder(target, "new")
    write_folder(target, "new", force=True)
    assert (target / "sub" / "a.txt").read_text() == "new" and listing(tmp_path) == ["bundle"]


@pytest.mark.parametrize("fault", [PulledPlugError, KeyboardInterrupt, OSError(28, "disk full")])
@pytest.mark.parametrize("old", [False, True])
def test_a_failure_leaves_the_folder_as_it_was(tmp_path, fault, old):
    target = tmp_path / "bundle"
    if old:
        write_folder(target, "old")
    with pytest.raises(BaseException) as caught, whole_folder(target, force=True) as folder:
        (folder / "half.txt").write_text("half")
        raise fault
    assert caught.type is (fault if isinstance(fault, type) else type(fault))
    assert listing(tmp_path) == (["bundle"] if old else [])
    assert not old or (target / "sub" / "a.txt").read_text() == "old"


def test_the_old_folder_comes_back_when_the_last_step_fails(tmp_path, monkeypatch):
    target = tmp_path / "bundle"
    write_folder(target, "old")
    rename, renamed = Path.rename, []

    def second_fails(self, to):
        renamed.append(self)
        if len(renamed) == 2:
            raise OSError(5, "I/O error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(OSError, match="I/O error"):
        write_folder(target, "new", force=True)
    assert len(renamed) == 3
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
