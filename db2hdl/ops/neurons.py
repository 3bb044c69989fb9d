"""Neurons: AND, OR and XOR of those inputs whose weight is high."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.implies import hard_implies, soft_implies
from db2hdl.ops.mask_to_false import (
    hard_mask_to_false,
    soft_mask_to_false,
    soft_mask_to_false_plain,
)
from db2hdl.ops.xor import soft_parity, soft_parity_plain

if TYPE_CHECKING:
    from torch import Tensor


def soft_and_neuron(w: Tensor, x: Tensor) -> Tensor:
    """Return ``min_j soft_implies(w[i, j], x[j])``: w [n, m], x [..., m] -> [..., n].

    Hard: the conjunction of the inputs of high weight, of none: high; about a LUT6 for five
    inputs. Raises InputError on float16. Source: section 3 of arXiv 2305.07315.
    """
    return soft_implies(w, x.unsqueeze(-2)).amin(-1)


def hard_and_neuron(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return the conjunction of the inputs of high weight: w [n, m], x [..., m] -> [..., n]."""
    return alg.all_(hard_implies(alg, w, x[..., None, :]))


def soft_or_neuron(w: Tensor, x: Tensor) -> Tensor:
    """Return ``max_j soft_mask_to_false(w[i, j], x[j])``: w [n, m], x [..., m] -> [..., n].

    Hard: the disjunction of the inputs of high weight, of none: low; about a LUT6 for five inputs.
    Raises InputError on float16. Source: section 3 of arXiv 2305.07315.
    """
    return soft_mask_to_false(w, x.unsqueeze(-2)).amax(-1)


def hard_or_neuron(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return the disjunction of the inputs of high weight: w [n, m], x [..., m] -> [..., n]."""
    return alg.any_(hard_mask_to_false(alg, w, x[..., None, :]))


def soft_xor_neuron(w: Tensor, x: Tensor) -> Tensor:
    """Return the soft parity of ``min(w[i, j], x[j])``: w [n, m], x [..., m] -> [..., n].

    Hard: the parity of the inputs of high weight; about a LUT6 for five inputs. Raises InputError
    on float16. Parity and mask were chosen by training, with ``soft_xor_neuron_plain`` and margin
    packed masks as rivals: docs/explanation/decisions/0001-xor-soft-form.md.
    """
    return soft_parity(soft_mask_to_false_plain(w, x.unsqueeze(-2)))


def soft_xor_neuron_plain(w: Tensor, x: Tensor) -> Tensor:
    """Return the paper's XOR neuron, in which the least magnitude decides alone."""
    return soft_parity_plain(soft_mask_to_false_plain(w, x.unsqueeze(-2)))


def hard_xor_neuron(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return the parity of the inputs of high weight: w [n, m], x [..., m] -> [..., n]."""
    return alg.parity(hard_mask_to_false(alg, w, x[..., None, :]))
