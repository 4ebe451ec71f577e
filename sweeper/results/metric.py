"""Which number of a trial is meant: its final value, or one that its curve holds.

val_acc                         as the trial reported it at its end
val_acc:max, :min, :last        over its curve
val_acc:best@val_loss           where val_loss was best; whether less is better follows from its name
val_acc:best@val_loss:min       ... or is said
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from sweeper.core.model import Value
from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve

_BEST = re.compile(r"(?s)(.+?):best@(.+?)(?::(max|min))?")
_OVER = re.compile(r"(?s)(.+):(max|min|last)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LESS = re.compile(
    r"(?<![a-z])(loss|err|error|mse|rmse|mae|mape|nll|ppl|perplexity|wer|cer|fid|kid|lpips|brier|ece|kl|bpb|bpd"
    r"|ce|xent|cross_?entropy|divergence|distance|cost|regret|latency)(?![a-z]|_scale(?![a-z]))"
)
"""What is better small, as far as a name can tell, and ..."""
_NEGATED = re.compile(r"(?<![a-z])neg(ative)?_")
"""... the same with its sign turned, as scikit-learn has it."""

Mode = Literal["max", "min"]
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
    """Whether more of a metric is better, or less: as the settings have it, or else by its name."""
    if settings.mode and name in (settings.metric, f"metric.{settings.metric}"):
        return "min" if settings.mode == "min" else "max"
    plain = _CAMEL.sub("_", name).lower()
    return "min" if _LESS.search(plain) and not _NEGATED.search(plain) else "max"
