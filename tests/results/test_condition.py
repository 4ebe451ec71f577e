"""Conditions on rows: a small language, and nothing beyond it."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.errors import UsageError
from sweeper.results.condition import parse
from sweeper.results.tabular import Table

COLUMNS = ("trial", "lr", "model", "acc", "opt.wd", "val/acc", "amp", "dims", "class")
TABLE = Table(
    COLUMNS,
    (
        (0, 0.1, "mlp", 0.5, 1, 0.1, True, [8, 8], "a"),
        (1, 0.01, "cnn", None, 2, 0.2, False, [8], "b"),
        (2, 1, "it's", math.nan, 3, 0.3, True, [], "=c"),
        (3, 10**400, "", math.inf, None, 0.4, False, None, None),
    ),
)


def held(text):
    """The trials for which it holds."""
    return [row[0] for row in TABLE.where(parse(text).on(TABLE)).rows]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("lr<0.1", [1]),
        ("lr<=0.1 and model=='mlp'", [0]),
        ("lr < 0.1 or lr > 0.5", [1, 2, 3]),
        ("not lr < 0.1", [0, 2, 3]),
        ("0.01 < lr <= 1", [0, 2]),
        ("lr == 1e-1", [0]),
        ("trial != 0", [1, 2, 3]),
        ("trial > -1", [0, 1, 2, 3]),
        ('model in ["mlp", "cnn"]', [0, 1]),
        ("model not in ('mlp', 'cnn')", [2, 3]),
        ("'l' in model", [0]),
        ("'x' in acc", []),
        ('model == "it\'s"', [2]),
        ("model == 'it\\'s'", [2]),
        ("acc == null", [1]),
        ("acc is not None", [0, 2, 3]),
        ("acc > 0", [0, 3]),
        ("acc <= 0 or acc > 0", [0, 3]),
        ("acc == inf", [3]),
        ("acc > -inf", [0, 3]),
        ("-lr > -0.1", [1]),
        ("-model == null", [0, 1, 2, 3]),
        ("acc == nan", [2]),
        ("acc != nan", [0, 1, 3]),
        ("amp", [0, 2]),
        ("amp == true", [0, 2]),
        ("amp == False", [1, 3]),
        ("opt.wd >= 2", [1, 2]),
        ("`opt.wd` >= 2", [1, 2]),
        ("`val/acc` > 0.25", [2, 3]),
        ("`class` == '=c'", [2]),
        ("'`class`' == model", []),
        ("dims == [8, 8]", [0]),
        ("dims in [[8], []]", [1, 2]),
        ("dims == '[8, 8]'", [0]),
        ("'[8,8]' == dims", [0]),
        ("dims in ['[8]', '[]']", [1, 2]),
        ("dims != '[8,8]'", [1, 2, 3]),
        ("dims == '[8'", []),
        ("dims == '" + "[" * 1500 + "'", []),
        ("8 in dims", [0, 1]),
        ("amp == 1", []),
        ("amp != 1", [0, 1, 2, 3]),
        ("amp in [1, 0]", []),
        ("amp not in [1, 0]", [0, 1, 2, 3]),
        ("amp in [true]", [0, 2]),
        ("opt.wd == true", []),
        ("opt.wd == 1.0", [0]),
        ("trial in [1.0, true]", [1]),
        ("true in dims", []),
        ("amp > 0", []),
        ("amp <= 1", []),
        ("-amp == -1", []),
        ("lr == '0.1'", []),
        ("lr != '0.1'", [0, 1, 2, 3]),
        ("true", [0, 1, 2, 3]),
        ("False", []),
        ("not amp and trial > 0", [1, 3]),
        ("(lr < 1) == amp", [0, 3]),
        ("lr < 'a'", []),
        ("  trial == 2\n", [2]),
        ("lr > 1e300", [3]),
    ],
)
def test_it_holds_for_the_rows_that_are_meant(text, want):
    """Comparisons, texts, lists and their combinations choose the rows that one would expect."""
    assert held(text) == want


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lr=0.1", "write == to compare"),
        ("lr = 0.1 and acc >= 1", "write == to compare"),
        ("", "is not a condition"),
        ("lr <", "is not a condition"),
        ("lr < 1; acc", "is not a condition"),
        ("lr < \0", "is not a condition"),
        ("`lr", "is not a condition"),
        ("(" * 500 + "lr" + ")" * 500, "is not a condition"),
        ("not " * 400 + "lr", "nested too deep"),
        ("lr < " + "9" * 2000, "2000 are enough"),
        ("__import__('os').system('true')", "more than a condition"),
        ("model.upper() == 'A'", "more than a condition"),
        ("[x for x in lr]", "more than a condition"),
        ("(lambda: 1) == 1", "more than a condition"),
        ("lr * 2 < 1", "more than a condition"),
        ("dims[0] == 8", "more than a condition"),
        ("f'{lr}' == ''", "more than a condition"),
        ("(x := 1) == 1", "more than a condition"),
        ("'a'.real == 1", "more than a condition"),
        ("lr if amp else 1", "more than a condition"),
        ("lr == b'x'", "more than a condition"),
        ("lr == ...", "more than a condition"),
        ("~lr == 1", "more than a condition"),
        ("acc > 1, model == 'mlp'", "it is a list; write `and` or `or` between conditions"),
        ("(acc > 1, lr > 1)", "write `and`"),
        ("[acc > 1]", "write `and`"),
        ("()", "write `and`"),
        ("acc > 1,", "write `and`"),
        ("lr < 1 and (acc > 1, lr > 1)", "write `and`"),
        ("not (acc > 1, lr > 1)", "write `and`"),
        ("lr", "'lr' holds more than true and false; compare it"),
        ("`val/acc`", "compare it"),
        ("model or amp", "'model' holds more than true and false"),
        ("not opt.wd", "'opt.wd' holds more than true and false"),
        ("dims", "compare it"),
        ("-lr", "compare it"),
        ("1", "1 is a value"),
        ("0.5", "0.5 is a value"),
        ("null", "null is a value"),
        ("None", "null is a value"),
        ("nan", "nan is a value"),
        ("'mlp'", "'mlp' is a text"),
        ("model == 'mlp' or 'cnn'", "'cnn' is a text; compare it, or write NAME in [...]"),
        ("lr < 1 and 1", "1 is a value"),
        ("lr < 1 & acc > 1", "write `and`, `or`, `not`"),
        ("(lr < 1) | amp", "write `and`, `or`, `not`"),
        ("~amp", "write `and`, `or`, `not`"),
        ("lr < 1 && acc > 1", "write `and`, `or`, `not`"),
        ("lr < 1 || amp", "write `and`, `or`, `not`"),
        ("max(acc)", "more than a condition"),
        ("lr := 1", "is not a condition"),
        ("lr += 1", "is not a condition"),
        ("{lr}", "more than a condition"),
        ("*lr", "is not a condition"),
        ("lr + 1", "more than a condition"),
        ("lrr < 1", "there is no column 'lrr'; did you mean 'lr'?"),
        ("model == mlp", 'a text stands in quotes: "mlp"'),
        ("`a b` == 1", "there is no column 'a b'"),
        ("test acc > 0.5", "a column of an odd name stands in backticks: `test acc`"),
        ("lr < 1 and best val acc > 0.5", "in backticks: `best val acc`"),
        ("name == 'a b' 1", "in backticks: `val/acc`"),
        ("lr < 1 and", "in backticks: `val/acc`"),
        ("lr.__class__ == 1", "there is no column 'lr.__class__'"),
    ],
)
def test_anything_else_is_refused_in_one_line(text, says):
    """What is no condition is named, with what to write instead; nothing of it is run."""
    with pytest.raises(UsageError) as caught:
        held(text)
    assert says in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("lracmode.()[]<>=!'\"`\\ 019-+*,:{}\n", max_size=60))
def test_no_text_does_anything_but_hold_or_be_refused(text):
    """Whatever is typed either chooses rows or is refused in our own words."""
    with suppress(UsageError):
        assert set(held(text)) <= {0, 1, 2, 3}


@settings(deadline=None)
@given(
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.floats() | st.integers(),
    st.floats(allow_nan=False),
)
def test_numbers_compare_as_in_python(op, cell, bound):
    """A comparison of two numbers means what it means in Python."""
    table = Table(("trial", "x"), ((0, cell),))
    found = table.where(parse(f"x {op} {bound!r}").on(table)).rows
    assert bool(found) == eval(f"cell {op} bound")  # the one place where that is right


def test_the_columns_that_it_names_are_known():
    """A condition tells which columns it needs, before there is any table."""
    assert parse("lr < 1 and `val:max` > opt.wd or 'x' in model").names == {
        "lr",
        "val:max",
        "opt.wd",
        "model",
    }


def test_a_column_that_holds_nothing_yet_may_stand_alone():
    """Whether it will hold truth values shows once a trial has reported some."""
    table = Table(("trial", "ok"), ((0, None), (1, None)))
    assert not table.where(parse("ok").on(table)).rows
    assert len(table.where(parse("not ok").on(table)).rows) == 2
    assert not Table(("trial", "lr"), ()).where(parse("lr").on(Table(("trial", "lr"), ()))).rows
