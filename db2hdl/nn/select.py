"""Wires as layers: any choice of inputs, and the windows of an image; convolutions made of them.

A layer works on the last axis with one set of weights, so a layer after ``Windows`` is a
convolution. There is no class per kind of convolution: ``Conv`` takes the layer.
"""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.structure import Reshape
from db2hdl.ops.select import LOW, soft_wires
from db2hdl_hw.errors import InputError

Pair = int | tuple[int, int]


class Select(nn.Module):
    """Wires ``x[index]``: [..., m] -> [..., *index.shape]; an index of -1 is the constant low.

    Hard: wires.

    Parameters
    ----------
    index : integers of any shape, in -1..m-1
    m : int
        The number of inputs.

    Raises
    ------
    InputError
        If an index is not such an integer, or there is none; at a call, on another width than m.
    """

    index: Tensor

    def __init__(self, index: ArrayLike | Tensor, m: int) -> None:
        super().__init__()
        self.m = check_count(type(self).__name__, "m", m)
        array = np.asarray(index)
        if array.dtype.kind not in "iu" or array.ndim == 0 or array.size == 0:
            raise InputError(f"{type(self).__name__}: index must be integers with an axis")
        if array.min() < LOW or array.max() >= m:
            raise InputError(f"{type(self).__name__}: an index is outside -1..{m - 1}")
        self.register_buffer("index", torch.as_tensor(array.astype(np.int64)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the selected bits."""
        check_width(str(self), x, self.m)
        return soft_wires(self.index, x)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return f"index of shape {list(self.index.shape)}, {self.m}"


class Windows(Select):
    """The windows of an image: [..., channels * height * width] -> [..., positions, window].

    Positions are in row-major order. The image is flat in the order channel, row, column, and so
    is each window; with ``channels_last`` both are in the order row, column, channel, which is
    the order of a RealEncoder's thermometer bits. Outside the image is low. Hard: wires.

    Parameters
    ----------
    channels, height, width : int
        Of the image.
    kernel, stride, padding : int or (int, int)
        Of rows and columns.

    Raises
    ------
    InputError
        If a number is out of range or no window fits.
    """

    def __init__(
        self,
        channels: int,
        height: int,
        width: int,
        kernel: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        *,
        channels_last: bool = False,
    ) -> None:
        for name, value in (("channels", channels), ("height", height), ("width", width)):
            check_count(type(self).__name__, name, value)
        sizes, steps = _pair("kernel", kernel, 1), _pair("stride", stride, 1)
        edges = _pair("padding", padding, 0)
        rows = _starts(height, sizes[0], steps[0], edges[0])
        columns = _starts(width, sizes[1], steps[1], edges[1])
        shape = (channels, height, width)
        index = _window_index(shape, rows, columns, sizes, channels_last)
        super().__init__(index, prod(shape))
        self.out_height, self.out_width = len(rows), len(columns)


class Conv(nn.Sequential):
    """A layer on every window of an image, with shared weights: a flat image to a flat image.

    The layer, any Module from [..., channels * kernel area] to [..., bits], gives the bits, which
    are the channels, of each position: ``Conv(And(9, 16), 1, 28, 28, 3)``. It is the Sequential of
    ``Windows``, the layer, ``Reshape`` and, unless ``channels_last``, the ``Select`` that brings
    channels to the front. Axis 0 of the input is the row. Hard: a copy of the layer per position.

    Attributes
    ----------
    out_channels, out_height, out_width : int
        Of the image that it gives; ``out`` is their product.

    Raises
    ------
    InputError
        As ``Windows``, or if the layer does not take windows.
    """

    def __init__(
        self,
        layer: nn.Module,
        channels: int,
        height: int,
        width: int,
        kernel: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        *,
        channels_last: bool = False,
    ) -> None:
        windows = Windows(
            channels, height, width, kernel, stride, padding, channels_last=channels_last
        )
        out = _outputs(layer, windows.index.shape[1])
        positions = len(windows.index)
        flat = Reshape(positions * out)
        front = Select(np.arange(positions * out).reshape(positions, out).T.ravel(), flat.shape[0])
        super().__init__(windows, layer, flat, *([] if channels_last else [front]))
        self.out_channels, self.out = out, positions * out
        self.out_height, self.out_width = windows.out_height, windows.out_width


def _pair(name: str, value: Pair, least: int) -> tuple[int, int]:
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or any(type(n) is not int or n < least for n in pair):
        raise InputError(
            f"Windows: {name} must be an integer of at least {least} or two, not {value!r}"
        )
    return pair


def _starts(size: int, kernel: int, stride: int, padding: int) -> NDArray[np.int64]:
    """Return where the windows begin along one axis."""
    if padding >= kernel:
        raise InputError(f"Windows: padding of {padding} makes windows of {kernel} all low")
    starts = np.arange(-padding, size + padding - kernel + 1, stride)
    if not len(starts):
        raise InputError(f"Windows: no window of {kernel} fits into {size} with padding {padding}")
    return starts


def _window_index(
    shape: tuple[int, int, int],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    kernel: tuple[int, int],
    channels_last: bool,
) -> NDArray[np.int64]:
    """Return the index [positions, window] of each bit of each window, -1 outside the image."""
    channels, height, width = shape
    y = (rows[:, None] + np.arange(kernel[0]))[:, None, :, None, None]
    x = (columns[:, None] + np.arange(kernel[1]))[None, :, None, :, None]
    c = np.arange(channels)
    flat = (y * width + x) * channels + c if channels_last else (c * height + y) * width + x
    index = np.where((y >= 0) & (y < height) & (x >= 0) & (x < width), flat, LOW)
    if not channels_last:
        index = np.moveaxis(index, -1, 2)
    return index.reshape(len(rows) * len(columns), -1)


def _outputs(layer: nn.Module, inputs: int) -> int:
    """Return how many bits the layer gives for one window, by trying it."""
    parameter = next(layer.parameters(), torch.empty(0))
    was_training = {module: module.training for module in layer.modules()}
    try:
        with torch.no_grad():
            window = torch.full((1, inputs), -0.5, dtype=parameter.dtype, device=parameter.device)
            return layer.eval()(window).numel()  # type: ignore[no-any-return]
    finally:
        for module, training in was_training.items():
            module.training = training
