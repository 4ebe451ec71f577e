"""Messages about metrics that are missing or that do not rank the trials, and what to do about them."""

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
    """Return a message if results.metric does not rank all completed trials; else an empty text."""
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
    """Return the message that no trial has reported the metric `wanted`, with a hint on what to use instead.

    Args:
        wanted: the value of results.metric.
        found: the names of the metrics that trials have reported.
    """
    metric = Metric.parse(wanted)
    if metric.how and metric.name in found:
        hint = f"by what its curve holds you rank with: cvsweep results --metric {wanted}"
    elif found:
        hint = f"there are: {listed(found)}{did_you_mean(metric.name, found)}"
    else:
        hint = "no trial left any metrics"
    return f"results.metric: no trial has reported {wanted!r}; {hint}"


def no_metrics(folder: SweepFolder, state: State) -> str:
    """Return a message, with a hint on the files, if trials ended well but none has metrics; else empty.

    A trial whose results could not be read does not count as one without metrics. The message is empty, too,
    if `results.reader=none`.
    """
    ended = [(one, one.outcome) for one in state.trials if can_collect(one)]
    silent = [one for one, outcome in ended if outcome and outcome.cause is not Cause.BAD_RESULT]
    completed = any(outcome and outcome.metrics for _, outcome in ended)
    if completed or not silent or folder.settings.results.reader == "none":
        return ""
    return escape(f"no trial left any metrics{silence(folder, silent[-1], folder.settings.results)}")


def silence(folder: SweepFolder, one: TrialState, results: ResultsSettings) -> str:
    """Return the hint on the files of a trial in which these settings find no metrics, as `; trial N: ...`.

    The result is empty if the volume has failed.
    """
    out = out_of(folder, one)
    hint = overlooked(out, results, f"cvsweep collect {sweep_argument(folder.paths.folder)}")
    return f"; trial {one.trial.index}: {hint}" if hint else ""


def out_of(folder: SweepFolder, one: TrialState) -> str:
    """Return the folder of a trial's last ended attempt."""
    return folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.ended))


def assumed(results: ResultsSettings, state: State) -> list[str]:
    """Return messages about the assumed direction of results.metric, if `results.mode` does not give it."""
    if results.metric is None or not best_trial(state, results):
        return []
    return assumptions(Metric(results.metric, results.metric), results)


def _ranks(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
