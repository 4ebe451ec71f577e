"""The metric of a running attempt as it stands now, in a few words."""

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
    """Such as `val_acc=0.81 (epoch 3)`; empty if the attempt has reported nothing yet.

    It is the metric that ranks the trials. If none does, it is the first one whose name says that less or
    more of it is better, else the first of all. `events` is as in read_recent.
    """
    curve = read_recent(out, settings, events=events)
    for name in _names(curve, settings):
        value = curve.reduce(name, "last")
        if value is not None:
            # What is called "step" may have been counted by us, and not from the beginning.
            counted = curve.axis not in ("step", name)
            at = f" ({curve.axis} {readable(curve.steps[-1])})" if counted else ""
            return escape(f"{name}={readable(value)}{at}")
    return ""


def _names(curve: Curve, settings: ResultsSettings) -> Iterable[str]:
    """The metrics to show, the first of them that has a value."""
    if settings.metric:
        name = Metric.parse(settings.metric).name
        return name, name.removeprefix("metric.")
    return sorted(curve.series, key=lambda name: by_name(name) is None)
