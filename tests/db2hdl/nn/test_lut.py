"""The look-up-table layer: both kernels against autograd of the operations."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl.nn import compiled
from db2hdl.nn.lut import Lut, lut_layer
from db2hdl.nn.lut_kernels import Compiled, Portable
from db2hdl.nn.wiring import image_places, local_wiring, random_wiring
from db2hdl.ops import soft_harden, soft_lut, soft_select
from db2hdl_hw.errors import InputError


def kernels():
    library = compiled.library("lut")
    return [Portable()] + ([Compiled(library)] if library else [])


def naive(layer, x):
    if layer.score is None:
        return soft_lut(layer.table, x[..., layer.candidates[..., 0]])
    bits = soft_harden(x)[..., layer.candidates]
    return soft_lut(layer.table, soft_select(layer.score, bits))


def gradients(layer, x, function, direction):
    layer.zero_grad()
    x = x.detach().clone().requires_grad_()
    out = function(x)
    (out * direction).sum().backward()
    return [out.detach(), x.grad, *(p.grad.clone() for p in layer.parameters())]


def test_the_compiled_kernel_is_there():
    if compiled.find_compiler() is None:
        pytest.skip("no C++ compiler: the portable kernel is tested alone")
    assert compiled.library("lut") is not None


@settings(max_examples=40, deadline=None)
@given(
    k=st.integers(1, 6),
    m=st.integers(1, 40),
    n=st.integers(1, 30),
    batch=st.integers(1, 70),
    candidates=st.integers(1, 5),
    seed=st.integers(0, 2**31),
)
def test_kernels_are_the_formula(k, m, n, batch, candidates, seed):
    torch.manual_seed(seed)
    layer = Lut(m, n, k, wiring=random_wiring(m, n, k, candidates), noise=0.2)
    x, direction = torch.randn(batch, m), torch.randn(batch, n)
    expected = gradients(layer, x, lambda x: naive(layer, x), direction)
    for kernel in kernels():

        def forward(x, kernel=kernel):
            args = layer.table, x, layer.wires(), layer.score, layer.candidates
            return lut_layer(*args, kernel=kernel)

        got = gradients(layer, x, forward, direction)
        assert torch.equal(got[0], expected[0])
        inside = layer.table.detach().abs() < 0.5
        got[2], expected[2] = got[2] * inside, expected[2] * inside
        for a, b in zip(got[1:], expected[1:], strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-6)


def test_a_gradient_out_of_range_is_left_out_and_one_back_kept():
    layer = Lut(1, 2, 1, wiring=[[0], [0]])
    with torch.no_grad():
        layer.table.copy_(torch.tensor([[0.6, 0.6], [-0.6, -0.6]]))
    x = torch.tensor([[0.5], [-0.5]])
    layer(x).sum().backward()  # descent makes every entry less
    assert layer.table.grad.tolist() == [[1, 1], [0, 0]]
    layer.zero_grad()
    (-layer(x).sum()).backward()
    assert layer.table.grad.tolist() == [[0, 0], [-1, -1]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_other_dtypes_and_leading_axes(dtype):
    torch.manual_seed(0)
    layer = Lut(20, 12, 4, wiring="learned").to(dtype)
    x = torch.randn(3, 5, 20).to(dtype)
    out = layer(x)
    assert out.dtype == dtype and out.shape == (3, 5, 12)
    assert torch.equal(out, naive(layer, x))
    out.sum().backward()
    assert layer.table.grad.dtype == dtype


def test_autocast_changes_no_bit():
    torch.manual_seed(0)
    layer = Lut(20, 12)
    x = torch.randn(64, 20)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(x)
    assert torch.equal(out, layer(x))


def test_a_stack_learns_and_its_layout_passes_through():
    torch.manual_seed(0)
    net = torch.nn.Sequential(Lut(12, 200, 4, wiring="learned"), Lut(200, 60, wiring="learned"))
    x = torch.where(torch.rand(400, 12) < 0.5, -0.5, 0.5)
    labels = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).long()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(150):
        optimiser.zero_grad()
        scores = net(x).unflatten(-1, (2, -1)).sum(-1) / 3
        torch.nn.functional.cross_entropy(scores, labels).backward()
        optimiser.step()
    assert (scores.argmax(-1) == labels).float().mean() > 0.95


def test_the_result_does_not_depend_on_the_threads():
    library = compiled.library("lut")
    if library is None:
        pytest.skip("no C++ compiler")
    torch.manual_seed(0)
    layer, x = Lut(50, 40, wiring="learned"), torch.randn(33, 50)
    direction, before = torch.randn(33, 40), torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(gradients(layer, x, layer, direction))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_frozen_wiring_gets_no_gradient_and_state_returns():
    layer = Lut(9, 4, 2, wiring="learned")
    layer.score.requires_grad_(False)
    layer(torch.randn(8, 9)).sum().backward()
    assert layer.score.grad is None and layer.table.grad is not None
    other = Lut(9, 4, 2, wiring="learned")
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other.wires(), layer.wires())


def test_residual_start_passes_input_0_on():
    layer = Lut(6, 5, 3, residual=0.5, noise=0.0)
    x = torch.randn(10, 6)
    assert torch.equal(layer(x) > 0, x[:, layer.wires()[:, 0]] > 0)


def test_local_windows():
    places = image_places(6, 5, per_pixel=2)
    assert places.shape == (60, 2) and places[11].tolist() == [1, 0]
    wires, centres = local_wiring(places, 50, 3, 1, candidates=4)
    assert wires.shape == (50, 3, 4)
    distance = (places[wires] - centres[:, None, None]).abs()
    assert int(distance.max()) == 1
    assert {tuple(c) for c in centres.tolist()} == {
        (y, x) for y in range(1, 5) for x in range(1, 4)
    }
    _, centres = local_wiring(places, 50, 3, 9)
    assert {tuple(c) for c in centres.tolist()} == {(2, 2)}
    wires, _ = local_wiring(torch.tensor([[0, 0], [9, 9]]), 5, 3, 4)
    assert ((wires == wires[:, :1]).all(1) & (wires < 2).all(1)).all()
    with pytest.raises(InputError, match="radius"):
        local_wiring(places, 5, 3, -1)
    with pytest.raises(InputError, match="places"):
        local_wiring(torch.zeros(0, 2), 5, 3, 1)


def test_a_neuron_reads_distinct_bits_where_it_can():
    wires = random_wiring(12, 30, 6, 2).flatten(1)
    assert all(len(set(row.tolist())) == 12 for row in wires)
    assert random_wiring(2, 3, 6).shape == (3, 6, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 7}, "k must be 1..6"),
        ({"k": 0}, "k must be a positive integer"),
        ({"wiring": "learnt"}, "did you mean 'learned'"),
        ({"wiring": np.zeros((3, 6))}, "must be integers"),
        ({"wiring": np.zeros((3, 5), int)}, "must have the shape"),
        ({"wiring": np.full((3, 6), 4)}, "outside the input of 4 bits"),
        ({"wiring": np.full((3, 6), -1)}, "outside the input of 4 bits"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        Lut(4, 3, **arguments)


def test_bad_input():
    with pytest.raises(InputError, match="reads 4 bits"):
        Lut(4, 3)(torch.zeros(2, 5))
    with pytest.raises(InputError, match="float16"):
        Lut(4, 3)(torch.zeros(2, 4, dtype=torch.float16))


@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: type(kernel).__name__)
def test_wires_out_of_range_never_read_memory(kernel):
    layer = Lut(4, 3)
    layer.candidates.fill_(99)
    with pytest.raises(IndexError):
        lut_layer(layer.table, torch.zeros(2, 4), layer.wires(), kernel=kernel)
