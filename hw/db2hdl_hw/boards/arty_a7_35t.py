"""Arty A7-35T: Artix-7, 100 MHz, UART over its FTDI; a Vivado project, no open place and route."""

from db2hdl_hw.boards.board import Board

BOARDS = (
    Board(
        name="arty-a7-35t",
        title="Arty A7-35T",
        device="xc7a35ticsg324-1L",
        target="xc7",
        luts=20800,
        lut_inputs=6,
        ffs=41600,
        clock_mhz=100.0,
        flow="Yosys for the cost, Vivado project",
        platform=("arty_a7", "ArtyA7_35Platform"),
        loader="arty_a7_35t",
    ),
)
