import pytest

from db2hdl_hw import errors
from db2hdl_hw.errors import (
    Db2hdlError,
    InputError,
    MismatchError,
    NotProvedError,
    SynthesisError,
    ToolError,
    unknown,
)


@pytest.mark.parametrize(
    "error, code",
    [
        (Db2hdlError, 1),
        (InputError, 2),
        (ToolError, 3),
        (MismatchError, 4),
        (SynthesisError, 5),
        (NotProvedError, 6),
    ],
)
def test_exit_codes(error, code):
    assert error.exit_code == code
    assert issubclass(error, Db2hdlError)


def test_only_bad_input_is_a_value_error():
    kinds = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Db2hdlError)]
    assert [kind for kind in kinds if issubclass(kind, ValueError)] == [InputError]


def test_unknown_suggests_the_nearest():
    error = unknown("board", "icebraker", ["icebreaker", "ulx3s"])
    assert isinstance(error, InputError)
    assert str(error) == "unknown board 'icebraker'; did you mean 'icebreaker'?"


def test_unknown_without_a_near_one_lists_what_is_known():
    assert str(unknown("board", "zzz", iter(["a1", "b2"]))) == "unknown board 'zzz'; known: a1, b2"


def test_unknown_never_lists_thousands():
    message = str(unknown("column", "zzz", [f"column {i}" for i in range(5000)]))
    assert message.endswith("column 19, …") and "\n" not in message
