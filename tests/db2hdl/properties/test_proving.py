"""Properties against brute force over every input."""

import numpy as np
import pytest

from db2hdl.model_file import Model
from db2hdl.properties import prove_property
from db2hdl_hw.errors import InputError

CONDITIONS = {
    "wet": lambda v: v[:, 0] == 1,
    "not red and wet": lambda v: (v[:, 2] == 0) & (v[:, 0] == 1),
    "width >= 4.1": None,
    "2 <= width < 6 or red": None,
    "length < 3 and (wet or not red)": None,
    "rows": lambda v: np.ones(len(v), bool),
    "wet == 0": lambda v: v[:, 0] == 0,
}


def held(text, hard, codes):
    """Which codes meet a condition: that of a value holds from the code of the value on."""
    if CONDITIONS[text] is not None:
        return CONDITIONS[text](codes)

    def code(feature, value):
        return hard.encode([[0, value, 0, 0] if feature == 1 else [0, 1, 0, value]])[0, feature]

    width, length = codes[:, 1], codes[:, 3]
    return {
        "width >= 4.1": width >= code(1, 4.1),
        "2 <= width < 6 or red": ((width >= code(1, 2)) & (width < code(1, 6)))
        | (codes[:, 2] == 1),
        "length < 3 and (wet or not red)": (length < code(3, 3))
        & ((codes[:, 0] == 1) | (codes[:, 2] == 0)),
    }[text]


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("seed", range(5))
def test_for_all_and_some(text, seed, make_net, every):
    hard = make_net(seed)
    codes = every(hard)
    found = hard.predict(codes[held(text, hard, codes)])
    for index, name in enumerate(hard.classes):
        for claim, right in (
            (f"for all {text}: class is {name}", (found == index).all()),
            (f"for all {text}: class is not {name}", (found != index).all()),
            (f"some {text}: class is {name}", (found == index).any()),
        ):
            result = prove_property(hard, claim)
            assert result.verdict == ("proved" if right else "refuted"), claim
            if result.row is not None:
                row = hard.encode([list(result.row.values())])
                assert held(text, hard, row).all()
                assert hard.classes[int(hard.predict(row)[0])] == result.answer


@pytest.mark.parametrize("seed", range(8))
def test_reachable(seed, make_net, every):
    hard = make_net(seed)
    seen = set(hard.predict(every(hard)).tolist())
    for index, name in enumerate(hard.classes):
        verdict = prove_property(hard, f"class {name} is reachable").verdict
        assert verdict == ("proved" if index in seen else "refuted")


@pytest.mark.parametrize("seed", range(12))
def test_monotonic(seed, make_net, every):
    hard = make_net(seed)
    shape = [feature.top + 1 for feature in hard.features]
    classes = hard.predict(every(hard)).reshape(shape)
    for axis, feature in enumerate(hard.features):
        for index, name in enumerate(hard.classes):
            has = np.moveaxis(classes == index, axis, 0)
            lost = any(
                (has[i] & ~has[j]).any() for i in range(len(has)) for j in range(i, len(has))
            )
            result = prove_property(hard, f"monotonic in {feature.name} for class {name}")
            assert result.verdict == ("refuted" if lost else "proved")


def test_robust(make_net, every):
    hard = make_net(1)
    codes = every(hard)[::13].astype(np.uint16)
    model = Model(hard, codes, hard.predict(codes).astype(np.int32))
    for row in range(0, len(codes), 5):
        near = [
            codes[row] ^ np.eye(4, dtype=np.uint16)[f] * (1 << b)
            for f, feature in enumerate(hard.features)
            for b in range(feature.bits)
        ]
        stays = (hard.predict(np.array(near)) == hard.predict(codes[row][None])[0]).all()
        verdict = prove_property(model, f"robust to 1 flipped input bit on row {row}").verdict
        assert verdict == ("proved" if stays else "refuted")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("for all wett: class is a", "did you mean 'wet'"),
        ("for all wet: class is z", "unknown class 'z'"),
        ("for all width: class is a", "is a real feature: compare it"),
        ("for all wet >= 3: class is a", "is boolean"),
        ("for all wet and not wet: class is a", "nothing satisfies its condition"),
        ("for all width > 100: class is a", "nothing satisfies its condition"),
        ("some width > 100: class is a", "nothing satisfies its condition"),
        ("for all 3 > width > 2: class is a", "a range is written"),
        ("for all wet class is a", "not understood"),
        ("", "not understood"),
        ("for all wet: class is a; rm -rf /", "not understood"),
        ("robust to 1 flipped input bit on rows 3..99", "the model keeps 0 test rows"),
        ("monotonic in wett for class a", "did you mean 'wet'"),
    ],
)
def test_bad_properties(text, message, make_net):
    with pytest.raises(InputError, match=message):
        prove_property(make_net(1), text)


def test_quoted_names(make_net):
    hard = make_net(2)
    assert prove_property(hard, 'some "width" >= 2 and \'wet\': class is "a"').verdict


def test_out_of_time_is_not_a_proof(make_net, monkeypatch):
    from db2hdl.properties import proving

    monkeypatch.setattr(proving._Case, "_solve", lambda self, assumptions: None)
    assert prove_property(make_net(1), "for all rows: class is a").verdict == "not proved"
