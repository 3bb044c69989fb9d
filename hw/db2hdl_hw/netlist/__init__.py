"""Cells, builder, text form, verifier and interpreter of netlists."""
