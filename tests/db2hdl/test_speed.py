"""The search for the fewest stages that reach a clock; place and route is faked."""

import pytest

from db2hdl import speed as module
from db2hdl.speed import MOST_RUNS, find_pipeline, search
from db2hdl_hw.boards import speed as boards
from db2hdl_hw.boards.flow import Routed
from db2hdl_hw.errors import InputError, SynthesisError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.system.cache import Cache


def levels(stages):
    """A circuit 24 levels deep, whose deepest single cell has 2."""
    return max(2.0, 24 / (stages + 1))


def clock(stages, noise=0.0):
    return 1000 / (1.0 + 0.5 * levels(stages) + noise * (stages % 3))


@pytest.mark.parametrize("mhz", [50, 77, 100, 150, 200, 300, 400, 450])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_fewest_stages_are_found(mhz, noise):
    tried = search(levels, lambda stages: clock(stages, noise), mhz)
    good = [stages for stages, reached in tried.items() if reached >= mhz]
    assert good and len(tried) <= 6
    found = min(good)
    assert found == 0 or tried[found - 1] < mhz


def test_a_clock_that_nothing_reaches_ends_the_search():
    tried = search(levels, clock, 2000)
    assert max(tried.values()) < 2000 and len(tried) <= 3
    assert max(tried) >= 11  # as shallow as it goes


def test_a_search_has_an_end():
    assert len(search(lambda stages: 64 - stages, lambda stages: 1.0 + stages, 64.5)) <= MOST_RUNS


@pytest.fixture
def routed(monkeypatch):
    """Place and route that reaches 40 MHz more with every register on the way."""
    seen = []

    def core_speed(rtl, interface, target, mhz, progress=None):
        seen.append((interface.latency, target, rtl.count("always @(posedge clk)") > 0))
        return Routed(40.0 * (1 + interface.latency), None, {})

    monkeypatch.setattr(boards, "core_speed", core_speed)
    return seen


def test_it_is_the_circuit_that_is_exported(small_model, routed):
    told = []
    found = find_pipeline(
        small_model, 100, "ice40", registered=Pipeline(0, True), progress=told.append
    )
    assert found.pipeline == Pipeline(1, True) and found.mhz == 120
    assert found.device == "iCE40HX8K-CT256"
    assert all(latency == 0 or clocked for latency, _, clocked in routed)
    assert told[0].startswith("placing and routing with 0 stages")


def test_a_miss_tells_the_best(small_model, routed):
    with pytest.raises(
        SynthesisError, match=r"9000 MHz is not reached .* best is .*--pipeline"
    ) as e:
        find_pipeline(small_model, 9000, "ecp5")
    assert e.value.exit_code == 5


@pytest.mark.parametrize(
    ("mhz", "target", "says"),
    [
        (100, "xc7", "no open tool places and routes xc7"),
        (100, "ice4", "did you mean 'ice40'"),
        (0, "ice40", "--target-mhz 0 is no clock"),
        (float("nan"), "ice40", "is no clock"),
    ],
)
def test_bad_clocks_and_targets(small_model, mhz, target, says):
    with pytest.raises(InputError, match=says):
        find_pipeline(small_model, mhz, target)


def test_export_takes_what_was_found(db2hdl, small_model, tmp_path, routed):
    from db2hdl.model_file import save

    save(tmp_path / "m.dbnet", small_model)
    options = ("--target-mhz", 100, "--target", "ecp5", "--json")
    done = db2hdl("export", tmp_path / "m.dbnet", "-o", tmp_path / "b", *options)
    assert done.code == 0
    assert done.json["latency"] == 2 and done.json["reached_mhz"] == 120.0
    assert module.MOST_STAGES >= 2
    refused = db2hdl("export", tmp_path / "m.dbnet", "-o", tmp_path / "c", "--target-mhz", 100)
    assert refused.code == 2 and "together with --target" in refused.err
    missed = db2hdl(
        "export", tmp_path / "m.dbnet", "-o", tmp_path / "c", "--target-mhz", 9999, *options[2:]
    )
    assert missed.code == 5 and not (tmp_path / "c").exists()


def test_syntheses_from_the_cache_are_marked(db2hdl, small_model, tmp_path, monkeypatch):
    from db2hdl.model_file import save

    kept = Cache("synth", tmp_path / "kept")
    kept.put("k", b"", 3.0)

    def core_speed(rtl, interface, target, mhz, progress=None):
        assert kept.get("k", "synthesis of speed for ecp5")
        return Routed(200.0, None, {})

    monkeypatch.setattr(boards, "core_speed", core_speed)
    save(tmp_path / "m.dbnet", small_model)
    options = ("--target-mhz", 100, "--target", "ecp5")
    done = db2hdl("export", tmp_path / "m.dbnet", "-o", tmp_path / "b", *options)
    assert "cached: synthesis of speed for ecp5 of 20" in " ".join(done.out.split())
    done = db2hdl("export", tmp_path / "m.dbnet", "-o", tmp_path / "c", *options, "--json")
    (one,) = done.json["cached"]
    assert one["seconds"] == 3.0 and one["made"].startswith("20")
