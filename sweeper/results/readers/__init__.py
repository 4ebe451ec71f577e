"""Readers of what programs leave behind: final metrics and curves, in the folder of an attempt.

The first reader that finds a file of its kind decides. If a file metrics.* in the attempt's own folder cannot
be used, that is a problem, and no other file is used instead: the program wrote it for us. A file of a tool
that cannot be used is skipped, with a remark. The files are not trusted: any program may have written them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from sweeper.core.errors import StorageError, UsageError
from sweeper.core.model import Reading, Value
from sweeper.core.settings import ResultsSettings, form_of
from sweeper.files.atomic import failure
from sweeper.files.regular import NOT_THERE
from sweeper.results.curve import Curve
from sweeper.results.metric import Metric
from sweeper.results.readers import csv_file, json_file, json_lines, lightning, returned, tensorboard, trainer
from sweeper.results.readers.entries import many
from sweeper.results.readers.kept import chosen_folder, kept_between_attempts, parameters, written_to
from sweeper.results.readers.listing import BadMetricsError, EmptyError, Listing
from sweeper.results.readers.log import PATTERN, LogReader
from sweeper.results.readers.metric_values import limited
from sweeper.results.readers.named import FileReader, NamedReader
from sweeper.results.readers.reader import Reader, Remark
from sweeper.results.readers.tree import Outputs

__all__ = ["check_reader", "read_curve", "read_metrics", "read_recent"]

_FILES: dict[str, FileReader] = {"json": json_file, "jsonl": json_lines, "csv": csv_file}
_BY_NAME: dict[str, Reader] = {
    **_FILES,
    "lightning": lightning,
    "trainer": trainer,
    "tensorboard": tensorboard,
}
_NEAR: tuple[Reader, ...] = (json_file, json_lines, lightning, csv_file)
"""Readers of the attempt's folder itself, in this order, and then ..."""
_NESTED: tuple[Reader, ...] = (trainer, lightning, tensorboard)
"""... of the folders below it, for tools that make folders of their own."""

_LOOKING = ResultsSettings()
_MOST_NAMES = 10_000
"""The most names that are listed in the folder of a running attempt."""


def read_metrics(out: str, settings: ResultsSettings = _LOOKING) -> Reading:
    """Return the final metrics in the folder `out`, flat, and messages about them.

    Call it only once the attempt has ended. StorageError if the volume is in trouble.
    """
    remarks: dict[str, None] = {}
    remark = remarks.setdefault
    found: Mapping[str, Value] | None = None
    try:
        tree = Outputs(Listing.of(out, also=_named_files(settings)), wanted=_wanted(settings))
        found = _final(tree, settings, out, remark)
        for other in () if found or remarks else _elsewhere(out, tree, remark, settings.file):
            found = _final(other, settings, out, remark) or found
            if found:
                break
        found = {**(found or {}), **_returned(tree, settings, remark)}
        found = limited(found, tree.wanted, remark)
        if tree.root.cut:
            remark(many())
        seen = () if found else tree.seen()
    except Exception as error:  # noqa: BLE001  # as above
        return Reading(problem=_why_not(error, "metrics", out))
    warning = _joined(remarks)
    return Reading(found, warning=warning) if found else Reading(problem=warning, seen=seen)


def read_curve(out: str, settings: ResultsSettings = _LOOKING) -> tuple[Curve, str]:
    """Return the curve in the folder `out`, and a line on why it cannot be used, empty if it can.

    It may be called at any time: for a running attempt it returns what has been written so far, an empty
    curve if there is nothing yet. StorageError if the volume is in trouble.
    """
    problems: dict[str, None] = {}
    try:
        tree = Outputs(Listing.of(out, also=_named_files(settings)), wanted=_wanted(settings))
        found = _trace(tree, settings, out, problems.setdefault)
        for other in _elsewhere(out, tree, _ignored, settings.file):
            if found is not None or problems:
                break
            found = _trace(other, settings, out, problems.setdefault)
        if found and found.steps:
            return found, ""
    except Exception as error:  # noqa: BLE001  # as above
        problems.setdefault(_why_not(error, "curve", out))
    return Curve(), _joined(problems)


def read_recent(out: str, settings: ResultsSettings = _LOOKING, *, events: bool = True) -> Curve:
    """Return the end of the curve in the folder `out` of a running attempt, from a small part of its files.

    Empty if there is none yet, or none that can be used. Steps that the program does not count itself are
    counted from where the reading begins. With `events`, TensorBoard's files are read too, whose package
    takes long to import. StorageError if the volume is in trouble.
    """
    try:
        tree = Outputs(Listing.of(out, most=_MOST_NAMES, recent=True), wanted=_wanted(settings))
        found = _trace(tree, settings, out, _ignored, events=events)
        for other in _elsewhere(out, tree, _ignored, settings.file) if found is None else ():
            found = found or _trace(other, settings, out, _ignored, events=events)
    except Exception as error:  # noqa: BLE001  # as above
        _why_not(error, "curve", out)
        return Curve()
    return found or Curve()


def _final(tree: Outputs, settings: ResultsSettings, out: str, remark: Remark) -> Mapping[str, Value] | None:
    """Return the metrics of the first reader that finds a file of its kind; None if none finds one."""
    for reader, nested in _asked(settings, out):
        try:
            found = reader.metrics(tree if nested else tree.alone, remark)
        except Exception as error:  # noqa: BLE001  # whatever a library makes of a damaged file
            remark(_why_not(error, "metrics", out))
            if not nested:
                return None  # a file metrics.* was meant to be read
        else:
            if found is not None:
                return found
    return None


def _elsewhere(out: str, own: Outputs, remark: Remark, file: str | None) -> Iterator[Outputs]:
    """Yield further folders to which the attempt has written: the user's choice, then its checkpoints."""
    chosen = chosen_folder(out)
    if chosen:
        found = written_to(chosen, "", out, own, remark, file)
        if found:
            yield found
    kept = kept_between_attempts(out, own, remark, file)
    if kept:
        yield kept


def _returned(tree: Outputs, settings: ResultsSettings, remark: Remark) -> Mapping[str, Value]:
    """Return the metrics that the program's main function returned, which are added to those in files."""
    if _named(settings) == "none":
        return {}
    try:
        return returned.metrics(tree.alone, remark) or {}
    except BadMetricsError as error:
        remark(str(error))
        return {}


def _trace(
    tree: Outputs, settings: ResultsSettings, out: str, remark: Remark, *, events: bool = True
) -> Curve | None:
    """As `_final`; an empty file is no problem, since the attempt may be running."""
    for reader, nested in _asked(settings, out):
        if reader is tensorboard and not events:
            continue
        found = None
        try:
            found = reader.curve(tree if nested else tree.alone, _ignored)
        except EmptyError:
            found = None if nested else Curve()
        except Exception as error:  # noqa: BLE001  # as above
            remark(_why_not(error, "curve", out))
            found = None if nested else Curve()
        if found is not None:
            return found
    return None


def check_reader(settings: ResultsSettings) -> None:
    """Raise UsageError if the reader in the settings cannot work here; call it before anything runs."""
    if settings.reader == "tensorboard" and not tensorboard.is_installed():
        raise UsageError(
            "results.reader=tensorboard takes a package that is not here: pip install 'cvsweep[tensorboard]'"
        )


def _wanted(settings: ResultsSettings) -> frozenset[str]:
    """Return the names of the metric in the settings, which is kept however many metrics there are."""
    if settings.metric is None:
        return frozenset()
    metric = Metric.parse(settings.metric)
    names = (metric.name, metric.by, settings.metric)
    return frozenset(chain(names, (name.removeprefix("metric.") for name in names)))


def _named_files(settings: ResultsSettings) -> list[str]:
    """Return the file that the settings name, if any."""
    return [settings.file] if settings.file else []


def _joined(remarks: Iterable[str]) -> str:
    """Return the first three remarks, and the number of the others, as one line."""
    some = list(remarks)
    more = f"; and {len(some) - 3} more remarks" if len(some) > 3 else ""
    return "; ".join(some[:3]) + more


def _ignored(remark: str) -> None:
    """Ignore a remark: the table shows those of the final metrics."""


def _why_not(error: Exception, what: str, out: str) -> str:
    """Return a line on why something cannot be read.

    StorageError if the volume is in trouble: the attempt is read again later.
    """
    if isinstance(error, StorageError):
        raise error
    if isinstance(error, BadMetricsError):
        return str(error)
    if isinstance(error, OSError):
        message = error.strerror or str(error)
        if error.errno not in NOT_THERE:
            raise failure(f"reading {out}", error) from error
    else:
        message = f"{type(error).__name__}: {ascii(str(error))[1:-1][:200]}"
    return f"its {what} cannot be read: {message}"


def _named(settings: ResultsSettings) -> str | None:
    """Return the name of the reader in the settings, if there is one."""
    return settings.reader or ("log" if settings.pattern else None)


def _asked(settings: ResultsSettings, out: str) -> Iterator[tuple[Reader, bool]]:
    """Yield the readers to try, in order, and whether each searches the folders below, too."""
    name = _named(settings)
    if name == "none":
        return
    if settings.file:
        yield _of_file(settings.file), True
    elif name:
        yield _chosen(name, settings.pattern, out), True
    else:
        yield from ((reader, False) for reader in _NEAR)
        yield from ((reader, True) for reader in _NESTED)


def _of_file(name: str) -> Reader:
    """Return the reader of a file with this name; for the error see `_chosen`."""
    form = form_of(name)
    if form is None:
        raise BadMetricsError(f"results.file: this version of cvsweep cannot use {name[:80]!a}")
    return NamedReader(_FILES[form], name)


def _chosen(name: str, pattern: str | None, out: str) -> Reader:
    """Return the reader of this name.

    BadMetricsError if it is not valid: settings are checked earlier, but another version may have written
    sweep.json.
    """
    try:
        return LogReader(re.compile(pattern or PATTERN), parameters(out)) if name == "log" else _BY_NAME[name]
    except (KeyError, re.error) as error:
        raise BadMetricsError(f"results.reader: this version of cvsweep cannot use {name[:80]!a}") from error
