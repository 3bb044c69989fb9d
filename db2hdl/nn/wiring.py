"""Which bits a neuron may read: candidate wires for ``Lut``.

A wiring is an integer tensor [n, k, c]: for each input of each neuron, c candidates among which
training chooses; c = 1 is a fixed wire. They draw from torch's global generator, so
``torch.manual_seed`` fixes them. A place is where in the image a bit belongs, a row of [bits, 2].
"""

from __future__ import annotations

import torch
from torch import Tensor

from db2hdl.nn.checks import check_count
from db2hdl_hw.errors import InputError


def random_wiring(m: int, n: int, k: int, candidates: int = 1) -> Tensor:
    """Return candidates drawn from all m bits: int64 [n, k, candidates].

    Those of one neuron are distinct while m allows it; every bit is read about equally often.
    """
    wanted = check_count("wiring", "k", k) * check_count("wiring", "candidates", candidates)
    rows = [_draw(torch.arange(m), wanted) for _ in range(check_count("wiring", "n", n))]
    return torch.stack(rows).reshape(n, k, candidates)


def local_wiring(
    places: Tensor, n: int, k: int, radius: int, candidates: int = 1
) -> tuple[Tensor, Tensor]:
    """Return candidates from a window around each neuron's own place, and these places.

    A window is the bits within ``radius`` rows and columns of the place; so 4 is 9 x 9 pixels. The
    place is that of a random bit, but none so near an edge that the window would reach over it.
    The places returned, [n, 2], serve the next layer.

    Parameters
    ----------
    places : tensor [m, 2]
        Row and column of every input bit; see ``image_places``.
    n, k, candidates : int
        The wiring is int64 [n, k, candidates].
    radius : int, at least 0

    Raises
    ------
    InputError
        On sizes out of range.
    """
    if places.ndim != 2 or len(places) == 0:
        raise InputError(f"wiring: places must have the shape [m, 2], not {list(places.shape)}")
    if type(radius) is not int or radius < 0:
        raise InputError(f"wiring: radius must be an integer of at least 0, not {radius!r}")
    wanted = check_count("wiring", "k", k) * check_count("wiring", "candidates", candidates)
    least, most = places.amin(0), places.amax(0)
    middle = (least + most) // 2
    inside = (places >= torch.minimum(least + radius, middle)).all(-1)
    inside &= (places <= torch.maximum(most - radius, middle)).all(-1)
    if not inside.any():
        inside.fill_(True)
    centres = places[_draw(inside.nonzero().squeeze(-1), check_count("wiring", "n", n))]
    rows = []
    for centre in centres:
        window = ((places - centre).abs() <= radius).all(-1).nonzero().squeeze(-1)
        rows.append(_draw(window, wanted))
    return torch.stack(rows).reshape(n, k, candidates), centres


def image_places(height: int, width: int, per_pixel: int = 1) -> Tensor:
    """Return the place [height * width * per_pixel, 2] of each bit of an image, row by row."""
    grid = torch.cartesian_prod(
        torch.arange(check_count("wiring", "height", height)),
        torch.arange(check_count("wiring", "width", width)),
    )
    return grid.repeat_interleave(check_count("wiring", "per_pixel", per_pixel), 0)


def _draw(choices: Tensor, count: int) -> Tensor:
    """Return ``count`` of the choices: in a random order, and over again when they run out."""
    rounds = -(-count // len(choices))
    return torch.cat([choices[torch.randperm(len(choices))] for _ in range(rounds)])[:count]
