"""Shifted images are the images, moved."""

import numpy as np
import torch

from db2hdl.train.shift import shifted


def moved(image, down, right):
    out = np.zeros_like(image)
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y + down < height and 0 <= x + right < width:
                out[y, x] = image[y + down, x + right]
    return out


def test_every_image_is_moved_by_at_most_so_much():
    torch.manual_seed(0)
    images = np.arange(1, 200 * 12 + 1, dtype=np.uint16).reshape(200, 12)
    result = shifted(images, 3, 4, 1)
    seen = set()
    for before, after in zip(images, result, strict=True):
        found = [
            (y, x)
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
            if np.array_equal(moved(before.reshape(3, 4), y, x), after.reshape(3, 4))
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) == 9


def test_by_nothing_is_the_same():
    images = np.arange(24, dtype=np.uint16).reshape(2, 12)
    assert np.array_equal(shifted(images, 3, 4, 0), images)
