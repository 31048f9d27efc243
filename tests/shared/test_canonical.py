"""Canonical bytes: the same value, the same bytes, as RFC 8785 has them, whoever makes them."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.envelope import canonical
from tests.tries import tries

texts = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
wholes = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | wholes | texts,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(texts, inner),
    max_leaves=30,
)


@tries(500)
@for_all(values)
def test_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_what_is_beyond_json_is_refused() -> None:
    with pytest.raises(ValueError, match="a fact holds no float"):
        canonical({"a": {"b": float("nan")}})


def test_every_character_stands_as_rfc_8785_has_it() -> None:
    for code in range(1, 0x110000, 61):
        if not 0xD800 <= code < 0xE000:
            value: dict[str, Any] = {chr(code): chr(code), "é": 1, "\ufb33": 2, "\U0001f600": 3}
            assert canonical(value) == rfc8785.dumps(value)
    for code in range(1, 0x800):
        assert canonical(chr(code)) == rfc8785.dumps(chr(code))


def test_keys_are_sorted_by_utf_16_unit() -> None:
    assert canonical({"\U0001f600": 1, "\uffee": 2}) == '{"😀":1,"\uffee":2}'.encode()
    assert canonical({"y": {"\U0001f600": 1, "\uffee": 2}, "x": 1}) == (
        '{"x":1,"y":{"😀":1,"\uffee":2}}'.encode()
    )


@pytest.mark.parametrize(
    "value",
    [1.0, (1.5,), [[2.0]], {"a": (1, 0.1)}, "a\0b", ("\0",), {"\0": 1}, 2**53, [-(2**53)], {1: 2}],
)
def test_what_no_fact_may_hold_is_refused_wherever_it_stands(value: Any) -> None:
    with pytest.raises(ValueError, match="a fact"):
        canonical(value)


@for_all(st.text(alphabet="\\u0\0"))
def test_a_nul_is_told_from_its_spelling(text: str) -> None:
    if "\0" in text:
        with pytest.raises(ValueError, match="a fact"):
            canonical({"text": text})
    else:
        assert canonical(text) == rfc8785.dumps(text)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}])
def test_half_a_character_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical(value)
