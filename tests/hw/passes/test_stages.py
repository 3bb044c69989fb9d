"""Stages of random graphs: every path passes the same registers, and no stage is too deep."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.errors import InputError
from db2hdl_hw.passes.stages import Pipeline, place

LEVELS = st.sampled_from([0.5, 1.0, 1.5, 2.25])


@st.composite
def graphs(draw):
    """Return (reads, widths, outputs) of a graph whose nodes 0 and 1 are inputs."""
    count = draw(st.integers(3, 12))
    reads = [{}, {}]
    for node in range(2, count):
        sources = draw(st.sets(st.integers(0, node - 1), min_size=1, max_size=3))
        reads.append({source: draw(LEVELS) for source in sorted(sources)})
    widths = draw(st.lists(st.integers(1, 8), min_size=count, max_size=count))
    outputs = draw(st.sets(st.integers(0, count - 1), min_size=1))
    return reads, widths, outputs


PIPELINES = st.builds(Pipeline, st.integers(0, 5), st.booleans(), st.booleans())


def depth(reads, stage):
    deep = [0.0] * len(reads)
    for node, read in enumerate(reads):
        for source, levels in read.items():
            start = deep[source] if stage[source] == stage[node] else 0.0
            deep[node] = max(deep[node], start + levels)
    return max(deep)


@given(graphs(), PIPELINES)
@settings(max_examples=150, deadline=None)
def test_stages_only_rise_and_logic_stays_between_the_registers(graph, pipeline):
    reads, widths, outputs = graph
    found = place(reads, widths, outputs, pipeline, inputs=(0, 1))
    assert found.stage[:2] == (0, 0)
    for node, read in enumerate(reads[2:], start=2):
        assert pipeline.first <= found.stage[node] <= pipeline.last
        assert all(found.stage[source] <= found.stage[node] for source in read)
    assert found.levels == pytest.approx(depth(reads, found.stage))


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_no_stages_are_shallower_than_those_found(graph):
    reads, widths, outputs = graph
    reads, widths = reads[:7], widths[:7]
    outputs = {node for node in outputs if node < len(reads)} or {0}
    pipeline = Pipeline(1)
    found = place(reads, widths, outputs, pipeline, inputs=(0, 1))
    best = min(
        depth(reads, (0, 0, *stage))
        for stage in product((0, 1), repeat=len(reads) - 2)
        if all(
            (0, 0, *stage)[s] <= n for n, read in zip(stage, reads[2:], strict=True) for s in read
        )
    )
    assert found.levels <= best + 0.03


def test_registers_are_counted():
    reads = [{}, {0: 1.0}, {1: 1.0}]
    found = place(reads, [8, 1, 1], [2], Pipeline(1, True, True), inputs=(0,))
    assert found.levels == 1.0
    assert found.stage == (0, 1, 2)
    assert found.registers == 8 + 1 + 1


def test_the_cheaper_of_early_and_late_is_taken():
    """Eight bits of a word or the one bit that they come to: one bit goes through the register."""
    funnel = place([{}, {0: 1.0}, {1: 1.0}], [8, 1, 1], [2], Pipeline(1), inputs=(0,))
    assert (funnel.stage, funnel.registers) == ((0, 0, 1), 1)
    fan = place([{}, {0: 1.0}, {0: 0.5, 1: 0.5}], [1, 8, 9], [2], Pipeline(1), inputs=(0,))
    assert fan.levels == 1.0


def test_more_stages_than_logic_only_delay():
    found = place([{}, {0: 1.0}], [1, 1], [1], Pipeline(7), inputs=(0,))
    assert (found.levels, found.registers) == (1.0, 7)


@pytest.mark.parametrize("stages", [-1, 257])
def test_a_pipeline_has_a_sensible_number_of_stages(stages):
    with pytest.raises(InputError, match=rf"a pipeline has 0..256 stages, not {stages}"):
        Pipeline(stages)
