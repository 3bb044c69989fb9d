"""Fitting: the best state is kept, and an interruption changes nothing."""

from dataclasses import replace

import pytest
import torch

from db2hdl import nn
from db2hdl.train import Fit, read_checkpoint
from db2hdl.train.fit import Epoch, fit
from db2hdl_hw.errors import Db2hdlError, InputError


def run(dataset, recipe, seed=0, **options) -> Fit:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return fit(recipe.build(dataset), dataset, recipe, **options)


def same(a: Fit, b: Fit) -> bool:
    first, second = a.net.state_dict(), b.net.state_dict()
    return a.epochs == b.epochs and all(torch.equal(first[k], second[k]) for k in first)


def test_the_same_seed_gives_the_same_weights(dataset, recipe):
    assert same(run(dataset, recipe, 3), run(dataset, recipe, 3))
    assert not same(run(dataset, recipe, 3), run(dataset, recipe, 4))


class Stop(KeyboardInterrupt):
    pass


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_resuming_gives_what_an_uninterrupted_training_gives(dataset, recipe, tmp_path, stop_after):
    def interrupt(epoch: Epoch, total: int) -> None:
        if epoch.epoch == stop_after:
            raise Stop

    path = tmp_path / "c.pt"
    whole = run(dataset, recipe)
    with pytest.raises(Stop):
        run(dataset, recipe, checkpoint=path, progress=interrupt)
    assert len(read_checkpoint(path)["epochs"]) == stop_after
    resumed = run(dataset, recipe, seed=99, checkpoint=path, resume=True)
    assert resumed.done == recipe.epochs
    assert same(whole, resumed)


def test_resuming_a_finished_training_gives_its_result(dataset, recipe, tmp_path):
    path = tmp_path / "c.pt"
    whole = run(dataset, recipe, checkpoint=path)
    assert same(whole, run(dataset, recipe, seed=1, checkpoint=path, resume=True))


def test_a_checkpoint_of_another_training_is_refused(dataset, recipe, tmp_path):
    path = tmp_path / "c.pt"
    run(dataset, recipe, checkpoint=path, fingerprint="a")
    with pytest.raises(InputError, match="of another training"):
        run(dataset, recipe, checkpoint=path, fingerprint="b", resume=True)


def test_a_checkpoint_of_another_net_is_damaged(dataset, recipe, tmp_path):
    path = tmp_path / "c.pt"
    run(dataset, recipe, checkpoint=path)
    with pytest.raises(InputError, match="damaged"):
        run(dataset, replace(recipe, clauses=7), checkpoint=path, resume=True)


def test_resuming_needs_a_checkpoint(dataset, recipe):
    with pytest.raises(InputError, match="no checkpoint file"):
        run(dataset, recipe, resume=True)


def test_the_state_with_the_best_score_is_left_in_the_net(dataset, recipe):
    states = []
    fitted = None

    def keep(epoch: Epoch, total: int) -> None:
        assert total == recipe.epochs
        states.append({k: v.clone() for k, v in net.state_dict().items()})

    torch.manual_seed(0)
    net = recipe.build(dataset)
    fitted = fit(net, dataset, replace(recipe, lr=0.2), progress=keep)
    scores = [epoch.score for epoch in fitted.epochs]
    best = states[scores.index(max(scores))]
    assert all(torch.equal(best[k], v) for k, v in net.state_dict().items())


def test_training_ends_after_patience_epochs_without_a_better_score(dataset, recipe):
    fitted = run(dataset, replace(recipe, epochs=50, patience=2, lr=0.5))
    assert fitted.best is not None
    assert fitted.done == fitted.best.epoch + 2 or fitted.done == 50
    fit_state = Fit(fitted.net, [fitted.best] * 3, Epoch(1, 0, 0, 0, 0))
    assert fit_state.is_over(replace(recipe, patience=2))
    assert not fit_state.is_over(replace(recipe, patience=3))


def test_the_score_is_both_accuracies_and_then_both_losses():
    assert Epoch(1, 0.5, 0.75, 1.5, 0.25).score == (0.5, -1)
    assert Epoch(1, 0.5, 0.8, 1.5, 0.9).score > Epoch(1, 0.1, 0.8, 0.2, 0.8).score


def test_a_loss_that_is_not_finite_is_an_error(dataset, recipe):
    net = recipe.build(dataset)
    net[-1] = Spoil(2)
    with pytest.raises(Db2hdlError, match="not finite"):
        fit(net, dataset, recipe)


class Spoil(nn.ClassHead):
    def forward(self, x):
        return super().forward(x) * float("nan")
