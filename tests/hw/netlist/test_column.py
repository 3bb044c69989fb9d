import numpy as np

from db2hdl_hw.netlist.column import Column


def test_a_column_grows_over_its_room():
    column = Column(np.int32)
    for start in range(0, 5000, 500):
        column.extend(np.arange(start, start + 500), 500)
    column.extend(7, 3)
    assert len(column) == 5003
    assert column.view.dtype == np.int32
    assert column.view.tolist() == [*range(5000), 7, 7, 7]
