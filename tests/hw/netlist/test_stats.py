from db2hdl_hw.netlist.stats import Stats, stats
from db2hdl_hw.netlist.text import from_text

TEXT = """netlist t
input x bits 2
layer a
layer b
layer c
n0 - const(0)
n1 - const(1)
n2 - input(x[0])
n3 - input(x[1])
n4 a and n2 n3
n5 a not n2
n6 c and n4 n5 n3
output y n6
"""


def test_cells_by_operation_and_layer_and_depth():
    assert stats(from_text(TEXT)) == Stats(
        cells=3, fanins=6, depth=2, by_op={"not": 1, "and": 2}, by_layer={"a": 2, "c": 1}
    )
