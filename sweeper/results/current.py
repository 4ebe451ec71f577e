"""The current metric of a running attempt, as a short text."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.formatting import escape
from sweeper.core.settings import ResultsSettings
from sweeper.results.cells import readable
from sweeper.results.curve import Curve
from sweeper.results.direction import by_name
from sweeper.results.metric import Metric
from sweeper.results.readers import read_recent


def current(out: str, settings: ResultsSettings, *, events: bool = True) -> str:
    """Return a text such as `val_acc=0.81 (epoch 3)`; empty if the attempt has reported nothing yet.

    The metric is results.metric. If that is not set, it is the first one whose name says whether less or more
    of it is better, else the first of all.

    Args:
        out: the attempt folder.
        settings: the sweep's settings of results.
        events: as in `read_recent`.
    """
    curve = read_recent(out, settings, events=events)
    for name in _names(curve, settings):
        value = curve.reduce(name, "last")
        if value is not None:
            # Steps called "step" may be our own count of the lines read, which are not all lines.
            counted = curve.axis not in ("step", name)
            at = f" ({curve.axis} {readable(curve.steps[-1])})" if counted else ""
            return escape(f"{name}={readable(value)}{at}")
    return ""


def _names(curve: Curve, settings: ResultsSettings) -> Iterable[str]:
    """Return the metrics that may be shown; the first one with a value is."""
    if settings.metric:
        name = Metric.parse(settings.metric).name
        return name, name.removeprefix("metric.")
    return sorted(curve.series, key=lambda name: by_name(name) is None)
