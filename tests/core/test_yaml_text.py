"""A parameter file in YAML is read back as the identical values, whichever version the reader knows."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.yaml_text import yaml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = st.one_of(TEXT, st.integers(), st.floats(), st.booleans(), st.none())
VALUES = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


@settings(max_examples=60, deadline=None)
@given(params=st.dictionaries(TEXT, VALUES, max_size=4))
def test_every_value_is_read_back(params: dict[str, Any]) -> None:
    assert repr(yaml.safe_load(yaml_text(params))) == repr(params)


LOOKS_LIKE = ["1e-3", "on", "off", "yes", "No", "y", "~", "", "null", "0777", "0x10", "1_000", "12:30:45"]
OTHERS = ["2020-01-01", ".inf", "=", "<<", "# x", "a: b", "- a", "*a", "&a", "!x", "%", "@", "`", "'", "?"]


@pytest.mark.parametrize("text", LOOKS_LIKE + OTHERS)
def test_a_text_stays_a_text(text: str) -> None:
    params = {text: text, "in": {"x": [text]}}
    assert yaml.safe_load(yaml_text(params)) == params
    plain = [token for token in yaml.scan(yaml_text(params)) if getattr(token, "plain", False)]
    assert plain == []


def test_numbers_have_the_form_that_every_version_knows() -> None:
    assert yaml_text({"lr": 1e-05, "big": 1e16, "x": 3.0}) == '"lr": 1.0e-05\n"big": 1.0e+16\n"x": 3.0\n'
    assert yaml_text({"a": float("inf"), "b": float("-inf"), "c": float("nan")}) == (
        '"a": .inf\n"b": -.inf\n"c": .nan\n'
    )


def test_nested_keys_are_indented() -> None:
    assert yaml_text({"opt": {"lr": 1, "b": {}}, "dims": [8, {"a": None}]}) == (
        '"opt":\n  "lr": 1\n  "b": {}\n"dims": [8, {"a": null}]\n'
    )
    assert yaml_text({}) == "{}\n"


@pytest.mark.parametrize("length", [119, 130, 3000])
def test_a_long_key_is_read_back(length: int) -> None:
    key = "k" * length
    params: dict[str, Any] = {key: 1, "in": {key: {"x": 1}, "list": [{key: 2, "y": 3}]}}
    assert yaml.safe_load(yaml_text(params)) == params
