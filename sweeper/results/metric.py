"""Which number of a trial a metric's name means: its final value, or a value of its curve.

val_acc                         the final value that the trial reported
val_acc:max, :min, :last        the largest, smallest or last value of its curve
val_acc:best@val_loss           the value at the step of the best val_loss, whose name tells the direction
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
    """What was asked for. `how` is empty for the final value; `by` is the metric whose best step counts."""

    text: str
    name: str
    how: How = ""
    by: str = ""
    mode: Mode | None = None

    @classmethod
    def parse(cls, text: str) -> Metric:
        """From what a person writes. What has none of our endings is a metric's name."""
        if best := _BEST.fullmatch(text):
            return cls(text, best[1], "best", best[2], cast("Mode | None", best[3]))
        if over := _OVER.fullmatch(text):
            return cls(text, over[1], cast("How", over[2]))
        return cls(text, text)

    def of(self, curve: Curve, settings: ResultsSettings) -> Value:
        """Its value in a curve; None where that does not have it."""
        if self.how == "best":
            return curve.best(self.by, self.mode or better(self.by, settings)).get(self.name)
        return curve.reduce(self.name, self.how or "last")

    def better(self, settings: ResultsSettings) -> Mode:
        """Whether more of it is better, or less."""
        return self.how if self.how in ("max", "min") else better(self.name, settings)


def better(name: str, settings: ResultsSettings) -> Mode:
    """Whether more of a metric is better, or less: by the settings, else by its name, else more."""
    return _from_settings(name, settings) or by_name(name) or "max"


def assumptions(metric: Metric, settings: ResultsSettings, *, ranks: bool = True, way: str = "") -> list[str]:
    """A line for each direction that nobody has given: what was assumed, from what, and how to change it.

    Args:
        metric: what was asked for.
        settings: the sweep's; a direction that they give is not assumed.
        ranks: whether the metric orders the rows; if not, only the step of `best@` is a choice.
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
    """The assumed direction in a word, why, and the other direction."""
    mode = by_name(name)
    why = "assumed: its name says nothing" if mode is None else "assumed from its name"
    return ("lowest", why, "max") if mode == "min" else ("highest", why, "min")


def _from_settings(name: str, settings: ResultsSettings) -> Mode | None:
    if settings.mode and name in (settings.metric, f"metric.{settings.metric}"):
        return "min" if settings.mode == "min" else "max"
    return None
