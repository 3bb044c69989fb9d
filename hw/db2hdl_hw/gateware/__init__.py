"""Netlist to circuit, in Amaranth; the only package here, with boards, that imports amaranth."""
