"""metrics.csv."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.results.readers.conftest import final

on_disk = settings(deadline=None)  # a busy disk is no failure

NUMBERS = st.integers() | st.floats(allow_nan=False)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and any(letter in "ghjkmqz" for letter in text.lower())
)


def written(header, *rows, end="\n"):
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([header, *rows])
    return out.getvalue()


@on_disk
@given(
    row=st.lists(NUMBERS | st.booleans() | TEXTS, min_size=1, max_size=8), end=st.sampled_from(["\n", "\r\n"])
)
def test_cells_come_back_as_they_were_written(leave, row, end):
    """Numbers, truth values and texts in the last row come back equal and of the same type."""
    names = [f"n{place}" for place in range(len(row))]
    metrics, problem = leave({"metrics.csv": written(names, ["x"] * len(row), row, end=end)})
    assert problem == ""
    assert metrics == dict(zip(names, row, strict=True))
    assert list(map(type, metrics.values())) == list(map(type, row))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("true", True),
        ("False", False),
        ("+5", 5),
        ("007", 7),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("-inf", -math.inf),
        ("1e999", math.inf),
        ("1_000", "1_000"),
        ("٣", "٣"),
        ("1" + "0" * 400, 10**400),
        ("=1+1", "=1+1"),
        ("2.5 s", "2.5 s"),
        ('"a\nb, ""c"""', 'a\nb, "c"'),
        ("\x1b[2J", "\x1b[2J"),
    ],
)
def test_a_cell_is_read_as_what_it_looks_like(leave, cell, value):
    """A number only where a program would write one; everything else stays the text that it is."""
    metrics, problem = leave({"metrics.csv": f"a,n\n1,{cell}\n"})
    assert problem == ""
    assert metrics == {"a": 1, "n": value}
    assert type(metrics["n"]) is type(value)


def test_nan_is_a_float(leave):
    """A diverged loss is kept as NaN."""
    metrics, _ = leave({"metrics.csv": "loss\nnan\n"})
    assert math.isnan(metrics["loss"])


def test_empty_cells_and_nameless_columns_give_no_value(leave):
    """An empty cell is nothing, and so is the nameless index column that pandas writes."""
    assert leave({"metrics.csv": ",a,b\n0,,2\n"}) == ({"b": 2}, "")


def test_endless_numbers_and_long_texts_are_left_out(leave):
    """Thousands of digits are no metric, and neither is a page of text."""
    assert leave({"metrics.csv": f"a,b,c\n{'9' * 5000},{'x' * 1001},3\n"}) == ({"c": 3}, "")


@pytest.mark.parametrize("last", ["3", '3,"un', '"', "3,4,5", '3,"4"\r5"', b"3,\xc3"])
def test_a_torn_last_row_falls_back_on_the_one_before(leave, last):
    """A last row that lacks its line end and its shape was cut off."""
    torn = last if isinstance(last, bytes) else last.encode()
    assert leave({"metrics.csv": b"a,b\n1,2\n" + torn}) == ({"a": 1, "b": 2}, "")


def test_a_last_row_may_lack_its_line_end(leave):
    """A row of the right shape counts without a line end."""
    assert leave({"metrics.csv": "a,b\n1,2\n3,4"}) == ({"a": 3, "b": 4}, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n", "metrics.csv has a header and no row"),
        ("a,b", "metrics.csv has a header and no row"),
        ("a,b\n1", "metrics.csv has a header and no row"),
        ("1,2\n3,4\n", "metrics.csv has no line with the names of its columns"),
        ('a,b\n1,2\n3,"4\n', "metrics.csv: a quote in the last row is never closed"),
        ("a,b\n1,2\r3\n", "metrics.csv is not CSV"),
        (b"a\n\xff\n", "metrics.csv is not UTF-8 text"),
        ("a," * 40_000 + "\n1\n", "metrics.csv has more than 20000 columns"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(leave, content, words):
    """Each way to be wrong has its own line."""
    metrics, problem = leave({"metrics.csv": content})
    assert metrics == {}
    assert problem.startswith(words)


def test_a_huge_file_is_read_at_its_ends_only(tmp_path):
    """A file of a gigabyte (of holes) costs no more than its header and its last rows."""
    with open(tmp_path / "metrics.csv", "wb") as file:
        file.write(b"epoch,acc\n")
        file.seek(1024**3)
        file.write(b"\n7,0.5\n")
    assert final(str(tmp_path)) == ({"epoch": 7, "acc": 0.5}, "")


@on_disk
@given(content=st.binary(max_size=200) | st.text('ab1,"\n\r\t \0', max_size=60))
def test_garbage_never_crashes_the_reader(leave, content):
    """Any bytes give metrics or one line that says why not."""
    metrics, problem = leave({"metrics.csv": content})
    assert not (metrics and problem)
    assert "\n" not in problem
    assert problem.isprintable()


@pytest.mark.parametrize(
    ("content", "metrics", "warning"),
    [
        ("epoch;acc\n1;0.5\n", {"epoch": 1, "acc": 0.5}, ""),
        ("epoch\tacc\n1\t0.5\n", {"epoch": 1, "acc": 0.5}, ""),
        ('"a;b",c\n1,2\n', {"a;b": 1, "c": 2}, ""),
        ("# made by x, y; z\n\nepoch,acc\n# half\n1,0.5\n# done\n", {"epoch": 1, "acc": 0.5}, ""),
        ("# epoch,acc\n1,0.5\n2,0.75\n", {"epoch": 2, "acc": 0.75}, ""),
        ("a,b\n1,2\na,b,c\n3,4,5\n", {"a": 3, "b": 4, "c": 5}, ""),
        ("a,b\n1,2\na,b\n3,4\n", {"a": 3, "b": 4}, ""),
        ("phase,a\ntrain,2\nval,4\n", {"phase": "val", "a": 4}, ""),
        (
            "a,b,a,a\n1,2,3,4\n",
            {"a": 1, "b": 2, "a.1": 3, "a.2": 4},
            "metrics.csv names the column 'a' twice; the second is called .1",
        ),
        (
            "a,b\n1,2\n3,4,5\n",
            {"a": 3, "b": 4},
            "metrics.csv has rows with more cells than names; those cells are left out",
        ),
        (
            "a,b\n1,2\n3\n",
            {"a": 3},
            "metrics.csv has rows with fewer cells than the 2 of its header",
        ),
    ],
)
def test_what_programs_write_otherwise_is_read_all_the_same(remarks, content, metrics, warning):
    """Other delimiters, comments, a header that grows; what had to be guessed or left out is said."""
    assert remarks({"metrics.csv": content}) == (metrics, warning)


def test_the_middle_of_a_huge_file_is_left_out_with_a_remark(tmp_path):
    """Its header and its end are read; the row says that not all was."""
    from sweeper.results.readers import read_metrics

    with open(tmp_path / "metrics.csv", "wb") as file:
        file.write(b"epoch,acc\n")
        file.seek(1024**3)
        file.write(b"\n7,0.5\n")
    warning = read_metrics(str(tmp_path)).warning
    assert warning.startswith("metrics.csv has 1024 MiB: only the first 32 and the last 96 MiB ")


@pytest.mark.parametrize(
    ("content", "metrics"),
    [
        (
            b"\xef\xbb\xbfstep;loss;acc\r\n1;0,5;0,91\r\n2;-0,25;1,5E-3\r\n",
            {"step": 2, "loss": -0.25, "acc": 0.0015},
        ),
        ("step;acc\n1;0,5\n2;0,75", {"step": 2, "acc": 0.75}),
        ("a;b\n0.5;1,234\n", {"a": 0.5, "b": "1,234"}),
        ('a,b\n1,"0,5"\n', {"a": 1, "b": "0,5"}),
        ("sep=;\r\nstep;acc\r\n1;0,5\r\n", {"step": 1, "acc": 0.5}),
        ("SEP=,\nstep,acc\n1,0.5\n", {"step": 1, "acc": 0.5}),
        ("step,acc\n1,0.5\n,\n", {"step": 1, "acc": 0.5}),
        ("step;acc\n1;0.5\n;\n ; \n", {"step": 1, "acc": 0.5}),
    ],
)
def test_what_a_spreadsheet_saves_is_read(remarks, content, metrics):
    """Decimal commas between semicolons, a line that names the delimiter, rows of empty cells at the end."""
    assert remarks({"metrics.csv": content}) == (metrics, "")


def test_rows_of_several_folds_are_reported(remarks):
    """The last fold is not the trial: the row says that it alone counts."""
    found, warning = remarks({"metrics.csv": "fold,acc\n0,0.5\n1,0.75\n"})
    assert found == {"fold": 1, "acc": 0.75}
    assert warning.startswith("metrics.csv has rows of several folds, and the last row alone counts")
    assert remarks({"metrics.csv": "fold,acc\n1,0.5\n1,0.75\n"})[1] == ""
