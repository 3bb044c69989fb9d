"""A NumPy array that grows at its end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


class Column:
    """One column of a table of cells, with room to spare: appending costs amortised O(new)."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._room: NDArray[Any] = np.empty(1024, dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def view(self) -> NDArray[Any]:
        """The values so far; writable, valid until the next ``extend``."""
        return self._room[: self._size]

    def extend(self, values: ArrayLike, count: int) -> None:
        """Append ``count`` values, given as an array or as one scalar."""
        end = self._size + count
        if end > len(self._room):
            grown = np.empty(max(end, 2 * len(self._room)), dtype=self._room.dtype)
            grown[: self._size] = self.view
            self._room = grown
        self._room[self._size : end] = values
        self._size = end
