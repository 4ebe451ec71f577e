"""Several runs that one attempt left, such as a fit and a test, or the folds of a cross-validation."""

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
"""The folder that torch's SummaryWriter makes if it is given none: May04_22-14-54_myhost."""
TIMED = lazy(
    rf"[0-9]{{9,}}(\.[0-9]+)?|{DATED}"
    r"|[0-9]{4}-?[0-9]{2}-?[0-9]{2}([_T-][0-9:-]+)?|[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|(offline-)?run-[0-9]{8}_[0-9]{6}-.*"
)
"""Names of folders that say only when they were made: a metric must have the same name in every trial."""
_SHARED = frozenset((*AXES, "hp_metric"))
"""What every run counts by: of these the largest number counts."""


def final_of(
    runs: Iterable[Listing],
    read: Callable[[Listing], dict[str, Value]],
    remark: Callable[[str], None],
) -> dict[str, Value] | None:
    """The metrics of all runs; None if there is no run.

    A metric that a single run has keeps its name. One that several have is named by their folders,
    version_0/acc and version_1/acc, with a remark. A run that cannot be used is remarked upon if another
    can. Nobody knows which metrics it had, so those of the others are named by their folders.
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
    """The curves of all runs as one, their metrics named as those of `final_of`; None if there is no run."""
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
    """A short name for each of several folders, by what differs in where they lie.

    Parts that all have in common are left out; folders that differ only in when they were made are run1,
    run2 and so on, in the order given.
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
    """Remark upon metrics that several runs have; `names` are the old and new names of each run."""
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
    """For each run its metrics' names and what they are called; `lost` are the folders of further runs."""
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
