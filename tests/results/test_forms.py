"""The table as Markdown and as Parquet: what needs a package of its own."""

from __future__ import annotations

import io
import math
import sys

import pandas
import pytest

from sweeper.core.errors import UsageError
from sweeper.results.markdown import to_markdown
from sweeper.results.parquet import to_parquet
from tests.results.conftest import make_table

HOSTILE = {
    "<script>alert(1)</script>": "=cmd|' /C calc'!A0",
    "a|b": "x\x1b[2J\ny",
    "[l](javascript:x)": "**b** `c`",
}


def test_markdown_cannot_be_steered(make):
    """Whatever names and texts hold, they are shown as they are, each in its own cell."""
    pytest.importorskip("tabulate")
    text = to_markdown(make_table(make.results(HOSTILE)))
    head, rule, row, end = text.split("\n")
    assert end == ""
    assert "<" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in head
    assert r"a\|b" in head
    assert r"\[l\](javascript:x)" in head
    assert r"\\x1b\[2J\\ny" in row
    assert r"\*\*b\*\* \`c\`" in row
    assert len({line.replace(r"\|", "").count("|") for line in (head, rule, row)}) == 1


def test_markdown_rounds_numbers_and_aligns_them(make):
    """Numbers stand to the right, names with underscores are left alone, what is missing is empty."""
    pytest.importorskip("tabulate")
    table = make_table(make.results({"val_acc": 1 / 3}, {"val_acc": math.nan}, {})).only(["trial", "val_acc"])
    lines = to_markdown(table).splitlines()
    assert [line.strip("|").split("|")[1].strip() for line in lines] == [
        "val_acc",
        "----------:",
        "0.333333",
        "nan",
        "",
    ]


def test_an_empty_table_is_markdown_too(make):
    """Without rows there is the header alone."""
    pytest.importorskip("tabulate")
    assert to_markdown(make_table(make.state([]))).count("\n") == 2


def test_parquet_keeps_types_and_names(make):
    """Numbers, texts and truth values come back as they were; lists and mixed kinds as JSON."""
    pytest.importorskip("pyarrow")
    left = [HOSTILE | {"acc": math.nan, "n": 3, "ok": True}, {"acc": math.inf, "ok": False, "mixed": "x"}]
    params = [{"dims": [8, 8], "wd": None, "p": 1}, {"dims": [8], "wd": None, "p": "one"}]
    state = make.state(params, *make.ran(0, metrics=left[0] | {"mixed": 1}), *make.ran(1, metrics=left[1]))
    frame = pandas.read_parquet(io.BytesIO(to_parquet(make_table(state))))
    assert frame["dims"].tolist() == ["[8,8]", "[8]"]
    assert frame["p"].tolist() == ["1", '"one"']
    assert frame["mixed"].tolist() == ["1", '"x"']
    assert frame["wd"].isna().all()
    assert math.isinf(frame["acc"][1])
    assert frame.loc[0, list(HOSTILE)].tolist() == list(HOSTILE.values())
    assert frame.dtypes[["trial", "acc", "ok", "attempts"]].astype(str).tolist() == [
        "int64",
        "float64",
        "bool",
        "int64",
    ]
    assert frame.loc[0, "n"] == 3


@pytest.mark.parametrize(("write", "package"), [(to_markdown, "tabulate"), (to_parquet, "pyarrow")])
def test_a_missing_package_is_one_line(make, monkeypatch, write, package):
    """Where the package is not installed, the line says how it is."""
    monkeypatch.setitem(sys.modules, package, None)
    extra = {"tabulate": "md", "pyarrow": "parquet"}[package]
    with pytest.raises(
        UsageError, match=rf"-o {extra} needs the package {package}: pip install 'cvsweep\[{extra}\]'"
    ):
        write(make_table(make.results({"a": 1})))
