"""What has no end, or cannot be read twice, is refused before it is opened."""

import os
import socket
from pathlib import Path

import pytest

from db2hdl.data.csv_file import read_bytes
from db2hdl.model_file import load as load_model
from db2hdl.train.recipes.reader import load
from db2hdl_hw.errors import InputError
from db2hdl_hw.system.plain_file import check_plain_file


def test_pipes_devices_and_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    for name, kind in (
        ("pipe", "a pipe"),
        ("link", "a pipe"),
        ("socket", "a socket"),
        ("/dev/zero", "a device"),
    ):
        with pytest.raises(InputError, match=f"{name} is {kind}; save"):
            check_plain_file(Path(name))


def test_files_links_to_them_folders_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    for path in (tmp_path, tmp_path / "file", tmp_path / "link", tmp_path / "none"):
        check_plain_file(path)


def test_data_models_and_recipes_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a device"):
        load_model(Path("/dev/zero"))
    with pytest.raises(InputError, match="is a device"):
        read_bytes(Path("/dev/zero"))
    os.mkfifo(tmp_path / "r.toml")
    with pytest.raises(InputError, match="is a pipe"):
        load(str(tmp_path / "r.toml"))
