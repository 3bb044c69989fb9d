import numpy as np
import pytest

from db2hdl import expected as reference
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl_hw.emit.interface import Coding, InputPort, Interface, OutputPort
from db2hdl_hw.emit.words import pack_codes, unpack_outputs


@pytest.fixture
def core():
    """A net of a real and two boolean features, and the ports of its circuit."""
    features = (Feature("size", "real", 3), Feature("a"), Feature("b"))
    encoder = {"feature": np.array([0, 0, 1, 2]), "threshold": np.array([2, 6, 1, 1])}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_class_head", "class_head", (0,), {"classes": 2}),
    )
    hard = HardNet(features, layers, ("no", "yes"))
    interface = Interface(
        top="core",
        model_hash="",
        inputs=(
            InputPort("x", 2, ("a", "b")),
            InputPort("size", 3, ("size",), Coding(0.0, 1.0, 3)),
        ),
        outputs=(
            OutputPort("class_index", 1, "index"),
            OutputPort("class_bits", 4, "bits"),
            OutputPort("scores", 4, "scores", 2),
        ),
        classes=("no", "yes"),
    )
    return hard, interface


def test_expected_words_are_what_the_reference_says(core, monkeypatch):
    hard, interface = core
    codes = np.array([[s, a, b] for s in range(8) for a in (0, 1) for b in (0, 1)])
    words = pack_codes(interface, codes, ["size", "a", "b"])
    expected = reference.expected_words(hard, interface, words)
    got = unpack_outputs(interface, expected)
    assert (got["class_index"] == hard.predict(codes)).all()
    assert (got["class_bits"] == hard.bits(codes)).all()
    assert (got["scores"] == hard.scores(codes)).all()
    monkeypatch.setattr(reference, "CHUNK_BITS", 12)
    assert (reference.expected_words(hard, interface, words) == expected).all()


def test_no_words_have_no_expected_words(core):
    hard, interface = core
    nothing = np.zeros((0, interface.input_width), bool)
    assert reference.expected_words(hard, interface, nothing).shape == (0, interface.output_width)


def test_layer_bits_are_by_name(core):
    hard, interface = core
    word = pack_codes(interface, np.array([[6, 0, 1]]), ["size", "a", "b"])[0]
    assert reference.layer_bits(hard, interface, word)["encoder"] == [True, True, False, True]
