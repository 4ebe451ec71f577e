"""Settings of the section `results`: which metric ranks the trials, and how their metrics are read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sweeper.core.errors import UsageError
from sweeper.core.paths import EXIT
from sweeper.core.patterns import lazy
from sweeper.core.setting import setting
from sweeper.core.setting_rules import Rule, filled, one_of, optional

READERS = ("json", "jsonl", "csv", "lightning", "trainer", "tensorboard", "log", "none")
"""The values of results.reader: kinds of files; `none` if no metrics are to be read."""

WHAT_IS_READ = ("reader", "pattern", "file")
"""The settings of `results` that decide what is read, and how."""

GROUPS = frozenset(("name", "value"))
"""The groups that results.pattern must have."""

_FORMS = {".json": "json", ".jsonl": "jsonl", ".csv": "csv"}
_FOLDER_OR_WILDCARD = lazy(r"[/\\*?\[\]{}\0]")


def form_of(file: str) -> str | None:
    """Return the reader for a file of this name, by its extension; None if no reader reads such files."""
    stem, dot, ending = file.rpartition(".")
    return _FORMS.get(dot + ending.lower()) if stem else None


def _is_result_file(name: str) -> bool:
    return form_of(name) is not None and name != EXIT and not _FOLDER_OR_WILDCARD.search(name)


@dataclass(frozen=True)
class ResultsSettings:
    """`results`: the metric that ranks the trials, whether a trial must leave metrics, and their reader.

    If `reader` is null, it is chosen by the files that a trial left. `pattern` selects the reader `log`, and
    `file` the reader for its extension (form_of).
    """

    metric: str | None = setting(
        None, "the metric that ranks the trials", optional(filled("a metric's name"))
    )
    mode: str | None = setting(
        None,
        "whether `max` or `min` is best; null: assumed from the words of its name (less of losses, errors,"
        " distances, times and costs is better, more of everything else), and said",
        optional(one_of("max", "min")),
    )
    required: bool = setting(
        False,
        "whether a trial that leaves no metrics, or none that can be read, has failed; else it is completed,"
        " with a warning in its row",
    )
    reader: str | None = setting(
        None, "what reads the metrics; null: by looking at what a trial left", optional(one_of(*READERS))
    )
    pattern: str | None = setting(
        None,
        "how the reader `log` finds metrics: a regular expression with the groups `name` and `value`",
        optional(filled("a regular expression")),
    )
    file: str | None = setting(
        None,
        "the file in the trial's folder (or in folders below it) that is read instead of `metrics.json`,"
        " `metrics.jsonl` or `metrics.csv`, as in `final_results.json`; its ending says how it is read",
        optional(
            Rule(
                _is_result_file,
                "the name of a file that ends in .json, .jsonl or .csv, without folders and wildcards"
                " (folders below are looked through too)",
            )
        ),
    )

    def check(self) -> None:
        """Raise UsageError if settings contradict each other, or if the pattern cannot be used."""
        _check_pattern(self)
        _check_file(self)


def _check_pattern(results: ResultsSettings) -> None:
    if results.pattern is None:
        return
    if results.reader not in (None, "log"):
        raise UsageError(
            f"results.pattern is for results.reader=log, and means nothing to {results.reader}: leave one out"
        )
    try:
        groups = re.compile(results.pattern).groupindex
    except re.error as error:
        raise UsageError(f"results.pattern is no regular expression: {error}") from error
    if not groups.keys() >= GROUPS:
        raise UsageError(
            "results.pattern must have the groups (?P<name>...) and (?P<value>...), as in"
            r" '(?P<name>loss|acc) is (?P<value>\S+)'"
        )


def _check_file(results: ResultsSettings) -> None:
    if results.file is None:
        return
    form = form_of(results.file)
    if results.pattern is not None:
        raise UsageError(
            f"results.pattern reads the log, results.file={results.file} a file: leave one out, as in"
            " results.pattern=null"
        )
    if results.reader not in (None, form):
        raise UsageError(
            f"results.file={results.file} is read as {form}, which results.reader={results.reader} is not:"
            " leave one out, as in results.file=null"
        )
