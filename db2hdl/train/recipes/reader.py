"""Recipe files: TOML that says what to learn from, which net, and how to train it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from db2hdl.train.recipes.clauses import Recipe
from db2hdl.train.recipes.encoders import check_encoder
from db2hdl.train.recipes.stack import Stack
from db2hdl.train.recipes.training import Training
from db2hdl_hw.errors import InputError, unknown
from db2hdl_hw.system.plain_file import check_plain_file

SUFFIX = ".toml"
LARGEST = 1 << 20
"""Bytes; recipe files are a page long."""

IMAGES = "images"
"""The ``data`` of recipes that need a folder of IDX files."""

_TRAINING = {field.name: field.type for field in fields(Training)}
_CLAUSES = ("clauses", "thresholds", "literals")
_SECTIONS = ("about", "data", "clauses", "encoder", "layer", "training")


@dataclass(frozen=True)
class RecipeFile:
    """A recipe with its name, what it is about, and the data it is made for.

    Attributes
    ----------
    name : str
        Of the recipe, without ``.toml``.
    about : str
        One line.
    data : str
        A built-in problem, or "images" for a folder of IDX files.
    recipe : Training
    """

    name: str
    about: str
    data: str
    recipe: Training


def names() -> tuple[str, ...]:
    """Return the names of the recipes that come with db2hdl, in alphabetical order."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(SUFFIX) for f in files if f.name.endswith(SUFFIX)))


def text(name: str) -> str:
    """Return the text of a recipe that comes with db2hdl.

    Raises
    ------
    InputError
        On an unknown name; suggests the nearest.
    """
    if name not in names():
        raise unknown("recipe", name, names())
    return (resources.files(__package__) / f"{name}{SUFFIX}").read_text(encoding="utf-8")


def is_file(name: str) -> bool:
    """Return whether a recipe is named by its file rather than by its name."""
    return name.endswith(SUFFIX) or "/" in name


def load(name: str) -> RecipeFile:
    """Return a recipe by its name, or by the path of a file.

    Raises
    ------
    InputError
        On an unknown name, or a file that is missing or not a recipe; says where.
    """
    if not is_file(name):
        return parse(text(name), name, f"recipe {name}")
    path = Path(name)
    check_plain_file(path)
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: too large for a recipe")
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return parse(content, path.name.removesuffix(SUFFIX), str(path))


def parse(content: str, name: str, where: str) -> RecipeFile:
    """Return the recipe in the text of a file; ``where`` is for messages."""
    try:
        data = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{where}: not TOML: {error}") from None
    try:
        return _recipe(data, name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _recipe(data: Mapping[str, Any], name: str) -> RecipeFile:
    for key in data:
        if key not in _SECTIONS:
            raise unknown("key", key, _SECTIONS)
    training = _section(data, "training")
    for key in training:
        if key not in _TRAINING:
            raise unknown("key of [training]", key, _TRAINING)
    if ("clauses" in data) == ("layer" in data):
        raise InputError("needs either [clauses] or [[layer]] entries")
    about, source = data.get("about", ""), data.get("data", "")
    if not isinstance(about, str) or not isinstance(source, str):
        raise InputError("about and data must be texts")
    if "clauses" in data:
        return RecipeFile(name, about, source, _clauses(data, training))
    return RecipeFile(name, about, source, _stack(data, training))


def _clauses(data: Mapping[str, Any], training: Mapping[str, Any]) -> Recipe:
    section = _section(data, "clauses")
    keys = ("per_class", *_CLAUSES[1:])
    for key in section:
        if key not in keys:
            raise unknown("key of [clauses]", key, keys)
    if "encoder" in data:
        raise InputError("[encoder] goes with [[layer]]; in [clauses] say thresholds = …")
    renamed = {_CLAUSES[keys.index(key)]: value for key, value in section.items()}
    return Recipe(**renamed, **training)


def _stack(data: Mapping[str, Any], training: Mapping[str, Any]) -> Stack:
    layers = data["layer"]
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        raise InputError("layers are written as [[layer]], each with its keys below")
    encoder = _section(data, "encoder") or {"kind": "quantile"}
    check_encoder(encoder)
    return Stack(encoder=encoder, layers=tuple(layers), **training)


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise InputError(f"[{name}] must be a section")
    return section
