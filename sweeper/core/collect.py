"""Makes the records of results that are read again from ended attempts, and summarizes what they changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sweeper.core.formatting import indexes
from sweeper.core.model import Attempt, Cause, Outcome, Reading, Status, canonical_json
from sweeper.core.outcome import judge_results, signature
from sweeper.core.records import Collected, Record
from sweeper.core.state import State, TrialState, can_collect

PROGRESS = "results are read again"
"""The beginning of the controller's progress message while it reads results again."""


def collected(one: TrialState, reading: Reading, *, required: bool, at: float) -> Collected | None:
    """Return the record for a new reading of a trial's last attempt; None if nothing has changed.

    Recorded metrics are kept if the attempt's results cannot be read any more.

    Args:
        one: the trial, which has an outcome.
        reading: the new reading.
        required: an attempt without metrics has failed.
        at: the wall time of the reading.
    """
    outcome = one.outcome
    assert outcome is not None
    if reading.problem and outcome.metrics and not reading.metrics:
        return kept(one, reading.problem, at)
    cause, error, warning = judge_results(reading, required=required)
    record = Collected(_attempt(one), cause, reading.metrics, error, at, warning)
    return None if _content(record) == _content(outcome) else record


def kept(one: TrialState, reason: str, at: float) -> Collected:
    """Return the record that nothing could be read, for this reason; the trial's outcome does not change."""
    outcome = one.outcome
    assert outcome is not None
    return Collected(_attempt(one), outcome.cause, {}, at=at, kept=reason)


def loses(one: TrialState, record: Collected) -> bool:
    """Whether a record removes all metrics that a trial has."""
    had = one.outcome is not None and bool(one.outcome.metrics)
    return had and not record.metrics and not record.kept


def collectable(state: State, trials: Iterable[int] | None) -> list[int]:
    """Return the trials whose results can be read again, each once; `trials` is None for all trials."""
    chosen = range(len(state.trials)) if trials is None else dict.fromkeys(trials)
    return [i for i in chosen if 0 <= i < len(state.trials) and can_collect(state.trials[i])]


@dataclass(frozen=True, slots=True)
class Changes:
    """What reading results again has changed, as lists of trial indexes.

    Attributes:
        read: the trials whose results were read again.
        with_metrics: those that have metrics now.
        new: those that have metrics now and had none before.
        changed: those whose metrics differ from before.
        lost: those that had metrics and have none any more.
        failed: those that count as failed now and did not before.
        kept: those whose results could not be read, by reason. Reasons that differ only in numbers and paths
            are merged.
    """

    read: Sequence[int]
    with_metrics: Sequence[int]
    new: Sequence[int]
    changed: Sequence[int]
    lost: Sequence[int]
    failed: Sequence[int]
    kept: dict[str, list[int]] = field(default_factory=dict)

    def line(self) -> str:
        """Return a summary in one line."""
        many = len(self.read)
        parts = [f"{len(self.new)} new"] if self.new else []
        parts += [f"{len(self.changed)} changed"] if self.changed else []
        have = f"{len(self.with_metrics)} {'has' if len(self.with_metrics) == 1 else 'have'} metrics"
        have += f" ({', '.join(parts)})" if parts else ""
        lost = f", {len(self.lost)} no longer" if self.lost else ""
        return f"read {many} ended trial{'' if many == 1 else 's'} again: {have}{lost}"

    def kept_lines(self, most: int = 3) -> list[str]:
        """Return which trials kept their recorded results, for the `most` most frequent reasons."""
        groups = sorted(self.kept.items(), key=lambda item: len(item[1]), reverse=True)
        lines = [f"kept what was recorded of {indexes(which)}: {why}" for why, which in groups[:most]]
        rest = [index for _, which in groups[most:] for index in which]
        return [*lines, f"and of {indexes(rest)}, for other reasons"] if rest else lines


def changes(before: State, after: State, trials: Iterable[int] | None, news: Iterable[Record]) -> Changes:
    """Compare the sweep before and after; `news` are the records in between."""
    read = collectable(before, trials)
    had = {index: _metrics(before.trials[index]) for index in read}
    has = {index: _metrics(after.trials[index]) for index in read}
    reasons: dict[str, tuple[str, set[int]]] = {}
    for record in news:
        if isinstance(record, Collected) and record.kept:
            _, which = reasons.setdefault(signature(record.kept), (record.kept, set()))
            which.add(record.attempt.trial)
    return Changes(
        read,
        with_metrics=[index for index in read if has[index]],
        new=[index for index in read if has[index] and not had[index]],
        changed=[index for index in read if has[index] and had[index] and has[index] != had[index]],
        lost=[index for index in read if had[index] and not has[index]],
        failed=[i for i in read if _is_new_failure(before.trials[i], after.trials[i])],
        kept={why: sorted(which) for why, which in reasons.values()},
    )


def _is_new_failure(before: TrialState, after: TrialState) -> bool:
    return before.status is not Status.FAILED and after.status is Status.FAILED


def _metrics(one: TrialState) -> str:
    """Return the metrics of a completed trial as text, so that NaN equals itself; empty if there are none."""
    outcome = one.outcome
    with_metrics = outcome is not None and outcome.cause is Cause.COMPLETED and outcome.metrics
    return canonical_json(outcome.metrics) if outcome is not None and with_metrics else ""


def _content(record: Outcome | Collected) -> tuple[Cause, str, str, str]:
    return record.cause, canonical_json(record.metrics), record.error, record.warning


def _attempt(one: TrialState) -> Attempt:
    return Attempt(one.trial.index, one.ended)
