"""The rows of the page's table."""

from __future__ import annotations

import json
import math

from sweeper.report import rows
from tests.report import sweeps


def test_rows_are_plain_data_with_what_json_has_no_numbers_for_as_text():
    """NaN and infinities are texts, numbers too large for a browser as well; constants are named once."""
    made = rows.make_rows(
        sweeps.results(
            [({"n": 2**60, "k": 1, "t": "a\x1b"}, math.nan), ({"n": 3, "k": 1, "t": None}, -math.inf)]
        )
    )
    json.dumps(made, allow_nan=False)
    names = [column["name"] for column in made["columns"]]
    assert names[:4] == ["trial", "n", "t", "acc"]
    assert [row[:4] for row in made["rows"]] == [[1, 3, None, "-inf"], [0, str(2**60), "a\\x1b", "NaN"]]
    assert [column["numbers"] for column in made["columns"][:4]] == [True, True, False, True]
    assert made["constants"] == [["k", "1"]]
    assert made["left_out"] == 0


def test_a_very_long_table_is_cut_and_says_so(monkeypatch):
    """A page holds so many cells; how many rows are not in it is told."""
    monkeypatch.setattr(rows, "_MOST_CELLS", 24)
    made = rows.make_rows(sweeps.results([({"x": index}, index / 10) for index in range(5)]))
    assert [row[0] for row in made["rows"]] == [4, 3]
    assert made["left_out"] == 3
