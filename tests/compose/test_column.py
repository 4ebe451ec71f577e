"""The values of an axis are told to Hydra in words that it reads as exactly these values."""

from __future__ import annotations

from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from sweeper.compose.column import Column
from sweeper.compose.grid import Axis

NUMBERS = st.integers() | st.floats(allow_nan=False)


def cell(value: Any) -> str:
    axis = Axis("x", "x", group=False, size=1, elements=lambda: [value])
    return Column(axis, [value], [value]).text(0)


@given(NUMBERS)
def test_a_number_reads_as_the_same_number(value: int | float) -> None:
    again = OverridesParser.create().parse_override(cell(value)).value()
    assert (type(again), repr(again)) == (type(value), repr(value))
