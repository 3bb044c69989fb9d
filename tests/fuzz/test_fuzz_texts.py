"""Texts that people write: recipes in TOML, and properties."""

import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fuzz_tools import NUMBERS, TEXTS, Finding, Mutator, examples, only_inside, refused

from db2hdl.model_file import Model
from db2hdl.properties import prove_property
from db2hdl.properties.conditions import Conditions
from db2hdl.properties.grammar import parse
from db2hdl.train.recipes import load, names, reader

RECIPES = {name: tomllib.loads(reader.text(name)) for name in names()}


def toml(value: object, rng: Mutator) -> str:
    """A TOML value; of what TOML cannot say, something else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(item, rng) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{k}" = {toml(v, rng)}' for k, v in value.items()) + "}"
    if isinstance(value, int | float):
        return str(value)
    plain = str(value).encode("ascii", "replace").decode().replace("\\", "").replace('"', "")
    return '"' + "".join(c for c in plain if c.isprintable()) + '"'


def recipe_text(rng: Mutator) -> bytes:
    """A recipe of ours with some of it changed."""
    data = RECIPES[rng.choice(sorted(RECIPES))]
    data = rng.json(data, 3)
    lines = [f'"{k}" = {toml(v, rng)}' for k, v in data.items() if not isinstance(v, dict)]
    for name, section in data.items():
        if isinstance(section, dict):
            lines += [f'["{name}"]'] + [f'"{k}" = {toml(v, rng)}' for k, v in section.items()]
    text = "\n".join(lines).encode("utf-8", "replace")
    return rng.bytes(text) if rng.random() < 0.2 else text


def fuzz_recipes(scratch: Path, count: int, seed: int = 0) -> int:
    accepted, path = 0, scratch / "r.toml"
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"recipe fuzzer, {seed}, {example}"
        path.write_bytes(recipe_text(rng))
        found = refused(lambda: load(str(path)), what)
        if found is not None:
            accepted += 1
            if load(str(path)) != found:
                raise Finding(f"{what}: another recipe the second time")
            numbers = [v for v in vars(found.recipe).values() if isinstance(v, int | float)]
            if not all(abs(number) < 1 << 40 for number in numbers):
                raise Finding(f"{what}: took {numbers}")
    return accepted


COMPARISONS = [
    "{f} >= {v}",
    "{f} < {v}",
    "{f} > {v}",
    "{f} <= {v}",
    "{f} == {v}",
    "{v} <= {f} < {w}",
]


def property_text(rng: Mutator, model: Model) -> tuple[str, object]:
    """A property; and what it claims of one row, or None if it is not one of the simple ones."""
    hard = model.hard
    real = [f for f in hard.features if f.kind == "real"]
    feature = rng.choice(real)
    value, more = sorted(rng.choice([-1.5, 0, 0.25, 3.25, 3.3, 100, 1e9]) for _ in range(2))
    pattern = rng.choice(COMPARISONS)
    condition = pattern.format(f=f'"{feature.name}"', v=value, w=more)
    wanted = rng.choice(hard.classes)
    text = f'for all {condition}: class is "{wanted}"'
    if rng.random() < 0.5:
        junk = rng.choice([*TEXTS, *map(str, NUMBERS), "and", "not", "(", ")", ":", "..", "for"])
        words = text.split(" ")
        words.insert(rng.randrange(len(words) + 1), junk)
        if rng.random() < 0.5:
            del words[rng.randrange(len(words))]
        return " ".join(words), None
    return text, (pattern, feature.name, value, more, wanted)


def holds(claim: object, model: Model, codes: np.ndarray) -> bool | None:
    """Whether a claim is true, by asking for every input; None if nothing satisfies it."""
    pattern, name, value, more, wanted = claim
    hard = model.hard
    index = [f.name for f in hard.features].index(name)
    feature, code = hard.features[index], codes[:, index]
    at, end = feature.step(value), feature.step(more)
    rows = {
        "{f} >= {v}": code >= at, "{f} < {v}": code < at, "{f} > {v}": code > at,
        "{f} <= {v}": code <= at, "{f} == {v}": code == at,
        "{v} <= {f} < {w}": (code >= at) & (code < end),
    }[pattern]  # fmt: skip
    if not rows.any():
        return None
    return bool((hard.predict(codes[rows]) == hard.classes.index(wanted)).all())


def fuzz_properties(model: Model, count: int, seed: int = 0) -> int:
    axes = [np.arange(f.top + 1) for f in model.hard.features]
    codes = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))
    accepted = 0
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"property fuzzer, {seed}, {example}"
        text, claim = property_text(rng, model)
        tree = refused(partial(parse, text), what)
        if tree is None:
            if claim is not None:
                raise Finding(f"{what}: {text!r} is refused")
            continue
        accepted += 1
        found = refused(partial(prove_property, model, text), what)
        truth = None if claim is None else holds(claim, model, codes)
        if claim is not None and (found.verdict if found else None) != {
            True: "proved", False: "refuted", None: None,
        }[truth]:  # fmt: skip
            raise Finding(f"{what}: {text!r} is {truth}, the verdict {found}")
    return accepted


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_texts(tmp_path, small_model, long):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with only_inside(scratch):
        assert fuzz_recipes(scratch, examples(200, long)) >= 20
        assert fuzz_properties(small_model, examples(60, long)) > 20


def test_an_unchecked_section_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "_section", lambda data, name: data.get(name, {}))
    with pytest.raises(Finding):
        fuzz_recipes(tmp_path, 500)


def test_a_comparison_that_is_one_off_is_found(small_model, monkeypatch):
    real = Conditions._real

    def off(self, index, feature, operator, value):
        return real(self, index, feature, operator.replace("<=", "<"), value)

    monkeypatch.setattr(Conditions, "_real", off)
    with pytest.raises(Finding, match="the verdict"):
        fuzz_properties(small_model, 300)
