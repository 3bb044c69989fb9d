"""Files that leave the house: Verilog, interface, vectors and the IP bundle."""
