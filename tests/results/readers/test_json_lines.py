"""metrics.jsonl."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.results.readers.conftest import final

on_disk = settings(deadline=None)  # a busy disk is no failure


@on_disk
@given(count=st.integers(1, 5), ending=st.sampled_from(["", "\n", "\r\n", "\n\n", "\n \n"]))
def test_the_last_line_counts(leave, count, ending):
    """The last line counts, whether or not a line end follows it."""
    lines = "\n".join(json.dumps({"epoch": number}) for number in range(count))
    assert leave({"metrics.jsonl": lines + ending}) == ({"epoch": count - 1}, "")


@on_disk
@given(cut=st.integers(1, 40))
def test_a_torn_last_line_falls_back_on_the_one_before(leave, cut):
    """Wherever the last line was cut off, the last whole one counts, in the middle of a character too."""
    torn = '{"note": "ä€😀", "epoch": 2, "deep": {"n": 1}}'.encode()[:cut]
    assert leave({"metrics.jsonl": b'{"epoch": 1}\n' + torn}) == ({"epoch": 1}, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a":', "the last line of metrics.jsonl is not JSON: Expecting value (column 6)"),
        ('{"a": 1}\n{"a":\n', "the last line of metrics.jsonl is not JSON: Expecting value (column 6)"),
        ('oops\n{"a":', "the last whole line of metrics.jsonl is not JSON: Expecting value (column 1)"),
        ('{"a": 1}\n3\n', "the last line of metrics.jsonl holds a number"),
        ('{"a": 1}\n3', "the last line of metrics.jsonl holds a number"),
        ('{"a": 1}\n' + "x" * 70_000, "metrics.jsonl ends with a line of more than 64 KiB"),
        ('{"a": 1}\n' + "x" * 70_000 + "\n", "metrics.jsonl ends with a line of more than 64 KiB"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(leave, content, words):
    """Each way to be wrong has its own line; a whole line that is garbage is not passed over."""
    metrics, problem = leave({"metrics.jsonl": content})
    assert metrics == {}
    assert problem.startswith(words)


def test_a_huge_file_is_read_at_its_end_only(tmp_path, leave):
    """A file of a gigabyte (of holes) costs no more than its last lines."""
    with open(tmp_path / "metrics.jsonl", "wb") as file:
        file.seek(1024**3)
        file.write(b'\n{"epoch": 7}\n')
    assert final(str(tmp_path)) == ({"epoch": 7}, "")
