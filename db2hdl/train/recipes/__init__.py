"""Recipes: which net to build for a dataset, and how to train it; one TOML file for each.

``clauses`` builds nets of voting clauses for tables, ``stack`` any stack of layers; ``reader``
reads the files. The files beside this module are what ``db2hdl recipe`` lists.
"""

from db2hdl.train.recipes.clauses import Recipe
from db2hdl.train.recipes.reader import IMAGES, RecipeFile, is_file, load, names, text
from db2hdl.train.recipes.stack import Stack
from db2hdl.train.recipes.training import Training

GENERAL = Recipe()
"""For tables nobody has tuned a recipe for."""

GENERAL_IMAGES = "mnist-small"
"""The name of the recipe for images, unless another is asked for."""

__all__ = [
    "GENERAL",
    "GENERAL_IMAGES",
    "IMAGES",
    "Recipe",
    "RecipeFile",
    "Stack",
    "Training",
    "is_file",
    "load",
    "names",
    "text",
]
