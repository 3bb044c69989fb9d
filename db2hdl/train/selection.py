"""Which input bits a net reads when there are more than it can use."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from db2hdl import nn
from db2hdl.data import Split
from db2hdl_hw.errors import present

ELEMENTS_AT_ONCE = 1 << 24


def informative_bits(
    encoder: torch.nn.Module, rows: Split, classes: int, most: int
) -> NDArray[np.int64]:
    """Return the indices of the ``most`` bits that tell most about the class, in order.

    That is by mutual information ``sum p(b, c) log(p(b, c) / p(b) p(c))``; of equals, the first.

    Parameters
    ----------
    encoder : Module
        What turns codes into bits.
    rows : Split
        The training rows.
    classes, most : int
    """
    per_class = np.bincount(rows.labels, minlength=classes).astype(np.float64)
    high = _count_high(encoder, rows, classes)
    joint = np.stack([high, per_class[:, None] - high]) / len(rows)  # [bit value, class, bit]
    independent = joint.sum(1, keepdims=True) * (per_class / len(rows))[None, :, None]
    ratio = np.divide(joint, independent, out=np.ones_like(joint), where=joint > 0)
    information = (joint * np.log(ratio)).sum((0, 1))
    return np.sort(np.argsort(-information, kind="stable")[:most])


def _count_high(encoder: torch.nn.Module, rows: Split, classes: int) -> NDArray[np.float64]:
    """Return how many rows of each class have each bit high: [classes, bits]."""
    total: NDArray[np.float64] | None = None
    step = max(1, ELEMENTS_AT_ONCE // rows.codes.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        with torch.no_grad():
            bits = encoder(nn.net_input(encoder, rows.codes[part])) > 0
        one_hot = rows.labels[part] == np.arange(classes)[:, None]
        counts = one_hot.astype(np.float64) @ bits.numpy().astype(np.float64)
        total = counts if total is None else total + counts
    return present(total)
