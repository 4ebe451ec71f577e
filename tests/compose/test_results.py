"""Settings of results that are given to a sweep that exists."""

from __future__ import annotations

import pytest

from sweeper.compose import read_results
from sweeper.core.errors import UsageError
from sweeper.core.settings import ResultsSettings

PATTERN = r"(?P<name>\w+) is (?P<value>\S+)"


def test_what_is_given_comes_back_typed_and_nothing_else():
    """Each value has the setting's own type, as in a run; what is not given is left out."""
    words = ["results.reader=log", "results.required=true", "results.metric=null", "+results.mode=min"]
    want = {"reader": "log", "required": True, "metric": None, "mode": "min"}
    assert read_results(words, ResultsSettings(metric="acc")) == want
    assert read_results([], ResultsSettings(metric="acc")) == {}
    assert read_results(["results.file=a.csv"], ResultsSettings(reader="csv")) == {"file": "a.csv"}
    assert read_results([f"results.pattern='{PATTERN}'"], ResultsSettings()) == {"pattern": PATTERN}


@pytest.mark.parametrize(
    ("words", "current", "why"),
    [
        (["lr=0.1"], {}, "lr=0.1: only settings of results can be given here"),
        (["results=log"], {}, "results=log: only settings of results"),
        (["sweep.name=x"], {}, "only settings of results"),
        (["results.raeder=log"], {}, r"results.raeder: there is no such setting \(did you mean reader\?\)"),
        (["results.reader=jsno"], {}, "results.reader must be json, .* or null, not 'jsno'"),
        (["results.reader=json,log"], {}, "takes one value"),
        (["results.required=maybe"], {}, "results.required must be true or false, not 'maybe'"),
        (["results.required=null"], {}, "results.required cannot be null"),
        (["results.pattern=("], {}, "cannot read .*: its value is a text, which must be quoted"),
        (["results.pattern='('"], {}, "results.pattern is no regular expression"),
        (["results.reader=json"], {"pattern": PATTERN}, "results.pattern is for results.reader=log"),
        (
            ["results.file=a.txt"],
            {},
            r"results.file must be the name of a file that ends in \.json, \.jsonl or",
        ),
        (["results.file=a/b.json"], {}, "without folders and wildcards"),
        (["results.file='*.json'"], {}, "without folders and wildcards"),
        (["results.file=exit.json"], {}, "results.file must be the name of a file"),
        (["results.file=.json"], {}, "results.file must be the name of a file"),
        (
            ["results.file=a.csv"],
            {"reader": "json"},
            "results.file=a.csv is read as csv, which results.reader=json is not: leave one out",
        ),
        (["results.reader=log"], {"file": "a.json"}, "read as json, which results.reader=log is not"),
        (["results.file=a.csv"], {"pattern": PATTERN}, "results.pattern reads the log, results.file=a.csv a"),
        (["~results.reader"], {}, "~results.reader: only settings of results"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(words, current, why):
    """The line names the word and what it should be."""
    with pytest.raises(UsageError, match=why) as raised:
        read_results(words, ResultsSettings(**current))
    assert "\n" not in str(raised.value)
