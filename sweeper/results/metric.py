"""The metrics that a query can name: the final value of a trial, or a value of its curve.

val_acc                         the final value that the trial reported
val_acc:max, :min, :last        the largest, smallest or last value of its curve
val_acc:best@val_loss           the value at the step of the best val_loss, whose name gives the direction
val_acc:best@val_loss:min       the same, with the direction (max or min) given
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.direction import Mode, by_name

_BEST = lazy(r"(?s)(.+?):best@(.+?)(?::(max|min))?")
_OVER = lazy(r"(?s)(.+):(max|min|last)")
How = Literal["", "max", "min", "last", "best"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A parsed metric of a query.

    Attributes:
        text: the metric as it was written.
        name: the name without `:max` and the like.
        how: which value of the curve is meant; empty for the final value.
        by: for "best", the metric whose best step counts.
        mode: for "best", the direction of `by`, if it was given.
    """

    text: str
    name: str
    how: How = ""
    by: str = ""
    mode: Mode | None = None

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Parse what a person writes; a text without one of the endings above is the name of a metric."""
        if best := _BEST.fullmatch(text):
            return cls(text, best[1], "best", best[2], cast("Mode | None", best[3]))
        if over := _OVER.fullmatch(text):
            return cls(text, over[1], cast("How", over[2]))
        return cls(text, text)

    def of(self, curve: Curve, settings: ResultsSettings) -> Value:
        """Return the value of this metric in a curve; None if the curve does not have it."""
        if self.how == "best":
            return curve.best(self.by, self.mode or better(self.by, settings)).get(self.name)
        return curve.reduce(self.name, self.how or "last")

    def better(self, settings: ResultsSettings) -> Mode:
        """Return "max" if more of this metric is better, "min" if less is."""
        return self.how if self.how in ("max", "min") else better(self.name, settings)


def better(name: str, settings: ResultsSettings) -> Mode:
    """Return the better direction of a metric: by the settings, else by its name, else "max"."""
    return _from_settings(name, settings) or by_name(name) or "max"


def assumptions(metric: Metric, settings: ResultsSettings, *, ranks: bool = True, way: str = "") -> list[str]:
    """Return a line for each direction that was not given: what is assumed, why, and how to change it.

    Args:
        metric: a metric of the query.
        settings: the sweep's settings of results; a direction that they give is not assumed.
        ranks: whether the metric orders the rows; if not, only the step of `best@` depends on a direction.
        way: how to change the direction of the ranking, if not by results.mode or `-r`.
    """
    found = []
    if metric.how == "best" and not metric.mode and not _from_settings(metric.by, settings):
        mode, why, other = _assumed(metric.by)
        way_by = f"{metric.text}:{other} turns it round"
        found.append(f"{metric.name} is taken where {metric.by} is {mode} ({why}; {way_by})")
    if ranks and metric.how not in ("max", "min") and not _from_settings(metric.name, settings):
        mode, why, other = _assumed(metric.name)
        configured = metric.name.removeprefix("metric.") == (settings.metric or "").removeprefix("metric.")
        way = way or (f"results.mode={other} turns it round" if configured else "-r turns it round")
        found.append(f"best = {mode} {metric.text} ({why}; {way})")
    return found


def _assumed(name: str) -> tuple[str, str, Mode]:
    """Return the assumed direction in one word, the reason, and the other direction."""
    mode = by_name(name)
    why = "assumed: its name says nothing" if mode is None else "assumed from its name"
    return ("lowest", why, "max") if mode == "min" else ("highest", why, "min")


def _from_settings(name: str, settings: ResultsSettings) -> Mode | None:
    if settings.mode and name in (settings.metric, f"metric.{settings.metric}"):
        return "min" if settings.mode == "min" else "max"
    return None
