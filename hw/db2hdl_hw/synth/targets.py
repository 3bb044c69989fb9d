"""The FPGA families that synthesis knows: how Yosys is called, and what its cells are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db2hdl_hw.errors import unknown


@dataclass(frozen=True)
class Target:
    """An FPGA family.

    Attributes
    ----------
    name, title : str
        What commands call it, and what people call it.
    lut_inputs : int
        Of its largest plain LUT.
    synth : str
        The Yosys command; ``{top}`` is the top module.
    flatten : str
        What the command gets besides to make one module of all; or "" if it does so by default.
    keep : str
        What the command gets besides to leave the modules as they are; or "".
    stat : str
        Options of Yosys' ``stat``.
    choices : tuple of str
        Options of which that is taken which gives the fewest LUTs, of equals the first.
    library : str
        Yosys' models of its cells, where large netlists are put together of parts; or "".
    """

    name: str
    title: str
    lut_inputs: int
    synth: str
    flatten: str = ""
    keep: str = "-noflatten"
    stat: str = ""
    choices: tuple[str, ...] = ("",)
    library: str = ""

    def command(self, top: str, *, keep_hierarchy: bool, choice: str = "") -> str:
        """Return the Yosys command that synthesises a top module, without pads or buffers."""
        extra = self.keep if keep_hierarchy else self.flatten
        return " ".join([*self.synth.format(top=top).split(), *choice.split(), *extra.split()])


_WIDE = ("-nowidelut", "")
"""Muxes beside the LUTs make LUTs of five and more inputs of several: tables learned with six take
a third fewer LUTs with them, gates and counts a fifth more."""


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("ice40", "Lattice iCE40", 4, "synth_ice40 -top {top}"),
        Target(
            "ecp5",
            "Lattice ECP5",
            4,
            "synth_ecp5 -top {top}",
            choices=_WIDE,
            library="+/ecp5/cells_sim.v +/ecp5/cells_bb.v",
        ),
        # -json is what leaves out cells that nextpnr cannot place.
        Target(
            "gowin",
            "Gowin GW1N",
            4,
            "synth_gowin -top {top} -noiopads -json gowin.json",
            choices=_WIDE,
            library="+/gowin/cells_sim.v +/gowin/cells_xtra_gw1n.v",
        ),
        Target(
            "xc7",
            "Xilinx 7 series",
            6,
            "synth_xilinx -family xc7 -top {top} -noiopad -noclkbuf",
            flatten="-flatten",
            keep="",
            stat="-tech xilinx",
        ),
    )
}
"""Name -> target."""


def find_target(name: str) -> Target:
    """Return a target by its name.

    Raises
    ------
    InputError
        If there is none of that name; with the nearest one.
    """
    if name not in TARGETS:
        raise unknown("target", name, TARGETS)
    return TARGETS[name]
