"""Checkpoint files."""

import pickle

import pytest
import torch

from db2hdl.train import read_checkpoint, write_checkpoint
from db2hdl_hw.errors import InputError


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "c.pt"
    write_checkpoint(path, {"a": torch.arange(3), "b": {"c": [1, 2.5, "d"]}})
    state = read_checkpoint(path)
    assert state["a"].tolist() == [0, 1, 2]
    assert state["b"] == {"c": [1, 2.5, "d"]}
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]


class Hostile:
    def __reduce__(self):
        return (pytest.fail, ("code in a checkpoint was run",))


@pytest.mark.parametrize(
    "content",
    [b"", b"plain text", b"PK\x03\x04 no zip", pickle.dumps(Hostile(), protocol=2)],
    ids=["empty", "text", "zip", "hostile"],
)
def test_other_files_are_one_clear_line(tmp_path, content):
    path = tmp_path / "c.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a checkpoint"):
        read_checkpoint(path)


def test_a_truncated_checkpoint_is_one_clear_line(tmp_path):
    path = tmp_path / "c.pt"
    write_checkpoint(path, {"a": torch.arange(1000)})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="not a checkpoint"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [[1, 2], {"format": "other"}])
def test_other_content_is_refused(tmp_path, content):
    path = tmp_path / "c.pt"
    torch.save(content, path)
    with pytest.raises(InputError, match="not a checkpoint"):
        read_checkpoint(path)


def test_another_version_is_refused(tmp_path):
    path = tmp_path / "c.pt"
    write_checkpoint(path, {"version": 99})
    with pytest.raises(InputError, match="version 99, this db2hdl reads 1"):
        read_checkpoint(path)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.pt: no such checkpoint"):
        read_checkpoint(tmp_path / "none.pt")
