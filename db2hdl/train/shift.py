"""Augmentation of images: move each by a few pixels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray


def shifted(codes: NDArray[np.uint16], height: int, width: int, most: int) -> NDArray[np.uint16]:
    """Return images, each moved by up to ``most`` pixels down and right or up and left.

    Pixels that come in from outside are 0. Draws from torch's global generator.

    Parameters
    ----------
    codes : [rows, height * width]
    height, width : int
    most : int, at least 0
    """
    rows = len(codes)
    images = codes.reshape(rows, height, width)
    padded = np.pad(images, ((0, 0), (most, most), (most, most)))
    down, right = torch.randint(0, 2 * most + 1, (2, rows)).numpy()
    result = np.empty_like(images)
    for y in range(2 * most + 1):
        for x in range(2 * most + 1):
            chosen = (down == y) & (right == x)
            result[chosen] = padded[chosen, y : y + height, x : x + width]
    return result.reshape(rows, -1)
