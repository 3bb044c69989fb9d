"""Facts of single inputs: what one comparison rules out, and which inputs pull one way only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from db2hdl.explain.reason import Questions
from db2hdl.explain.regions import Box
from db2hdl.explain.rules import input_features
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model
from db2hdl_hw.netlist.netlist import Netlist, Op

FEW_CONFLICTS = 2_000
"""What the solver may spend on one comparison."""

MOST_SHOWN = 8
"""Inputs that pull one way, of each class."""


@dataclass(frozen=True)
class Excludes:
    """One comparison with which a class is not found.

    ``rows`` of the kept test rows meet it, and the net finds the class in none of them; ``proved``
    if it does so for no input at all.
    """

    unwanted: int
    box: Box
    rows: int
    proved: bool


@dataclass(frozen=True)
class Pulls:
    """A feature whose rise (or fall) can give a class to an input, but never take it away."""

    wanted: int
    feature: int
    rising: bool


def find_excludes(model: Model, questions: Questions) -> tuple[Excludes, ...]:
    """Return for each class the comparison that most rows meet and that excludes the class."""
    hard, codes = model.hard, model.test_codes
    if not len(codes):
        return ()
    found = hard.predict(codes)
    result = []
    for unwanted in range(len(hard.classes)):
        best: tuple[int, int, int, bool] | None = None
        of_class = codes[found == unwanted]
        for feature, threshold in questions.atoms:
            above = codes[:, feature] >= threshold
            for high in (True, False):
                rows = int((above == high).sum())
                if (rows, -feature) > ((best[0], -best[1]) if best else (0, 0)) and not (
                    (of_class[:, feature] >= threshold) == high
                ).any():
                    best = rows, feature, threshold, high
        if best is not None and len(of_class):
            rows, feature, threshold, high = best
            top = hard.features[feature].top + 1
            box = {feature: (threshold, top) if high else (0, threshold)}
            proved = questions.excluded(box, unwanted, FEW_CONFLICTS) is True
            result.append(Excludes(unwanted, box, rows, proved))
    return tuple(result)


def find_pulls(hard: HardNet, netlist: Netlist) -> tuple[Pulls, ...]:
    """Return the features that pull towards a class only, by the signs along all paths.

    A feature that never takes a vote from a class and never gives one to another can not lose
    the class when it rises; that no path does so is a proof for nets of any size.
    """
    groups = netlist.outputs["class_bits"].reshape(len(hard.classes), -1)
    up, down = _signs(hard, netlist)
    ups, downs = (
        [_union(signs[net] for net in group.tolist()) for group in groups] for signs in (up, down)
    )
    result = []
    for wanted in range(len(hard.classes)):
        for rising, gives, takes in ((True, ups, downs), (False, downs, ups)):
            others = _union(mask for c, mask in enumerate(gives) if c != wanted)
            reads = gives[wanted] | _union(m for c, m in enumerate(takes) if c != wanted)
            mask = reads & ~takes[wanted] & ~others
            result += [
                Pulls(wanted, f, rising) for f in range(len(hard.features)) if mask >> f & 1
            ][:MOST_SHOWN]
    return tuple(result)


def _union(masks: Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


def _signs(hard: HardNet, netlist: Netlist) -> tuple[list[int], list[int]]:
    """Return for each net the sets of features that can raise it, and that can lower it."""
    up, down = [0] * len(netlist), [0] * len(netlist)
    inputs = input_features(hard, netlist)
    for net in range(len(netlist)):
        if net in inputs:
            up[net] = 1 << inputs[net]
            continue
        fanins = netlist.fanins(net).tolist()
        signs = _of_cell(Op(int(netlist.op[net])), int(netlist.param[net]), len(fanins))
        for fanin, (rises, falls) in zip(fanins, signs, strict=True):
            up[net] |= (up[fanin] if rises else 0) | (down[fanin] if falls else 0)
            down[net] |= (down[fanin] if rises else 0) | (up[fanin] if falls else 0)
    return up, down


def _of_cell(op: Op, param: int, inputs: int) -> list[tuple[bool, bool]]:
    """Return for each input of a cell whether its rise can raise, and can lower the output."""
    if op == Op.NOT:
        return [(False, True)]
    if op in (Op.AND, Op.OR, Op.AT_LEAST, Op.COMPARE):
        return [(True, False)] * inputs
    if op == Op.LUT:
        return [_of_table(param, place, inputs) for place in range(inputs)]
    return [(True, True)] * inputs


def _of_table(table: int, place: int, inputs: int) -> tuple[bool, bool]:
    bits = np.array([table >> i & 1 for i in range(1 << inputs)])
    index = np.arange(1 << inputs)
    low, high = bits[index >> place & 1 == 0], bits[index >> place & 1 == 1]
    return bool((high > low).any()), bool((high < low).any())
