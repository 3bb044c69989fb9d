"""What every recipe says about training: optimiser, steps, loss, augmentation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from db2hdl_hw.errors import InputError, unknown

if TYPE_CHECKING:
    import torch

    from db2hdl.data import Dataset

OPTIMISERS = ("radam", "adam")
LOSSES = ("counts", "soft")
CHOICES = ("both", "validation")
MAX_COUNT = 1 << 24
"""Of anything that a recipe counts."""

MAX_NUMBER = 1e12


@dataclass(frozen=True)
class Training:
    """How a net is trained; recipes add which net it is.

    Attributes
    ----------
    epochs, batch : int
        Passes over the training rows, and rows in a minibatch.
    lr, threshold_lr : float
        The learning rates of weights and thresholds at the start; both fall to 0 as a cosine.
    patience : int
        Training ends after so many epochs without a better score; 0: never before its end.
    optimiser : str
        "radam" or "adam".
    loss : str
        Softmax cross-entropy of the hardened "counts" of each class, or of the sums of the "soft"
        bits before they are hardened; always divided by tau.
    tau_scale : float
        A factor of tau; it leaves no trace in the circuit.
    choose_by : str
        The epoch kept is the best by the accuracy on "validation" rows, or by the mean of "both"
        training and validation rows.
    shift : int
        Training images are moved by up to so many pixels in both directions, at random.

    Raises
    ------
    InputError
        On a value out of range.
    """

    epochs: int = 40
    batch: int = 32
    lr: float = 0.03
    threshold_lr: float = 0.003
    patience: int = 20
    optimiser: str = "radam"
    loss: str = "counts"
    tau_scale: float = 1.0
    choose_by: str = "both"
    shift: int = 0

    def __post_init__(self) -> None:
        check_counts(self, ("epochs", "batch"))
        check_counts(self, ("patience", "shift"), least=0)
        check_above_0(self, ("lr", "threshold_lr", "tau_scale"))
        for name, known in (("optimiser", OPTIMISERS), ("loss", LOSSES), ("choose_by", CHOICES)):
            if getattr(self, name) not in known:
                raise unknown(name.replace("_", " "), str(getattr(self, name)), known)

    def tau(self, classes: int, bits: int) -> float:
        """Return what counts are divided by before the softmax, for nets of so many output bits."""
        raise NotImplementedError

    def adapt(self, dataset: Dataset) -> Training:
        """Return the recipe with sizes that suit a dataset."""
        raise NotImplementedError

    def build(self, dataset: Dataset) -> torch.nn.Sequential:
        """Return an untrained net for a dataset; draws from torch's global generator."""
        raise NotImplementedError


def check_counts(recipe: Any, names: Iterable[str], least: int = 1) -> None:
    """Refuse attributes that are not whole numbers from ``least`` to ``MAX_COUNT``."""
    for name in names:
        value = getattr(recipe, name)
        if type(value) is not int or value < least:
            raise InputError(f"{name} must be a whole number of at least {least}, not {value!r}")
        if value > MAX_COUNT:
            raise InputError(f"{name} is at most {MAX_COUNT}")


def check_above_0(recipe: Any, names: Iterable[str]) -> None:
    """Refuse attributes that are not numbers above 0 and at most ``MAX_NUMBER``."""
    for name in names:
        value = getattr(recipe, name)
        if type(value) not in (int, float) or not 0 < value <= MAX_NUMBER:
            raise InputError(f"{name.replace('_', ' ')} must be above 0, not {value!r}")
