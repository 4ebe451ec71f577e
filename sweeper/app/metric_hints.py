"""What to do about metrics that are missing, or that do not rank the trials."""

from __future__ import annotations

from collections.abc import Collection

from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.formatting import did_you_mean, escape, indexes, listed
from sweeper.core.model import Attempt, Cause, Status, Value
from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State, TrialState, can_collect
from sweeper.results.best import best_trial, reported
from sweeper.results.metric import Metric, assumptions
from sweeper.results.overlooked import overlooked
from sweeper.store.folder import SweepFolder


def metric_trouble(folder: SweepFolder, state: State) -> str:
    """The line for a results.metric that does not rank all that completed; empty where all is well."""
    wanted = folder.settings.results.metric
    completed = [
        (one, one.outcome.metrics) for one in state.trials if one.outcome and one.status is Status.COMPLETED
    ]
    if not wanted or not completed:
        return ""
    values = [(one.trial.index, reported(metrics, wanted)) for one, metrics in completed]
    lacking = [index for index, value in values if value is None]
    if len(lacking) == len(completed):
        return unreported(wanted, {name: None for _, metrics in completed for name in metrics})
    odd = [(index, value) for index, value in values if not (value is None or _ranks(value))]
    if odd:
        which, example = indexes(index for index, _ in odd), escape(repr(odd[0][1])[:60])
        return (
            f"results.metric: {wanted!r} is no number in {which}, where it is {example}; they are not ranked"
        )
    if lacking:
        return (
            f"results.metric: {len(lacking)} of {len(completed)} completed trials have not reported"
            f" {wanted!r}: {indexes(lacking)}"
        )
    return ""


def unreported(wanted: str, found: Collection[str]) -> str:
    """The line for a results.metric that no trial has reported, and what may have been meant by it."""
    metric = Metric.parse(wanted)
    if metric.how and metric.name in found:
        hint = f"by what its curve holds you rank with: cvsweep results --metric {wanted}"
    elif found:
        hint = f"there are: {listed(found)}{did_you_mean(metric.name, found)}"
    else:
        hint = "no trial left any metrics"
    return f"results.metric: no trial has reported {wanted!r}; {hint}"


def no_metrics(folder: SweepFolder, state: State) -> str:
    """What was seen instead, and how to read it, if no trial that ended well left any metrics; else empty."""
    ended = [(one, one.outcome) for one in state.trials if can_collect(one)]
    silent = [one for one, outcome in ended if outcome and outcome.cause is not Cause.BAD_RESULT]
    completed = any(outcome and outcome.metrics for _, outcome in ended)
    if completed or not silent or folder.settings.results.reader == "none":
        return ""
    return escape(f"no trial left any metrics{silence(folder, silent[-1], folder.settings.results)}")


def silence(folder: SweepFolder, one: TrialState, results: ResultsSettings) -> str:
    """What a trial left in which these settings find no metrics, behind a semicolon; empty if unknown."""
    out = out_of(folder, one)
    hint = overlooked(out, results, f"cvsweep collect {sweep_argument(folder.paths.folder)}")
    return f"; trial {one.trial.index}: {hint}" if hint else ""


def out_of(folder: SweepFolder, one: TrialState) -> str:
    """The folder of a trial's last attempt that has ended."""
    return folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.ended))


def assumed(results: ResultsSettings, state: State) -> list[str]:
    """Which direction was taken for better, if only the metric's name says so."""
    if results.metric is None or not best_trial(state, results):
        return []
    return assumptions(Metric(results.metric, results.metric), results)


def _ranks(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
