"""iCEBreaker: iCE40 UP5K, 12 MHz, UART over its FTDI's second channel."""

from db2hdl_hw.boards.board import Board

BOARDS = (
    Board(
        name="icebreaker",
        title="iCEBreaker",
        device="iCE40UP5K-SG48",
        target="ice40",
        luts=5280,
        lut_inputs=4,
        ffs=5280,
        clock_mhz=12.0,
        flow="Yosys, nextpnr-ice40, icepack",
        platform=("icebreaker", "ICEBreakerPlatform"),
        loader="ice40_generic",
        bitstream=".bin",
        place=("--up5k", "--package", "sg48"),
    ),
)
