"""A device that says anything: answers that cannot be the model's end in one line, never pass."""

from contextlib import contextmanager

import numpy as np
import pytest

from db2hdl.ask import ask
from db2hdl.bundle import describe
from db2hdl.lower import lower
from db2hdl.model_file import save
from db2hdl_hw.errors import Db2hdlError, MismatchError
from db2hdl_hw.frames import Identity


@pytest.fixture
def board(monkeypatch, small_model):
    """Call it with the width and the answers; it answers in the place of a board."""
    interface = describe(small_model.hard, lower(small_model.hard))

    class Liar:
        retried = 0

        def __init__(self, width: int, words: np.ndarray) -> None:
            self.width, self.words = width, words

        def who(self) -> Identity:
            return Identity(1, interface.input_width, self.width, interface.model_hash)

        def classify(self, words, identity):
            yield from self.words

    def answering(width, words=()):
        @contextmanager
        def connect(port, **options):
            yield Liar(width, words)

        monkeypatch.setattr("db2hdl.ask.connect", connect)

    return answering


@pytest.fixture
def model_path(small_model, tmp_path):
    save(tmp_path / "m.dbnet", small_model)
    return tmp_path / "m.dbnet"


@pytest.mark.parametrize("width", [0, 1, 4, 1000, (1 << 32) - 1])
def test_a_bundle_knows_how_wide_its_answers_are(board, small_bundle, width):
    """One bit instead of two was broadcast and passed; 2**32 - 1 would not fit into memory."""
    board(width, np.zeros((40, min(width, 1000)), np.bool_))
    with pytest.raises(MismatchError, match=f"answers with {width} bits, the model's core with 5;"):
        ask(small_bundle, "/dev/fake")


def test_a_model_file_knows_which_widths_are_possible(board, model_path, small_model):
    votes = int(np.prod(small_model.hard.shapes[-1]))
    board(1 + votes, np.zeros((40, 1 + votes), np.bool_))
    assert ask(model_path, "/dev/fake").words.shape == (40, 1)
    board(2 + votes)
    with pytest.raises(MismatchError, match=rf"{2 + votes} bits, the model's core with 1 or "):
        ask(model_path, "/dev/fake")


def test_a_class_that_does_not_exist_is_refused(board, model_path, monkeypatch, small_model):
    from dataclasses import replace

    from db2hdl.hardnet import HardLayer
    from db2hdl.model_file import Model

    hard = small_model.hard
    votes = int(np.prod(hard.shapes[-2]))
    index = np.arange(3, dtype=np.int32) % votes
    layers = (
        *hard.layers_[:-1],
        HardLayer("l98_select", "select", (len(hard.layers_) - 2,), {}, {"index": index}),
        HardLayer("l99_class_head", "class_head", (len(hard.layers_) - 1,), {"classes": 3}),
    )
    three = replace(hard, layers_=layers, classes=("a", "b", "c"))
    save(model_path, Model(three, small_model.test_codes, small_model.test_labels))
    interface = describe(three, lower(three))
    identity = Identity(1, interface.input_width, 2, interface.model_hash)

    class Liar:
        retried = 0

        def who(self):
            return identity

        def classify(self, words, identity):
            yield from np.ones((len(words), 2), np.bool_)

    @contextmanager
    def connect(port, **options):
        yield Liar()

    monkeypatch.setattr("db2hdl.ask.connect", connect)
    with pytest.raises(Db2hdlError, match="row 1 with class 3, but there are only 3"):
        ask(model_path, "/dev/fake")
