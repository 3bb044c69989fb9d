"""FPGA boards: what is on them, bitstreams for them, and talking to a net on one."""
