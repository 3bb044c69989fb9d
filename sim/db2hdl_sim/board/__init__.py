"""A simulated board: the Verilog of a UART top behind a pseudo-terminal."""
