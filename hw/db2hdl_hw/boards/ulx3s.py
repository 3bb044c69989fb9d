"""ULX3S: ECP5, 25 MHz, UART over its FTDI; sold with four sizes, 85F unless said otherwise.

The 12F is a 25F under another name: the open tools give it all LUTs of the 25F.
"""

from db2hdl_hw.boards.board import Board

_SIZES = {"85F": 83640, "45F": 43848, "25F": 24288, "12F": 24288}


def _board(name: str, size: str) -> Board:
    return Board(
        name=name,
        title=f"ULX3S {size}",
        device=f"LFE5U-{size}-6BG381C",
        target="ecp5",
        luts=_SIZES[size],
        lut_inputs=4,
        ffs=_SIZES[size],
        clock_mhz=25.0,
        flow="Yosys, nextpnr-ecp5, ecppack",
        platform=("ulx3s", f"ULX3S_{size}_Platform"),
        loader="ulx3s",
        bitstream=".bit",
        place=(f"--{size[:-1]}k", "--package", "CABGA381", "--speed", "6"),
    )


BOARDS = (
    _board("ulx3s", "85F"),
    _board("ulx3s-45f", "45F"),
    _board("ulx3s-25f", "25F"),
    _board("ulx3s-12f", "12F"),
)
