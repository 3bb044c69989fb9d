"""From a folder of images to checked Verilog: all 10,000 test images of MNIST through Verilator."""

import json
import os
from pathlib import Path

import pytest

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"


@pytest.mark.slow
def test_run_mnist_3k(command, tmp_path):
    if not MNIST.is_dir():
        why = f"{MNIST} is not there"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    done = command(
        "run",
        "mnist-3k",
        "--data",
        MNIST,
        "-o",
        tmp_path / "ip",
        "--epochs",
        2,
        "--vector-seconds",
        30,
        "--json",
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["bits_different"] == 0
    assert result["hard_accuracy"] == result["verilog_accuracy"] > 0.95
    assert {s["name"]: s["vectors"] for s in result["runs"][0]["sources"]}["test"] == 10_000
    assert result["mismatches"] == 0
