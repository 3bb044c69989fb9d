"""What a net reads: codes if it begins with a RealEncoder, otherwise centred soft-bits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from db2hdl.features import Feature
from db2hdl.hardnet import bit_features
from db2hdl.nn.lut import Lut
from db2hdl.nn.real_encoder import RealEncoder
from db2hdl.nn.select import Select
from db2hdl.nn.structure import Concat
from db2hdl.nn.threshold import Threshold
from db2hdl.nn.unweighted import CountHot, Dropout, Harden, Literals
from db2hdl.nn.weighted import Weighted
from db2hdl_hw.errors import InputError


def encoder_of(net: nn.Module) -> RealEncoder | None:
    """Return the RealEncoder that the net begins with, if it does."""
    while isinstance(net, nn.Sequential) and len(net):
        net = net[0]
    return net if isinstance(net, RealEncoder) else None


def net_input(net: nn.Module, codes: ArrayLike) -> Tensor:
    """Return integer codes [rows, features] as the tensor that the net reads.

    That is the codes themselves for a net that begins with a RealEncoder, else ``codes - 1/2`` in
    the dtype of the net's parameters; on the net's device.
    """
    tensor = torch.as_tensor(np.asarray(codes, dtype=np.int64))
    parameter = next(net.parameters(), torch.empty(0))
    if encoder_of(net) is not None:
        return tensor.to(parameter.device)
    return tensor.to(parameter.device, parameter.dtype) - 0.5


def default_features(net: nn.Module) -> tuple[Feature, ...]:
    """Return features named x0, x1, … of the widths that a net reads.

    Raises
    ------
    InputError
        If the layers do not say how many inputs there are.
    """
    encoder = encoder_of(net)
    if encoder is None:
        return bit_features(_input_width(net))
    return tuple(
        Feature(f"x{i}") if bits == 1 else Feature(f"x{i}", "real", bits)
        for i, bits in enumerate(encoder.widths)
    )


def _input_width(net: nn.Module) -> int:
    """Return the number of bits that a net reads, from the first weighted layer's."""
    found = _follow(net, (1, 0))
    if not isinstance(found, int):
        raise InputError("harden: the layers do not say how many inputs there are; pass features=")
    return found


def _follow(module: nn.Module, bits: tuple[int, int]) -> tuple[int, int] | int | None:
    """Follow ``bits = (a, b)``, an axis of a * inputs + b bits, until a layer says how many."""
    if isinstance(module, Weighted | Lut | Select | Threshold):
        return (module.m - bits[1]) // bits[0]
    if isinstance(module, Literals):
        return 2 * bits[0], 2 * bits[1]
    if isinstance(module, CountHot):
        return bits[0], bits[1] + 1
    if isinstance(module, Harden | Dropout | nn.Identity):
        return bits
    if isinstance(module, nn.Sequential):
        reached: tuple[int, int] | int | None = bits
        for child in module:
            if not isinstance(reached, tuple):
                break
            reached = _follow(child, reached)
        return reached
    if isinstance(module, Concat):
        ends = [_follow(branch, bits) for branch in module.branches]
        known = [end for end in ends if isinstance(end, int)]
        pairs = [end for end in ends if isinstance(end, tuple)]
        if known or len(pairs) < len(ends):
            return known[0] if known else None
        return sum(a for a, _ in pairs), sum(b for _, b in pairs)
    return None
