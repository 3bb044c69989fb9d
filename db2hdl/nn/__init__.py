"""Torch layers made of the boolean operations: ordinary Modules on centred soft-bits.

A layer works on the last axis; (m, n) are inputs and outputs. ``init`` has the initialisers.
"""

from db2hdl.nn import init
from db2hdl.nn.inputs import encoder_of, net_input
from db2hdl.nn.lut import Lut
from db2hdl.nn.real_encoder import RealEncoder
from db2hdl.nn.select import Conv, Select, Windows
from db2hdl.nn.sequential import Sequential
from db2hdl.nn.structure import Concat, Reshape
from db2hdl.nn.thermometer import (
    Thermometer,
    at_thresholds,
    quantile_thresholds,
    uniform_thresholds,
)
from db2hdl.nn.threshold import Threshold
from db2hdl.nn.unweighted import (
    AllOf,
    AnyOf,
    AtLeast,
    ClassHead,
    CountHot,
    Dropout,
    Harden,
    Literals,
    Majority,
)
from db2hdl.nn.weighted import And, Implies, MaskToFalse, Not, Or, Xor
from db2hdl.nn.wiring import image_places, local_wiring, random_wiring

__all__ = [
    "AllOf",
    "And",
    "AnyOf",
    "AtLeast",
    "ClassHead",
    "Concat",
    "Conv",
    "CountHot",
    "Dropout",
    "Harden",
    "Implies",
    "Literals",
    "Lut",
    "Majority",
    "MaskToFalse",
    "Not",
    "Or",
    "RealEncoder",
    "Reshape",
    "Select",
    "Sequential",
    "Thermometer",
    "Threshold",
    "Windows",
    "Xor",
    "at_thresholds",
    "encoder_of",
    "image_places",
    "init",
    "local_wiring",
    "net_input",
    "quantile_thresholds",
    "random_wiring",
    "uniform_thresholds",
]
