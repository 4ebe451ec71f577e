"""Hints for an attempt without metrics: the files that it wrote, and the settings that would read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sweeper.core.errors import StorageError
from sweeper.core.formatting import clipped, last_lines, listed
from sweeper.core.model import Reading, Value
from sweeper.core.paths import LOG
from sweeper.core.patterns import lazy
from sweeper.core.printed_names import CONSTANT, COUNTERS
from sweeper.core.settings import WHAT_IS_READ, ResultsSettings, form_of
from sweeper.files.regular import read_limited
from sweeper.results.direction import by_name
from sweeper.results.readers import read_metrics
from sweeper.results.readers.kept import parameters
from sweeper.results.readers.log import names_in

_FILES = 5
_LOG = 64 * 1024
_WIDEST = 60
_PLAIN = lazy(r"[A-Za-z0-9_][\w.-]*")
_RESULTS = lazy(r"(?i)metric|result|histor|score|eval|stats|summary|progress|report|log|perf")
_NO_RESULTS = lazy(
    r"(?i)config|param|args|setting|option|vocab|token|schema|manifest|package|index|label|predict|submission"
)
_IN_WORDS = lazy(r"(?<![\w./-])([A-Za-z_][\w/-]*)\s+[-+]?\d+\.\d+(?![\w.]*\w)")


def overlooked(out: str, settings: ResultsSettings, command: str) -> str:
    """Return a hint on the files in an attempt folder without metrics, and on how to read them.

    Every suggested file and reader has been tried; `results.pattern` is only mentioned, with an example line.

    Args:
        out: the attempt folder.
        settings: the settings that found no metrics.
        command: the command that reads the files again, to which the suggested settings are added.

    Returns:
        The hint; empty if the volume has failed.
    """
    try:
        found = read_metrics(out, settings)
        seen = _seen(found)
        counters: list[str] = []
        for assignments, other in _others(settings, found.seen):
            read = read_metrics(out, other)
            if other.reader == "log" and not _measures(read.metrics):
                counters = list(read.metrics)
            elif read.metrics and not (other.file and _says_no_result(read.metrics, out)):
                return f"{seen}; {_there(out, other, read)}: {command} {assignments}"
        line = _line_in_words(out)
    except StorageError:
        return ""
    only = f"only {listed(counters)}" if counters else "nothing"
    log = f"{only} in its log looks like name=value"
    if line:
        log += f", but results.pattern can read lines such as {line!r} (see docs/results.md)"
    return f"{seen}; {log}; results.reader=none if no metrics are meant"


def _others(settings: ResultsSettings, seen: Sequence[str]) -> Iterator[tuple[str, ResultsSettings]]:
    """Yield arguments and the settings that they mean, to be tried; `seen` are the files in the folder."""
    files = [name for name in dict.fromkeys(path.rpartition("/")[2] for path in seen) if _may_be_read(name)]
    if any(getattr(settings, key) for key in WHAT_IS_READ):
        yield _instead(settings)
    for reader in ("json", "jsonl", "csv"):  # if given explicitly, folders below are searched as well
        if settings.reader != reader or settings.file:
            yield _instead(settings, reader=reader)
    files.sort(key=lambda name: not _RESULTS.search(name))  # the others may hold results as well
    yield from (_instead(settings, file=name) for name in files)
    if settings.reader != "log" or settings.pattern:
        yield _instead(settings, reader="log")


def _instead(settings: ResultsSettings, **new: str) -> tuple[str, ResultsSettings]:
    """Return the arguments and the settings that replace everything that selects what is read by `new`."""
    dropped = {key: None for key in WHAT_IS_READ if key not in new and getattr(settings, key) is not None}
    changed: dict[str, str | None] = {**new, **dropped}
    assignments = " ".join(f"results.{key}={value or 'null'}" for key, value in changed.items())
    return assignments, replace(settings, reader=new.get("reader"), pattern=None, file=new.get("file"))


def _may_be_read(name: str) -> bool:
    """Whether a file with this name can be given as results.file and may hold metrics."""
    return bool(form_of(name) and _PLAIN.fullmatch(name) and not _NO_RESULTS.search(name))


def _measures(metrics: Mapping[str, Value]) -> list[str]:
    """Return the names of the numbers that are not mere counters of the program's progress."""
    return [
        name
        for name, value in metrics.items()
        if type(value) in (int, float) and not COUNTERS.fullmatch(name)
    ]


def _says_no_result(metrics: Mapping[str, Value], out: str) -> bool:
    """Whether a file holds no measured number, or is a configuration.

    It is a configuration if most of its numbers are parameters of the trial or have names of settings, and
    none of the others has the name of a known metric.
    """
    params = {(name.rpartition(".")[2], value) for name, value in parameters(out).items() if _is_plain(value)}
    measures = _measures(metrics)
    others = [
        name
        for name in measures
        if not CONSTANT.fullmatch(name) and (name.rpartition(".")[2], metrics[name]) not in params
    ]
    return not any(map(by_name, others)) and 2 * len(others) < max(1, len(measures))


def _is_plain(value: Value) -> bool:
    return isinstance(value, str | int | float | None)


def _seen(found: Reading) -> str:
    if found.problem:
        return found.problem
    names = [name for name in found.seen if name != LOG]
    if not names:
        return "it left no file in $CVSWEEP_OUT"
    more = ", …" if len(names) > _FILES else ""
    return f"it left {', '.join(names[:_FILES])}{more} in $CVSWEEP_OUT, where no metrics were found"


def _there(out: str, other: ResultsSettings, found: Reading) -> str:
    if other.reader == "log":
        line = _line(out, found)
        return f"its log has lines such as {line!r}, read with" if line else "its log has some, read with"
    return f"there are {clipped(', '.join(found.metrics), _WIDEST)}, read with"


def _line(out: str, found: Reading) -> str:
    """Return the last line of the log that contains one of the metrics."""
    names = set(_measures(found.metrics))
    for line in reversed(_log_lines(out)):
        if not names.isdisjoint(names_in(line)):
            return clipped(line.strip(), _WIDEST)
    return ""


def _line_in_words(out: str) -> str:
    """Return the last line of the log with a name followed by a number, such as `acc 0.5`.

    Only lines count whose name is that of a known metric, or that are repeated with other numbers.
    """
    lines = _log_lines(out)
    times = Counter(_without_numbers(line) for line in lines)
    for line in reversed(lines):
        names = _IN_WORDS.findall(line)
        if names and (times[_without_numbers(line)] > 1 or any(map(by_name, names))):
            return clipped(line.strip(), _WIDEST)
    return ""


def _without_numbers(line: str) -> str:
    return re.sub(r"\d[\d.]*", "0", line)


def _log_lines(out: str) -> list[str]:
    raw = read_limited(f"{out}/{LOG}", _LOG, tail=True) or b""
    return last_lines(raw.decode(errors="replace"), 1000)
