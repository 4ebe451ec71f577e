"""A metric by two parameters."""

from __future__ import annotations

import math

import pytest

from sweeper.core.errors import UsageError
from sweeper.results.pivot import pivoted
from tests.results.conftest import make_table


def swept(make, points, accs):
    params = [{"lr": lr, "bs": bs, "seed": seed} for lr, bs, seed in points]
    ended = [r for index, acc in enumerate(accs) for r in make.ran(index, metrics={"acc": acc, "note": "x"})]
    return make_table(make.state(params, *ended))


def test_a_cell_is_the_mean_of_its_trials(make):
    """Rows and columns are the values in their order; a cell without a trial is empty."""
    points = [(0.2, 32, 0), (0.1, 16, 0), (0.1, 16, 1), (0.2, 16, 0)]
    found = pivoted(swept(make, points, [1.0, 2.0, 4.0]), "lr", "bs", "acc")
    assert found.table.columns == ("lr", "bs=16", "bs=32")
    assert found.table.rows == ((0.1, 3.0, None), (0.2, None, 1.0))
    assert (found.most, found.over) == (2, ("seed",))


def test_a_single_value_is_shown_as_it_is(make):
    """A whole number stays whole, and a NaN stays NaN."""
    found = pivoted(swept(make, [(1, 1, 0), (2, 1, 0)], [7, math.nan]), "lr", "bs", "acc")
    assert repr(found.table.rows) == "((1, 7), (2, nan))"
    assert found.most == 1


def test_values_that_read_alike_have_columns_of_their_own(make):
    """The number 1 and the text 1 are two values."""
    found = pivoted(swept(make, [(1, 1, 0), (1, "1", 0)], [5, 6]), "lr", "bs", "acc")
    assert found.table.columns == ("lr", "bs=1", "bs=1 (str)")


def test_only_numbers_have_a_mean(make):
    """A metric that is a text, and a column that is not there, are refused in one line."""
    table = swept(make, [(1, 1, 0), (1, 2, 0)], [5, 6])
    with pytest.raises(UsageError, match="'note' does not hold numbers"):
        pivoted(table, "lr", "bs", "note")
    with pytest.raises(UsageError, match="there is no column 'bss'; did you mean 'bs'"):
        pivoted(table, "lr", "bss", "acc")


def test_a_parameter_called_like_a_head_keeps_its_column(make):
    """No two columns have one name, or one would be lost in JSON."""
    params = [{"bs=1": 5, "bs": 1}, {"bs=1": 6, "bs": 1}]
    ended = [r for index in range(2) for r in make.ran(index, metrics={"acc": index})]
    found = pivoted(make_table(make.state(params, *ended)), "bs=1", "bs", "acc")
    assert found.table.columns == ("bs=1", "value.bs=1")
