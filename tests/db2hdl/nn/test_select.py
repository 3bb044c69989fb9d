"""Wires, windows and convolutions: positions as torch's unfold has them, and hard is soft."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl import harden, nn
from db2hdl.harden import compare
from db2hdl_hw.errors import InputError


def all_or_random(width, rows=256):
    if width <= 8:
        return (np.arange(1 << width)[:, None] >> np.arange(width)) & 1
    return np.random.default_rng(0).integers(0, 2, (rows, width))


def assert_hardens(net, width):
    codes = all_or_random(width)
    hard = harden(net)
    different = compare(net, hard, codes)
    assert different and not any(different.values()), different
    return hard


@settings(deadline=None)
@given(data=st.data())
def test_windows_are_those_of_unfold(data):
    channels, height, width = (data.draw(st.integers(1, 5)) for _ in range(3))
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in range(2))
    padding = tuple(data.draw(st.integers(0, k - 1)) for k in kernel)
    stride = tuple(data.draw(st.integers(1, 3)) for _ in range(2))
    if kernel[0] > height + 2 * padding[0] or kernel[1] > width + 2 * padding[1]:
        return
    image = torch.rand(2, channels, height, width) - 0.5
    wanted = torch.nn.functional.unfold(image + 0.5, kernel, padding=padding, stride=stride) - 0.5
    windows = nn.Windows(channels, height, width, kernel, stride, padding)
    got = windows(image.flatten(1))
    torch.testing.assert_close(got, wanted.transpose(1, 2), rtol=0, atol=1e-7)
    assert len(windows.index) == windows.out_height * windows.out_width
    last = nn.Windows(channels, height, width, kernel, stride, padding, channels_last=True)
    got_last = last(image.permute(0, 2, 3, 1).flatten(1)).unflatten(-1, (*kernel, channels))
    moved = got.unflatten(-1, (channels, *kernel)).movedim(2, -1)
    torch.testing.assert_close(got_last, moved, rtol=0, atol=0)


@pytest.mark.parametrize("channels_last", [False, True])
def test_conv_shares_weights_and_keeps_the_layout(channels_last):
    layer = nn.Or(2 * 3 * 3, 4)
    conv = nn.Conv(layer, 2, 5, 6, 3, 1, 1, channels_last=channels_last)
    image = torch.rand(3, 60) - 0.5
    assert (conv.out_channels, conv.out_height, conv.out_width, conv.out) == (4, 5, 6, 120)
    got = conv(image)
    out = got.reshape(3, 5, 6, 4) if channels_last else got.reshape(3, 4, 5, 6).movedim(1, -1)
    window = nn.Windows(2, 5, 6, 3, 1, 1, channels_last=channels_last)(image)[:, 2 * 6 + 3]
    torch.testing.assert_close(out[:, 2, 3], layer(window), rtol=0, atol=0)


LAYERS = {
    "and": lambda m: nn.And(m, 3, init=nn.init.uniform_range()),
    "or": lambda m: nn.Or(m, 3, init=nn.init.uniform_range()),
    "xor": lambda m: nn.Xor(m, 3),
    "not": lambda m: nn.Not(m, 2),
    "majority": lambda m: nn.Majority(),
    "masked majority": lambda m: nn.Sequential(nn.Implies(m, 3), nn.Majority()),
    "threshold": lambda m: nn.Threshold(m, 3),
    "lut": lambda m: nn.Lut(m, 3),
    "any_of": lambda m: nn.AnyOf(),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_convolution_of_any_layer_hardens(kind, dtype):
    """Two of them, so that the layout between them counts; and a skip connection around."""
    torch.manual_seed(1)
    first = nn.Conv(LAYERS[kind](8), 2, 4, 3, 2, padding=1)
    shape = (first.out_channels, first.out_height, first.out_width)
    second = nn.Conv(LAYERS[kind](shape[0] * 4), *shape, 2, 2)
    skip = nn.Concat(nn.Sequential(first, second), torch.nn.Identity())
    net = nn.Sequential(nn.Not(24, 1), nn.Reshape(24), skip, nn.Literals()).to(dtype)
    assert_hardens(net, 24)


def test_pooling_by_channel_is_a_composition():
    pool = nn.Sequential(
        nn.Reshape(2, 16), nn.Windows(1, 4, 4, 2, stride=2), nn.AnyOf(), nn.Reshape(8)
    )
    image = torch.rand(5, 32) - 0.5
    pooled = torch.nn.functional.max_pool2d(image.reshape(5, 2, 4, 4), 2).flatten(1)
    torch.testing.assert_close(pool(image) > 0, pooled > 0)
    assert_hardens(nn.Sequential(nn.Not(32, 1), nn.Reshape(32), pool), 32)


def test_a_skip_connection_becomes_wires_only():
    net = nn.Sequential(nn.Concat(nn.And(6, 4), torch.nn.Identity()))
    kinds = [layer.kind for layer in assert_hardens(net, 6).layers_]
    assert kinds == ["encoder", "and", "concat"]


def test_select_keeps_no_state_and_moves_with_the_net():
    net = nn.Select([[0, -1]], 2)
    assert not net.state_dict()
    assert net.to("meta").index.device.type == "meta"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Select([0.5], 2), "must be integers"),
        (lambda: nn.Select([], 2), "must be integers"),
        (lambda: nn.Select(0, 2), "must be integers"),
        (lambda: nn.Select([2], 2), "outside -1..1"),
        (lambda: nn.Select([-2], 2), "outside -1..1"),
        (lambda: nn.Select([0], 2)(torch.zeros(3)), "reads 2 bits"),
        (lambda: nn.Windows(0, 2, 2, 1), "channels must be a positive"),
        (lambda: nn.Windows(1, 2, 2, 3), "no window of 3 fits into 2"),
        (lambda: nn.Windows(1, 2, 2, 1, padding=1), "all low"),
        (lambda: nn.Windows(1, 2, 2, (1, 1, 1)), "kernel must be"),
        (lambda: nn.Windows(1, 2, 2, 1, 0), "stride must be"),
        (lambda: nn.Conv(nn.And(3, 2), 1, 2, 2, 2), "reads 3 bits"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(InputError, match=message):
        make()
