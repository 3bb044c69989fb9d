"""From a netlist to a checked bitstream; knows nothing of db2hdl or torch."""
