"""The boolean operations, each with its soft and its hard meaning side by side.

``soft_*`` work on centred soft-bits, which are torch tensors (but this package imports no torch);
``hard_*`` work on the nets of an ``Algebra``. Names that end in ``_plain`` are the paper's forms
without margin packing.
"""

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.and_ import hard_all_of, hard_and, soft_all_of, soft_all_of_plain, soft_and
from db2hdl.ops.at_least import hard_at_least, soft_at_least, soft_at_least_plain
from db2hdl.ops.centred import TINY, enter, enter_weight, keep_sign, margin_pack
from db2hdl.ops.class_head import (
    hard_class_counts,
    hard_class_index,
    soft_class_counts,
    soft_harden,
)
from db2hdl.ops.count_hot import hard_count_hot, soft_count_hot
from db2hdl.ops.implies import hard_implies, soft_implies, soft_implies_plain
from db2hdl.ops.literals import hard_literals, soft_literals
from db2hdl.ops.lut import hard_lut, soft_lut, soft_select
from db2hdl.ops.majority import hard_majority, majority_k, soft_majority, soft_majority_plain
from db2hdl.ops.mask_to_false import (
    hard_mask_to_false,
    soft_mask_to_false,
    soft_mask_to_false_plain,
)
from db2hdl.ops.neurons import (
    hard_and_neuron,
    hard_or_neuron,
    hard_xor_neuron,
    soft_and_neuron,
    soft_or_neuron,
    soft_xor_neuron,
    soft_xor_neuron_plain,
)
from db2hdl.ops.not_ import flip, hard_not, soft_not
from db2hdl.ops.or_ import hard_any_of, hard_or, soft_any_of, soft_any_of_plain, soft_or
from db2hdl.ops.real_encoder import hard_real_encoder, soft_real_encoder
from db2hdl.ops.select import hard_wires, soft_wires
from db2hdl.ops.threshold import hard_threshold, soft_threshold
from db2hdl.ops.xor import hard_xor, soft_parity, soft_parity_plain, soft_xor, soft_xor_plain

__all__ = [
    "TINY",
    "Algebra",
    "Nets",
    "enter",
    "enter_weight",
    "flip",
    "hard_all_of",
    "hard_and",
    "hard_and_neuron",
    "hard_any_of",
    "hard_at_least",
    "hard_class_counts",
    "hard_class_index",
    "hard_count_hot",
    "hard_implies",
    "hard_literals",
    "hard_lut",
    "hard_majority",
    "hard_mask_to_false",
    "hard_not",
    "hard_or",
    "hard_or_neuron",
    "hard_real_encoder",
    "hard_threshold",
    "hard_wires",
    "hard_xor",
    "hard_xor_neuron",
    "keep_sign",
    "majority_k",
    "margin_pack",
    "soft_all_of",
    "soft_all_of_plain",
    "soft_and",
    "soft_and_neuron",
    "soft_any_of",
    "soft_any_of_plain",
    "soft_at_least",
    "soft_at_least_plain",
    "soft_class_counts",
    "soft_count_hot",
    "soft_harden",
    "soft_implies",
    "soft_implies_plain",
    "soft_literals",
    "soft_lut",
    "soft_majority",
    "soft_majority_plain",
    "soft_mask_to_false",
    "soft_mask_to_false_plain",
    "soft_not",
    "soft_or",
    "soft_or_neuron",
    "soft_parity",
    "soft_parity_plain",
    "soft_real_encoder",
    "soft_select",
    "soft_threshold",
    "soft_wires",
    "soft_xor",
    "soft_xor_neuron",
    "soft_xor_neuron_plain",
    "soft_xor_plain",
]
