"""JSON from outside: bounded before it is parsed, and what readers disagree on is refused."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.errors import InputError
from db2hdl_hw.system import json_reader
from db2hdl_hw.system.json_reader import read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES, st.booleans())
def test_reads_what_json_writes(value, ascii_only):
    try:
        data = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:  # a key with half of a pair
        return
    try:
        again = read_json(data, "it")
    except InputError as error:
        assert "surrogate" in str(error)
        return
    assert again == value
    assert json.dumps(again) == json.dumps(value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[1] 2", "is not JSON"),
        (b"\xff", "not UTF-8"),
        (b'\xef\xbb\xbf"x"', "is not JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' is there twice"),
        (b"[NaN]", "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "5000 digits"),
        (b"[" + b"9" * 21 + b"]", "21 digits"),
        (rb'["\ud800"]', "surrogate"),
        (rb'{"\udc00 \ud800": 1}', "surrogate"),
        (b"[" * 65 + b"]" * 65, "nested 65 deep"),
        (b"[" * 200_000, "nested 200000 deep"),
        (rb'"' + rb"\"" * 2_000_000, "is not JSON"),
        (b'{"a":' * 100_000, "nested 100000 deep"),
    ],
)
def test_refuses_in_one_line(data, says):
    with pytest.raises(InputError) as error:
        read_json(data, "it")
    assert str(error.value).startswith("it ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_brackets_in_texts_do_not_count():
    text = "[" * 1000 + '"' + "{,\\"
    assert read_json(json.dumps([text, text]).encode(), "it") == [text, text]


def test_whole_pairs_are_no_halves():
    assert read_json(rb'"\ud83d\ude00"', "it") == "\N{GRINNING FACE}"


def test_numbers_of_64_bits_are_exact():
    assert read_json(b"[18446744073709551615, -9223372036854775808]", "it") == [2**64 - 1, -(2**63)]


def test_integers_only():
    with pytest.raises(InputError, match=r"1\.5 is not an integer"):
        read_json(b"[1.5]", "it", floats=False)


@pytest.mark.parametrize("bomb", [b"{}", b"[]", b"1", b"{},[[]]"])
def test_a_bomb_is_refused_before_it_is_parsed(bomb):
    """4 MB that would take a hundred as Python objects, or more values than are read."""
    data = b"[" + b",".join([bomb] * ((1 << 22) // len(bomb))) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="too many values"):
            read_json(data, "it")
        assert tracemalloc.get_traced_memory()[1] < 5 * len(data)
    finally:
        tracemalloc.stop()


def test_size_is_checked_first(monkeypatch):
    monkeypatch.setattr(json_reader, "_check_structure", None)
    with pytest.raises(InputError, match="has 11 bytes of JSON; at most 10"):
        read_json(b" " * 11, "it", max_bytes=10)
