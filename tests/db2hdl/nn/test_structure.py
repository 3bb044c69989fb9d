from __future__ import annotations

import pytest
import torch

from db2hdl import nn
from db2hdl_hw.errors import InputError


def test_concat_joins_the_branches_of_one_input():
    x = torch.rand(3, 4) - 0.5
    left, right = nn.And(4, 2), nn.Or(4, 5)
    joined = nn.Concat(left, right, nn.Sequential())(x)
    assert torch.equal(joined, torch.cat([left(x), right(x), x], -1))


def test_concat_registers_its_branches():
    assert len(list(nn.Concat(nn.And(4, 2), nn.Or(4, 5)).parameters())) == 2


def test_concat_refuses_shapes_that_do_not_fit():
    with pytest.raises(InputError, match=r"cannot join shapes \[3, 2\], \[3, 2, 4\]"):
        nn.Concat(nn.And(4, 2), nn.Not(4, 2))(torch.rand(3, 4))


@pytest.mark.parametrize("branches", [(), (lambda x: x,), (None,)])
def test_concat_refuses_what_is_no_module(branches):
    with pytest.raises(InputError, match=r"^Concat: "):
        nn.Concat(*branches)


def test_reshape_keeps_the_rows_and_c_order():
    x = torch.arange(24.0).reshape(2, 3, 4)
    assert torch.equal(nn.Reshape(2, 6)(x), x.reshape(2, 2, 6))
    assert repr(nn.Reshape(2, 6)) == "Reshape(2, 6)"
    assert nn.Reshape(2, 6)(x[:0]).shape == (0, 2, 6)


def test_reshape_refuses_what_does_not_fit():
    with pytest.raises(InputError, match=r"cannot reshape \[2, 12\] to \[rows, \*\(5,\)\]"):
        nn.Reshape(5)(torch.rand(2, 12))


@pytest.mark.parametrize("shape", [(), (0,), (-1,), (2.0, 3), (True,)])
def test_reshape_needs_positive_integers(shape):
    with pytest.raises(InputError, match=r"^Reshape: "):
        nn.Reshape(*shape)
