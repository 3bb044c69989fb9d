"""db2hdl recipe: lists and shows, and what it shows can be trained from."""

import gzip
import json
import struct

import numpy as np
import pytest


@pytest.fixture
def images(tmp_path):
    """A folder of tiny IDX files: 2 classes, light above or below."""
    random = np.random.default_rng(0)
    folder = tmp_path / "images"
    folder.mkdir()
    for part, rows, zipped in (("train", 120, True), ("t10k", 30, False)):
        labels = random.integers(0, 2, rows).astype(np.uint8)
        pixels = random.integers(0, 90, (rows, 6, 5)).astype(np.uint8)
        pixels[labels == 1, :3] += 150
        pixels[labels == 0, 3:] += 150
        for kind, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            data = head + array.tobytes()
            file = folder / f"{part}-{kind}-ubyte{'.gz' if zipped else ''}"
            file.write_bytes(gzip.compress(data, mtime=0) if zipped else data)
    return folder


def test_list(db2hdl):
    outcome = db2hdl("recipe", "list", "--json")
    found = {one["name"]: one["data"] for one in outcome.json["recipes"]}
    assert outcome.code == 0
    assert found["mnist-3k"] == "images" and found["iris"] == "iris"


def test_show_prints_the_file(db2hdl):
    from db2hdl.train.recipes import text

    assert db2hdl("recipe", "show", "mnist-3k").out == text("mnist-3k")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["show", "mnist3k"], "did you mean 'mnist-3k'"),
        (["show"], "which recipe?"),
        (["list", "iris"], "list takes no name"),
        (["shwo"], "did you mean 'show'"),
    ],
)
def test_bad_input(db2hdl, argv, words):
    outcome = db2hdl("recipe", *argv)
    assert outcome.code == 2 and words in outcome.err and outcome.err.count("\n") == 1


def test_an_edited_recipe_learns_from_a_folder_of_images(db2hdl, images, tmp_path):
    shown = db2hdl("recipe", "show", "mnist-small").out
    mine = tmp_path / "mine.toml"
    mine.write_text(
        shown.replace("neurons = 560", "neurons = 40").replace("neurons = 280", "neurons = 20")
    )
    model = tmp_path / "m.dbnet"
    outcome = db2hdl("train", mine, "--data", images, "-o", model, "--epochs", 5, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["bits_different"] == 0
    assert outcome.json["hard_accuracy"] == outcome.json["soft_accuracy"] > 0.9
    assert outcome.json["provenance"]["recipe"]["layers"][0]["neurons"] == 40
    assert model.is_file()


def test_images_without_a_recipe_take_a_small_one(db2hdl, images, tmp_path):
    outcome = db2hdl("train", "--data", images, "-o", tmp_path / "m.dbnet", "--epochs", 1, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["provenance"]["recipe"]["layers"][0]["kind"] == "lut"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["mnist-3k"], "give --data DIR, a folder with train-images-idx3-ubyte"),
        (["mnist-3k", "--data", "images", "--label", "x"], "is a folder of images"),
        (["mnist-3k", "--data", "."], "train-images-idx3-ubyte is missing: looked in"),
        (["--data", "gone"], "no such file"),
        (["gone.toml", "--data", "images"], "gone.toml: cannot be read"),
        (["bad.toml", "--data", "images"], "bad.toml: layer 1: kind is missing"),
    ],
)
def test_what_is_wrong_with_images_and_recipes(db2hdl, images, tmp_path, monkeypatch, argv, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("[[layer]]\nneurons = 3\n")
    outcome = db2hdl("train", *argv, "-o", "m.dbnet")
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err and outcome.err.count("\n") == 1
    assert not (tmp_path / "m.dbnet").exists()


def test_info_of_an_image_model(db2hdl, images, tmp_path):
    model = tmp_path / "m.dbnet"
    db2hdl("train", "--data", images, "-o", model, "--epochs", 1)
    outcome = db2hdl("info", model, "--json")
    assert outcome.code == 0
    assert len(json.loads(outcome.out)["features"]) == 30
