"""A job is made of an interface, words and answers."""

from typing import Any

import numpy as np
import pytest

from db2hdl_hw.errors import InputError
from db2hdl_sim.prepare import make_job
from db2hdl_sim.stimulus import exhaustive, given


def test_the_job_has_the_interface(bundle: Any) -> None:
    job = bundle.job("icarus", [exhaustive(6)])
    assert job.top == "net"
    assert [(port.name, port.width) for port in job.inputs] == [("x", 4), ("level", 2)]
    assert job.rtl == (bundle.rtl,)
    assert job.nets == bundle.folder / "rtl" / "nets.json"
    assert job.stimulus.read_text().splitlines() == [f"{i:02x}" for i in range(64)]


def test_without_a_net_map(bundle: Any) -> None:
    (bundle.folder / "rtl" / "nets.json").unlink()
    assert bundle.job("icarus").nets is None


def test_every_vector_needs_an_answer(bundle: Any) -> None:
    sets = [given("test", np.zeros((3, 6)))]
    with pytest.raises(InputError, match="3 vectors but 2 expected words"):
        make_job(bundle.interface, bundle.folder, sets, np.zeros((2, 4)), bundle.folder)
    with pytest.raises(InputError, match="zero vectors"):
        make_job(bundle.interface, bundle.folder, [], np.zeros((0, 4)), bundle.folder)
