"""The settings that say what is read of what trials leave."""

from __future__ import annotations

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.results_settings import ResultsSettings, form_of
from sweeper.core.setting import settings_of

PATTERN = r"(?P<name>\w+) is (?P<value>\S+)"


@pytest.mark.parametrize(
    ("file", "form"),
    [
        ("final_results.json", "json"),
        ("a.b.jsonl", "jsonl"),
        ("A.CSV", "csv"),
        ("a.txt", None),
        ("json", None),
        (".json", None),
    ],
)
def test_the_ending_of_a_results_file_says_how_it_is_read(file: str, form: str | None) -> None:
    """Of what has no such ending nobody knows."""
    assert form_of(file) == form


@pytest.mark.parametrize(
    ("file", "is_good"),
    [("out.json", True), (None, True), ("a/out.json", False), ("*.json", False), ("exit.json", False),
     ("out.txt", False), ("out\0.json", False)],
)  # fmt: skip
def test_a_results_file_is_a_name_alone(file: str | None, is_good: bool) -> None:
    """exit.json is the record of an attempt."""
    rule = settings_of(ResultsSettings)["file"].rule
    assert rule is not None
    assert rule.accepts(file) == is_good


@pytest.mark.parametrize(
    "settings",
    [
        ResultsSettings(),
        ResultsSettings(pattern=PATTERN),
        ResultsSettings(pattern=PATTERN, reader="log"),
        ResultsSettings(file="a.csv"),
        ResultsSettings(file="a.csv", reader="csv"),
    ],
)
def test_settings_that_agree_are_accepted(settings: ResultsSettings) -> None:
    settings.check()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ResultsSettings(pattern=PATTERN, reader="csv"),
            r"^results\.pattern is for results\.reader=log, and",
        ),
        (ResultsSettings(pattern="("), r"^results\.pattern is no regular expression: missing \)"),
        (ResultsSettings(pattern="(?P<name>x)"), r"^results\.pattern must have the groups"),
        (ResultsSettings(pattern=PATTERN, file="a.csv"), r"^results\.pattern reads the log, results\.file="),
        (ResultsSettings(file="a.csv", reader="json"), r"^results\.file=a\.csv is read as csv, which"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: ResultsSettings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings.check()
