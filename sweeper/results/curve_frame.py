"""The curves of sweeps as one long DataFrame: a row for each step of each trial."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.model import Value
from sweeper.core.state import State
from sweeper.files.gc_pause import no_collection
from sweeper.results.columns import by_key, disambiguate, is_constant, with_none
from sweeper.results.curve import Curve, Number
from sweeper.results.curves import Report, read_curves
from sweeper.results.numbers import float_of
from sweeper.results.results_frame import Path, open_sweeps
from sweeper.results.table import distinct_names

if TYPE_CHECKING:
    import numpy
    import pandas

_OWN = ("sweep", "trial", "step")
_EXACT = 2**53


def load_curves(
    path: Path | Iterable[Path],
    *,
    metrics: str | Collection[str] | None = None,
    trials: Collection[int] | None = None,
    threads: int | None = None,
) -> pandas.DataFrame:
    """Load the curves of sweeps in long form: a row for each step of each trial, a column for each metric.

    To add parameters: `curves.join(load_results(path)["lr"], on="trial")`, or for several sweeps
    `on=["sweep", "trial"]`.

    A sweep that still runs can be read at any time. The curve of a trial is that of its completed attempt, or
    else of its last one; it includes what earlier attempts reported up to the checkpoint from which that one
    continued. Curves that cannot be used cause one warning.

    Args:
        path: the folder of a sweep, or several.
        metrics: the metrics to load; all of them by default.
        trials: the indexes of the trials to load; all of them by default.
        threads: how many threads read files; chosen by the speed of the volume by default.

    Returns:
        A frame with the columns `sweep` (only if several paths are given, as in `load_results`), `trial`, the
        choices that differ between trials (as `string`), `step`, and the metrics as `float64`, NaN if a trial
        did not report one at that step. `step` is `int64`, or `float64` if a program counts in fractions.

    Raises:
        UsageError: a path is not a sweep, or no curve has one of `metrics`.
        StorageError: a sweep cannot be read.
    """
    folders, several = open_sweeps(path)
    metrics = [metrics] if isinstance(metrics, str) else metrics
    found, problems = _Long(metrics), list[str]()
    with no_collection():
        states = [folder.state() for folder in folders]
        for place, (folder, state) in enumerate(zip(folders, states, strict=True)):
            for index, curve in read_curves(
                folder, trials, state=state, report=_reporter(problems, folder.name), threads=threads
            ):
                found.add(place, index, curve)
    if problems:
        more = f" (and of {len(problems) - 1} more)" if len(problems) > 1 else ""
        warnings.warn(f"the curve of {problems[0]}{more}", stacklevel=2)
    return found.frame(distinct_names(folders) if several else None, _Choices.of(states))


def _reporter(problems: list[str], sweep: str) -> Report:
    return lambda index, problem: problems.append(f"trial {index} of {sweep}: {problem}")


@dataclass(frozen=True, slots=True)
class _Choices:
    """The choices that differ between trials; `first` has the index of each sweep's first trial."""

    columns: Mapping[str, list[Value]]
    first: Sequence[int]

    @classmethod
    def of(cls, states: Sequence[State]) -> _Choices:
        trials = [one.trial for state in states for one in state.trials]
        columns = by_key([trial.choices for trial in trials])
        names = disambiguate(list(columns), "choice", _OWN)
        first = accumulate((len(state.trials) for state in states), initial=0)
        varying = {
            names[key]: with_none(values) for key, values in columns.items() if not is_constant(values)
        }
        return cls(varying, list(first))


class _Long:
    """The columns of the frame while they grow, as arrays of numbers, which need less memory than objects."""

    def __init__(self, wanted: Collection[str] | None) -> None:
        self._wanted = None if wanted is None else list(wanted)
        self._sweeps, self._trials, self._steps = array("q"), array("q"), array("d")
        self._whole = True
        self._metrics: dict[str, array[float]] = {name: array("d") for name in self._wanted or ()}
        self._known: dict[str, None] = {}

    def add(self, sweep: int, trial: int, curve: Curve) -> None:
        before, length = len(self._steps), len(curve.steps)
        self._steps.extend(map(float_of, curve.steps))
        self._whole = self._whole and all(type(one) is int and abs(one) <= _EXACT for one in curve.steps)
        self._sweeps.extend([sweep] * length)
        self._trials.extend([trial] * length)
        self._known.update(dict.fromkeys(curve.series))
        for name, values in curve.series.items():
            if self._wanted is None or name in self._metrics:
                column = self._metrics.setdefault(name, array("d"))
                _fill(column, before)
                column.frombytes(_floats(values).tobytes())

    def frame(self, sweeps: Sequence[str] | None, choices: _Choices) -> pandas.DataFrame:
        import numpy
        import pandas

        for name in self._wanted or ():
            if name not in self._known:
                there = listed(self._known) or "no trial has left a curve"
                raise UsageError(f"no curve has the metric {name!r}; there are: {there}")
        columns: dict[str, object] = {}
        places, trials = _numpy(self._sweeps), _numpy(self._trials)
        if sweeps is not None:
            columns["sweep"] = pandas.array(sweeps, "string").take(places)
        columns["trial"] = trials
        rows = numpy.array(choices.first, "int64")[places] + trials
        columns |= {
            name: pandas.array(values, "string").take(rows) for name, values in choices.columns.items()
        }
        steps = _numpy(self._steps)
        columns["step"] = steps.astype("int64") if self._whole else steps
        names = disambiguate(list(self._metrics), "metric", (*_OWN, *choices.columns))
        for name, column in self._metrics.items():
            _fill(column, len(self._steps))
            columns[names[name]] = _numpy(column)
        return pandas.DataFrame(columns)


def _fill(column: array[float], length: int) -> None:
    """Append NaN for earlier trials that do not have the metric, until the column has `length` values."""
    missing = length - len(column)
    if missing > 0:
        column.frombytes(array("d", [float("nan")]).tobytes() * missing)


def _floats(values: Sequence[Number | None]) -> numpy.ndarray:
    import numpy

    try:
        return numpy.array(values, dtype="float64")  # None becomes NaN
    except OverflowError:  # a whole number beyond a float's range
        return numpy.array([float("nan") if one is None else float_of(one) for one in values])


def _numpy(column: array[float] | array[int]) -> numpy.ndarray:
    """Return a numpy array over the memory of `column`, without a copy."""
    import numpy

    return numpy.frombuffer(column, dtype=column.typecode) if column else numpy.array([], column.typecode)
