"""Recipe files: those that come along build nets, and a wrong one says where it is wrong."""

import pytest
import torch

from db2hdl import nn
from db2hdl.data import PROBLEMS, load_problem
from db2hdl.data.dataset import Split
from db2hdl.data.idx import Images, pixel_features
from db2hdl.train import Recipe, Stack
from db2hdl.train.recipes import IMAGES, load, names, text
from db2hdl.train.recipes.reader import parse
from db2hdl_hw.errors import InputError

WANTED = {
    "toy-clothes", "toy-outside", "noisy-xor", "binary-iris", "iris", "breast-cancer", "digits",
    "mnist-paper", "mnist-small", "mnist-2k", "mnist-3k", "mnist-6k",
}  # fmt: skip
LUT = 'kind = "lut"\nneurons = 20\n'
GOOD = f"[[layer]]\n{LUT}"


def images(height, width, classes, rows=30) -> Images:
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 256, (rows, height * width), generator=generator).numpy()
    part = Split(codes.astype("uint16"), (torch.arange(rows) % classes).numpy())
    return Images(
        name="made up",
        features=tuple(pixel_features(height, width)),
        classes=tuple(map(str, range(classes))),
        train=part,
        validation=part,
        test=part,
        height=height,
        width=width,
    )


def test_the_names():
    assert set(names()) == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_recipe_builds_a_net_for_its_data(name):
    recipe = load(name)
    assert recipe.name == name and recipe.about
    assert recipe.data == IMAGES or recipe.data in PROBLEMS
    data = images(28, 28, 10) if recipe.data == IMAGES else load_problem(recipe.data)
    net = recipe.recipe.adapt(data).build(data)
    counts = net(nn.net_input(net, data.train.codes[:2]))
    assert counts.shape == (2, len(data.classes))


@pytest.mark.parametrize("size", [(28, 28, 7), (5, 31, 3), (2, 2, 2), (40, 16, 26)])
@pytest.mark.parametrize("name", ["mnist-small", "mnist-3k", "mnist-paper"])
def test_image_recipes_adapt_to_any_size_and_number_of_classes(name, size):
    data = images(*size)
    net = load(name).recipe.build(data)
    counts = net(nn.net_input(net, data.train.codes[:2]))
    assert counts.shape == (2, size[2])


def test_layers_stay_within_the_luts_their_names_promise():
    data = images(28, 28, 10)
    for name, most in (("mnist-3k", 3000), ("mnist-6k", 6000), ("mnist-2k", 1500)):
        net = load(name).recipe.build(data)
        assert sum(m.n for m in net if isinstance(m, nn.Lut)) <= most


def test_a_shown_recipe_can_be_edited_and_read_back(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(text("mnist-3k").replace("epochs = 20", "epochs = 3"))
    recipe = load(str(file)).recipe
    assert isinstance(recipe, Stack) and recipe.epochs == 3
    assert recipe.layers == load("mnist-3k").recipe.layers


def test_clauses_are_read():
    recipe = parse("[clauses]\nper_class = 7\n[training]\nepochs = 2\n", "x", "x").recipe
    assert recipe == Recipe(clauses=7, epochs=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a = = 1", "not TOML"),
        ("", r"needs either \[clauses\] or \[\[layer\]\]"),
        (f"[clauses]\n{GOOD}", "needs either"),
        (f"abuot = 'x'\n{GOOD}", "unknown key 'abuot'; did you mean 'about'"),
        ("[layer]\nkind = 'lut'", r"layers are written as \[\[layer\]\]"),
        ("[[layer]]\nneurons = 3", "layer 1: kind is missing"),
        ("[[layer]]\nkind = 'lt'", "unknown kind of layer 1 'lt'; did you mean 'lut'"),
        (f"{GOOD}nerons = 3", r"layer 1 \(lut\): unknown key 'nerons'"),
        (f"{GOOD}inputs = '6'", "inputs = '6' is of a wrong type"),
        (f"[training]\nepoch = 3\n{GOOD}", "did you mean 'epochs'"),
        (f"[training]\nepochs = 0\n{GOOD}", "epochs must be a whole number of at least 1"),
        (f"[training]\nlr = 'x'\n{GOOD}", "lr must be above 0"),
        (f"[training]\noptimiser = 'adan'\n{GOOD}", "did you mean 'adam'"),
        (f"training = 3\n{GOOD}", r"\[training\] must be a section"),
        (f"[encoder]\nkind = 'unifrom'\n{GOOD}", "did you mean 'uniform'"),
        (f"[encoder]\nkind = 'uniform'\nat = 0.3\n{GOOD}", "at does not go with kind 'uniform'"),
        (f"[encoder]\nkind = 'fixed'\n{GOOD}", "needs at"),
        (f"[encoder]\nkind = 'fixed'\nat = 3\n{GOOD}", "at = 3 is not possible"),
        (f"[encoder]\nkind = 'uniform'\nthresholds = 0\n{GOOD}", "thresholds = 0 is not possible"),
        ("[clauses]\nclauses = 3", "unknown key"),
        ("[clauses]\n[encoder]\nkind = 'uniform'", "goes with"),
        ("about = 3\n[clauses]", "must be texts"),
    ],
)
def test_a_wrong_file_says_what_and_where(tmp_path, content, message):
    file = tmp_path / "wrong.toml"
    file.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load(str(file))
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ('kind = "lut"', "layer 1 .lut.: needs either neurons or neurons_per_class"),
        (f"{LUT}neurons_per_class = 2", "needs either neurons or neurons_per_class"),
        (f"{LUT}inputs = 9", "k must be 1..6"),
        (f"{LUT}wiring = 'windows'", "did you mean 'window'"),
        ("kind = 'and'\nneurons = 4\ninit = ['bernuli']", "did you mean 'bernoulli'"),
        ("kind = 'and'\nneurons = 4\ninit = ['uniform', 'x']", "must be numbers"),
        ("kind = 'and'\nneurons = 4\ninit = ['uniform', 1, 2, 3]", "does not take 3"),
        ("kind = 'majority'", "put a reshape before it"),
        ("kind = 'reshape'\nshape = [3, 3]", "64 bits cannot take the shape"),
        ("kind = 'reshape'\nshape = ['x']", "a list of sizes"),
        ("kind = 'not'\nrows = 2\n[[layer]]\nkind = 'lut'\nneurons = 4", "put a reshape between"),
        ("kind = 'not'\nrows = 3\n[[layer]]\nkind = 'majority'", "3 bits, which 2 classes"),
    ],
)
def test_layers_that_do_not_fit_are_named(layers, message):
    recipe = parse(f"[[layer]]\n{layers}", "x", "x").recipe
    table = images(4, 4, 2)
    with pytest.raises(InputError, match=message):
        recipe.build(table)


def test_a_missing_file_and_an_unknown_name():
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        load("none.toml")
    with pytest.raises(InputError, match="did you mean 'mnist-3k'"):
        load("mnist-3")
