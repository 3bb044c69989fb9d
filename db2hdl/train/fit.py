"""Fit a net to a dataset: minibatches, the best state kept, checkpoints after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from db2hdl import nn
from db2hdl.data import Dataset, Split
from db2hdl.data.idx import Images
from db2hdl.train.checkpoint import read_checkpoint, write_checkpoint
from db2hdl.train.losses import Loss
from db2hdl.train.recipes import Training
from db2hdl.train.shift import shifted
from db2hdl_hw.errors import Db2hdlError, InputError

ROWS_AT_ONCE = 1024
"""Rows evaluated together when losses are measured."""

MOST_MEASURED = 10_000
"""Training rows measured after an epoch: the first so many."""

OPTIMISERS = {"radam": torch.optim.RAdam, "adam": torch.optim.Adam}


@dataclass(frozen=True)
class Epoch:
    """The losses and accuracies after an epoch (from 1)."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float

    @property
    def score(self) -> tuple[float, float]:
        """Return what is to be great: the mean of both accuracies, then minus the mean loss.

        Both parts count because validation alone is too noisy: 1,000 rows with 40 % of wrong labels
        do not tell a perfect net from one of 94 %. Losses prefer nets that fit wrong labels.
        """
        accuracy = (self.train_accuracy + self.validation_accuracy) / 2
        return accuracy, -(self.train_loss + self.validation_loss) / 2


Progress = Callable[[Epoch, int], None]
"""Called after each epoch with its measurements and the number of epochs planned."""


@dataclass
class Fit:
    """A training in progress; after `fit` the net has the best state."""

    net: torch.nn.Module
    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    best_state: dict[str, Tensor] = field(default_factory=dict)
    by_validation: bool = False

    @property
    def done(self) -> int:
        """Return the number of finished epochs."""
        return len(self.epochs)

    def record(self, epoch: Epoch) -> None:
        """Append an epoch, and keep the net's state if it has the best score so far."""
        self.epochs.append(epoch)
        if self.best is None or self._score(epoch) > self._score(self.best):
            self.best = epoch
            self.best_state = {k: v.detach().clone() for k, v in self.net.state_dict().items()}

    def is_over(self, recipe: Training) -> bool:
        """Return whether all epochs are done, or too many since the best."""
        stale = self.done - (self.best.epoch if self.best else 0)
        return self.done >= recipe.epochs or 0 < recipe.patience <= stale

    def _score(self, epoch: Epoch) -> tuple[float, float]:
        if self.by_validation:
            return epoch.validation_accuracy, -epoch.validation_loss
        return epoch.score


def fit(
    net: torch.nn.Module,
    dataset: Dataset,
    recipe: Training,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    fingerprint: str = "",
    progress: Progress | None = None,
) -> Fit:
    """Train ``net`` in place and leave it in its best state.

    Softmax cross-entropy of ``counts / tau``, learning rates that fall to 0 as a cosine. The state
    with the best score of `Training.choose_by` is kept; of equals the earliest. Random numbers come
    from torch's global generator.

    Parameters
    ----------
    net : Module
        Ends in a ClassHead.
    dataset : Dataset
        The test rows are not used.
    recipe : Training
    checkpoint : Path, optional
        Written after each epoch, so that an interrupted training can go on.
    resume : bool
        Go on from the checkpoint; the result is that of an uninterrupted training.
    fingerprint : str
        Says what is being trained; a checkpoint of something else is refused.
    progress : callable, optional

    Raises
    ------
    InputError
        If the checkpoint is missing, damaged or of another training.
    Db2hdlError
        If the loss is no longer finite.
    """
    optimizer = OPTIMISERS[recipe.optimiser](_groups(net, recipe))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda epoch: (1 + math.cos(math.pi * min(1, epoch / recipe.epochs))) / 2
    )
    run = Fit(net, by_validation=recipe.choose_by == "validation")
    if resume:
        if checkpoint is None:
            raise InputError("nothing to resume: no checkpoint file is given")
        _restore(run, optimizer, schedule, read_checkpoint(checkpoint), checkpoint, fingerprint)
    elif checkpoint is not None and checkpoint.exists():
        read_checkpoint(checkpoint)  # only a checkpoint is replaced by one
    loss = Loss(net, nn.net_input(net, dataset.train.codes[:1]), recipe)
    first = Split(dataset.train.codes[:MOST_MEASURED], dataset.train.labels[:MOST_MEASURED])
    while not run.is_over(recipe):
        _pass_over(net, optimizer, dataset, recipe, loss)
        schedule.step()
        epoch = Epoch(
            run.done + 1, *_measure(net, first, loss), *_measure(net, dataset.validation, loss)
        )
        if not math.isfinite(epoch.score[1]):
            raise Db2hdlError(f"the loss is not finite in epoch {epoch.epoch}; lower --lr")
        run.record(epoch)
        if checkpoint is not None:
            write_checkpoint(checkpoint, _state(run, optimizer, schedule, fingerprint))
        if progress is not None:
            progress(epoch, recipe.epochs)
    net.load_state_dict(run.best_state)
    return run


def _groups(net: torch.nn.Module, recipe: Training) -> list[dict[str, Any]]:
    """Return the parameter groups; thresholds go slower, their unit is the whole range."""
    encoder = nn.encoder_of(net)
    thresholds = [] if encoder is None else [encoder.threshold]
    weights = [p for p in net.parameters() if all(p is not t for t in thresholds)]
    groups = [{"params": weights, "lr": recipe.lr}]
    if thresholds:
        groups.append({"params": thresholds, "lr": recipe.threshold_lr})
    return groups


def _pass_over(
    net: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    dataset: Dataset,
    recipe: Training,
    loss: Loss,
) -> None:
    """Train on every row once, in random minibatches."""
    net.train()
    codes, labels = dataset.train.codes, torch.as_tensor(dataset.train.labels)
    for rows in torch.split(torch.randperm(len(labels)), recipe.batch):
        batch = codes[rows.numpy()]
        if recipe.shift and isinstance(dataset, Images):
            batch = shifted(batch, dataset.height, dataset.width, recipe.shift)
        optimizer.zero_grad()
        value, _ = loss(nn.net_input(net, batch), labels[rows])
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _measure(net: torch.nn.Module, part: Split, loss: Loss) -> tuple[float, float]:
    """Return the mean loss and the accuracy on rows."""
    net.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(part), ROWS_AT_ONCE):
            codes = part.codes[start : start + ROWS_AT_ONCE]
            labels = torch.as_tensor(part.labels[start : start + ROWS_AT_ONCE])
            value, counts = loss(nn.net_input(net, codes), labels)
            total += value.item() * len(labels)
            right += int((counts.argmax(-1) == labels).sum())
    return total / len(part), right / len(part)


def _state(
    run: Fit,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    fingerprint: str,
) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "net": run.net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
        "epochs": [list(vars(epoch).values()) for epoch in run.epochs],
        "best": run.best.epoch if run.best else 0,
        "best_state": run.best_state,
    }


def _restore(
    run: Fit,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    state: dict[str, Any],
    path: Path,
    fingerprint: str,
) -> None:
    if state.get("fingerprint") != fingerprint:
        raise InputError(
            f"{path}: the checkpoint is of another training (data, seed or parameters differ); "
            "repeat the same command, or train without --resume"
        )
    try:
        run.net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        run.epochs = [Epoch(*epoch) for epoch in state["epochs"]]
        run.best = run.epochs[state["best"] - 1]
        run.best_state = state["best_state"]
    except (KeyError, ValueError, RuntimeError, TypeError, IndexError):
        raise InputError(f"{path}: the checkpoint is damaged; train without --resume") from None
