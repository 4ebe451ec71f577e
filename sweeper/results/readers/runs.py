"""Combines several runs of one attempt, such as a fit and a test, or the folds of a cross-validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TypeVar

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.curve import Curve, Number
from sweeper.results.readers.listing import BadMetricsError, EmptyError, Listing
from sweeper.results.readers.rows import AXES

T = TypeVar("T")

DATED = r"[A-Z][a-z]{2}[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}_.*"
"""The default folder of torch's SummaryWriter, such as May04_22-14-54_myhost."""
TIMED = lazy(
    rf"[0-9]{{9,}}(\.[0-9]+)?|{DATED}"
    r"|[0-9]{4}-?[0-9]{2}-?[0-9]{2}([_T-][0-9:-]+)?|[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|(offline-)?run-[0-9]{8}_[0-9]{6}-.*"
)
"""Folder names that are only a time: they name no metric, since it must have one name in all trials."""
_SHARED = frozenset((*AXES, "hp_metric"))
"""Counters that every run has: the largest value of all runs is used."""


def final_of(
    runs: Iterable[Listing],
    read: Callable[[Listing], dict[str, Value]],
    remark: Callable[[str], None],
) -> dict[str, Value] | None:
    """Return the metrics of all runs; None if there is no run.

    A metric of a single run keeps its name. A metric of several runs gets the name of the folder as a prefix,
    as in version_0/acc and version_1/acc, with a remark. If a run cannot be used but another can, there is a
    remark, and all metrics get the prefix, since the metrics of the unusable run are unknown.

    Args:
        runs: the folders of the runs.
        read: returns the metrics in a folder.
        remark: called with a line about renamed metrics and unusable runs.

    Raises:
        BadMetricsError: no run can be used.
    """
    found, problems = _read(runs, read)
    if not found:
        if problems:
            raise problems[0][1]
        return None
    for _, problem in problems:
        remark(str(problem))
    lost = [run.place for run, problem in problems if not isinstance(problem, EmptyError)]
    lost += [run.place for run, data in found if not data]
    found = [(run, data) for run, data in found if data] or found[:1]
    if len(found) == 1 and not lost:
        return found[0][1]
    names = _names([(run.place, data) for run, data in found], lost)
    say_repeated(names, remark)
    final: dict[str, Value] = {}
    for (_, data), renamed in zip(found, names, strict=True):
        for name, value in data.items():
            known = final.get(renamed[name])
            final[renamed[name]] = _larger(known, value) if name.lower() in _SHARED else value
    return final


def curve_of_runs(runs: Iterable[Listing], read: Callable[[Listing], Curve]) -> Curve | None:
    """Return the curves of all runs as one, with names as in `final_of`; None if there is no run.

    Args:
        runs: the folders of the runs.
        read: returns the curve in a folder.

    Raises:
        BadMetricsError: no run can be used.
    """
    found, problems = _read(runs, read)
    if not found and problems:
        raise problems[0][1]
    lost = [run.place for run, problem in problems if not isinstance(problem, EmptyError)]
    lost += [run.place for run, curve in found if not curve.steps]
    found = [(run, curve) for run, curve in found if curve.steps]
    if not found:
        return Curve() if lost else None
    if len(found) == 1 and not lost:
        return found[0][1]
    names = _names([(run.place, curve.series) for run, curve in found], lost)
    curves = [
        Curve(curve.steps, {renamed[name]: values for name, values in curve.series.items()}, curve.axis)
        for (_, curve), renamed in zip(found, names, strict=True)
    ]
    return _joined(curves)


def labels(places: Sequence[str]) -> list[str]:
    """Return a short name for each folder, from the parts in which their paths differ.

    Leading and trailing parts that all paths share are left out. Folders that differ only in their times are
    called run1, run2 and so on, in the order given.
    """
    parts = [[part for part in place.strip("/").split("/") if not TIMED.fullmatch(part)] for place in places]
    while len(parts) > 1 and all(parts) and len({one[0] for one in parts}) == 1:
        parts = [one[1:] for one in parts]
    while len(parts) > 1 and all(parts) and len({one[-1] for one in parts}) == 1:
        parts = [one[:-1] for one in parts]
    names = ["/".join(part for part in one if part and part != "lightning_logs") for one in parts]
    times, seen = Counter(names), Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if times[name] == 1 else f"{name}/run{seen[name]}".strip("/"))
    return found


def say_repeated(names: Sequence[dict[str, str]], remark: Callable[[str], None]) -> None:
    """Add a remark on renamed metrics; `names` maps the old to the new names for each run."""
    renamed = [(old, new) for one in names for old, new in one.items() if old != new]
    if renamed:
        first = renamed[0][0]
        shown = [new for old, new in renamed if old == first]
        more = len({old for old, _ in renamed}) - 1
        others = f" (and {more} more)" if more else ""
        examples = ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")
        if len(shown) == 1:
            remark(f"the metrics of one of several runs are named by its folder, {examples}{others}")
            return
        remark(f"{len(shown)} runs give {first[:80]!a}{others}: they are named by their folders, {examples}")


def _read(
    runs: Iterable[Listing], read: Callable[[Listing], T]
) -> tuple[list[tuple[Listing, T]], list[tuple[Listing, BadMetricsError]]]:
    found: list[tuple[Listing, T]] = []
    problems: list[tuple[Listing, BadMetricsError]] = []
    for run in runs:
        try:
            found.append((run, read(run)))
        except BadMetricsError as problem:
            problems.append((run, problem))
    return found, problems


def _names(runs: Sequence[tuple[str, Iterable[str]]], lost: Sequence[str]) -> list[dict[str, str]]:
    """Return for each run the new name of each metric; `lost` are the folders of unusable runs."""
    listed = [(place, list(names)) for place, names in runs]
    times = Counter(chain.from_iterable(names for _, names in listed))
    short = labels([*(place for place, _ in listed), *lost])[: len(listed)]
    return [
        {
            name: f"{label}/{name}"
            if label and (lost or times[name] > 1) and name.lower() not in _SHARED
            else name
            for name in names
        }
        for label, (_, names) in zip(short, listed, strict=True)
    ]


def _larger(known: Value, value: Value) -> Value:
    numbers = [one for one in (known, value) if isinstance(one, int | float)]
    return max(numbers) if numbers else value


def _joined(curves: Sequence[Curve]) -> Curve:
    axes = {curve.axis for curve in curves}
    steps = sorted(set(chain.from_iterable(curve.steps for curve in curves)))
    places = {step: place for place, step in enumerate(steps)}
    series: dict[str, tuple[Number | None, ...]] = {}
    for curve in curves:
        for name, values in curve.series.items():
            column = list(series.get(name, (None,) * len(steps)))
            for step, value in zip(curve.steps, values, strict=True):
                if value is not None:
                    column[places[step]] = value
            series[name] = tuple(column)
    return Curve(tuple(steps), series, axes.pop() if len(axes) == 1 else "step")
