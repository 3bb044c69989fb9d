"""Jobs survive a file, and unsound ones are refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.errors import InputError
from db2hdl_sim.job import Port, SimJob, Source, check_files


def test_a_job_survives_a_file(bundle: Any) -> None:
    job = bundle.job("icarus")
    assert SimJob.loads(job.dumps()) == job
    assert SimJob.loads(replace(job, nets=None).dumps()).nets is None


def test_places_of_vectors(bundle: Any) -> None:
    job = replace(
        bundle.job("icarus"),
        sources=(
            Source("corner", 2, "", ("corner: all 0", "corner: all 1")),
            Source("test", 3, "test row {}"),
        ),
    )
    assert job.vectors == 5
    assert [job.place(index) for index in (1, 2, 4)] == [
        (0, "corner: all 1"),
        (1, "test row 0"),
        (1, "test row 2"),
    ]
    with pytest.raises(IndexError):
        job.place(5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sources": ()}, "zero vectors"),
        ({"sources": (Source("test", 0, ""),)}, "zero vectors"),
        ({"simulator": "verilater"}, "did you mean 'verilator'"),
        ({"latency": 2}, "latency 2 needs ports of a clock"),
        ({"clocking": Clocking()}, "latency 0 needs ports of a clock"),
        ({"latency": 1, "clocking": Clocking("x")}, "'x' is there twice"),
        ({"inputs": ()}, "needs RTL, an input"),
        ({"outputs": (Port("x", 1),)}, "'x' is there twice"),
        ({"outputs": (Port("y", 0),)}, "'y' .*no width"),
    ],
)
def test_unsound_jobs(bundle: Any, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        replace(bundle.job("icarus"), **change)


def test_files_must_hold_all_vectors(bundle: Any) -> None:
    job = bundle.job("icarus")
    check_files(job)
    lines = job.expected.read_bytes().splitlines(keepends=True)
    job.expected.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(InputError, match=r"expected\.hex has 130 lines .* not 131 words of 4 bits"):
        check_files(job)
    job.expected.write_bytes(b"".join([b"00\n", *lines[1:]]))
    with pytest.raises(InputError, match=r"expected\.hex"):
        check_files(job)
    job.stimulus.unlink()
    with pytest.raises(InputError, match=r"cannot read .*stimulus\.hex"):
        check_files(job)
    Path(job.rtl[0]).unlink()
    with pytest.raises(InputError, match=r"net\.v does not exist"):
        check_files(job)
