"""The table for other programs: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweeper.core.values import render_value
from sweeper.results.output import escaped, to_csv, to_json
from sweeper.results.table import LAST
from tests.results.conftest import make_table

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


def cells(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(value=VALUES)
@example(value="a\rb")
@example(value=' "x", \n\0\x1b[2J')
@example(value="=1+1")
@example(value=-1)
def test_parameters_come_back_byte_for_byte(make, value):
    """A parameter in the CSV is what the program received; only a formula has a quote in front."""
    head, row = cells(to_csv(make_table(make.state([{"p": value}]))))
    expected = render_value(value)
    formula = isinstance(value, str) and expected[:1] in set("=+-@\t\r")
    assert row[head.index("p")] == ("'" if formula else "") + expected


@pytest.mark.parametrize(
    ("left", "written"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("-x", "'-x"),
        ("\tx", "\\tx"),
        ("＝1+1", "'＝1+1"),
        ("\u200e=1\u061c\ufeff", "\\u200e=1\\u061c\\ufeff"),
        ("naïve 模型 😀", "naïve 模型 😀"),
        (-1, "-1"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (10**400, "1" + "0" * 400),
        (0.1 + 0.2, "0.30000000000000004"),
        (True, "true"),
    ],
)
def test_metrics_cannot_harm_a_terminal_or_a_spreadsheet(make, left, written):
    """Metrics keep every digit; control characters are spelled out, and formulas are disarmed."""
    head, row = cells(to_csv(make_table(make.results({"m": left}))))
    assert row[head.index("m")] == written


def test_names_cannot_harm_either(make):
    """The header is written as carefully as what stands under it."""
    (head, _) = cells(to_csv(make_table(make.results({"=a": 1, "b\x1b": 2, 'c,"': 3}))))
    assert head[1:5] == ["seed", "'=a", "b\\x1b", 'c,"']


def test_an_empty_table_has_a_header(make):
    """Without trials the CSV has its header alone, and the JSON is an empty list."""
    table = make_table(make.state([]))
    assert to_csv(table) == f"{','.join(['trial', *LAST])}\n"
    assert json.loads(to_json(table)) == []


@given(left=st.dictionaries(TEXTS.map("m.{}".format), SCALARS, max_size=4), value=VALUES)
def test_json_is_strict_and_keeps_types(make, left, value):
    """Any JSON reader takes it: values keep their types, NaN and infinities become null."""

    def refuse(constant):
        pytest.fail(f"{constant} is not JSON")

    text = to_json(make_table(make.state([{"p": value}], *make.ran(0, metrics=left))))
    assert text.isascii()
    (row,) = json.loads(text, parse_constant=refuse)
    assert {name: row[name] for name in left} == {name: finite(one) for name, one in left.items()}
    assert row["p"] == ([finite(one) for one in value] if isinstance(value, list) else finite(value))


def finite(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value


def test_json_has_all_columns_in_every_row(make):
    """What a trial does not have is null, so that all objects have the same keys."""
    rows = json.loads(to_json(make_table(make.results({"a": 1}, {"b": 2}))))
    assert list(rows[0]) == list(rows[1])
    assert [(row["a"], row["b"]) for row in rows] == [(1, None), (None, 2)]


@given(text=st.text())
def test_escaped_text_has_no_control_characters(text):
    """No text keeps a character that a terminal would obey; text without any stays as it is."""
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029\u202e" for c in escaped(text))
    assert escaped(text) == text or not text.isprintable()
