"""Train a net on a dataset, harden it and measure it.

``train("iris")`` or ``train(read_table("parts.csv", "pass"))`` does all of it.
"""

from db2hdl.train.checkpoint import read_checkpoint, write_checkpoint
from db2hdl.train.fit import Epoch, Fit, Progress
from db2hdl.train.recipes import GENERAL, Recipe, RecipeFile, Stack, Training
from db2hdl.train.result import TrainingResult
from db2hdl.train.run import train

__all__ = [
    "GENERAL",
    "Epoch",
    "Fit",
    "Progress",
    "Recipe",
    "RecipeFile",
    "Stack",
    "Training",
    "TrainingResult",
    "read_checkpoint",
    "train",
    "write_checkpoint",
]
