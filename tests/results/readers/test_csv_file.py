"""metrics.csv."""

from __future__ import annotations

import csv
import io
import math
import re

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


@pytest.mark.parametrize(
    ("content", "metrics", "names"),
    [
        ("epoch,loss\n1,0.5\ntest_acc,test_f1\n0.9,0.4\n", {"test_acc": 0.9, "test_f1": 0.4}, 2),
        ("epoch,loss\n1,0.5\n\ntest_acc,test_f1\n0.9,0.4", {"test_acc": 0.9, "test_f1": 0.4}, 2),
        ("epoch,loss,lr\n1,0.5,1\ntest_acc,test_f1\n0.9,0.4\n", {"test_acc": 0.9, "test_f1": 0.4}, 2),
        ("epoch,loss,lr\n1,0.5,\ntest_acc,f1,\n0.9,0.4,\n", {"test_acc": 0.9, "f1": 0.4}, 3),
        (",epoch,loss\n0,1,0.5\n,run,acc\n0,x,0.4\n", {"run": "x", "acc": 0.4}, 3),
        ("acc\n0.5\ntest_acc\n0.9\n", {"test_acc": 0.9}, 1),
        ("acc\n0.5\ntest_acc\n0.9", {"test_acc": 0.9}, 1),
        ("epoch;loss\n1;0,5\ntest_acc;test_f1\n0,9;0,4\n", {"test_acc": 0.9, "test_f1": 0.4}, 2),
        ("epoch,loss\n1,0.5\ntest_acc,test_f1\n", {"epoch": 1, "loss": 0.5}, 2),
    ],
)
def test_a_row_of_names_under_columns_of_numbers_is_a_header(remarks, trace, content, metrics, names):
    """No value is read under a name of the former header; the row says what was taken for names."""
    found, warning = remarks({"metrics.csv": content})
    assert found == metrics
    assert re.fullmatch(
        r"metrics.csv: the line '\W?[\w,;]+' is read as the names of the columns below it", warning
    )
    assert warning.count(",") == names - 1
    curve, problem = trace({"metrics.csv": content})
    assert (problem, curve.series.get("test_acc", (0.9,))[-1]) == ("", 0.9)
    assert all(value in (None, 0.5) for value in curve.series.get("loss", ()))


@pytest.mark.parametrize(
    ("content", "metrics"),
    [
        ("a,b\n1,2\nN/A,None\n3,4\n", {"a": 3, "b": 4}),
        ("a,b\n1,2\ntrue,False\n", {"a": True, "b": False}),
        ("a,b\n1,2\nfailed,failed\n3,4\n", {"a": 3, "b": 4}),
        ("a,b\n1,2\nfailed,nan\n3,4\n", {"a": 3, "b": 4}),
        ("a,b\n1,2\nresumed,\n3,4\n", {"a": 3, "b": 4}),
        ("a,b\nunit,none\n3,4\n", {"a": 3, "b": 4}),
        ("a\n0.5\ndiverged\n", {"a": "diverged"}),
        ("name,value\nlr,0.1\nopt,adam\nacc,0.9\n", {"name": "acc", "value": 0.9}),
        ("name,0,1\ntrain,0.5,0.6\nval,0.25,0.75\n", {"name": "val", "0": 0.25, "1": 0.75}),
        ("epoch,0.5\n1,0.25\n", {"epoch": 1, "0.5": 0.25}),
        (",0\nloss,0.5\nacc,0.9\n", {"0": 0.9}),
    ],
)
def test_a_row_of_texts_may_be_values(remarks, content, metrics):
    """Missing values, truth values, texts under texts: no header, and nothing to say."""
    assert remarks({"metrics.csv": content}) == (metrics, "")


@pytest.mark.parametrize(
    "content",
    ["loss,0.5\nacc,0.9\n", "loss,0.5\nacc,0.9", "epochs;10\nacc;0,9\nf1;0,8\n", "0.5,loss\n0.9,acc\n"],
)
def test_names_beside_their_values_are_no_table(leave, content):
    """The first line is a row: as a header, it would give its value as a name to the other values."""
    words = "metrics.csv has no line with the names of its columns"
    assert leave({"metrics.csv": content}) == ({}, words)


def test_a_first_line_with_fractions_among_texts_is_remarked_upon(remarks):
    """It is probably a row; it may be a header that names thresholds."""
    found, warning = remarks({"metrics.csv": "train,0.5,0.75\nval,0.25,0.5\n"})
    assert found == {"train": "val", "0.5": 0.25, "0.75": 0.5}
    assert warning == "metrics.csv: its first line 'train,0.5,0.75' is read as the names of its columns"
