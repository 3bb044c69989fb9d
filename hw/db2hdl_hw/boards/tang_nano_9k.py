"""Tang Nano 9K: Gowin GW1NR-9, 27 MHz, UART over its BL702."""

from db2hdl_hw.boards.board import Board

BOARDS = (
    Board(
        name="tang-nano-9k",
        title="Tang Nano 9K",
        device="GW1NR-LV9QN88PC6/I5",
        target="gowin",
        luts=8640,
        lut_inputs=4,
        ffs=6480,
        clock_mhz=27.0,
        flow="Yosys, nextpnr-himbaechel-gowin, gowin_pack",
        platform=("tang_nano_9k", "TangNano9kPlatform"),
        loader="tangnano9k",
        bitstream=".fs",
        place=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
        pack=("-d", "GW1N-9C", "--sspi_as_gpio", "--mspi_as_gpio"),
    ),
)
