"""Results that are read again: what a new reading of an ended attempt changes, and what it must not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sweeper.core.formatting import indexes
from sweeper.core.model import Attempt, Cause, Outcome, Reading, Status, canonical_json
from sweeper.core.outcome import judge_results, signature
from sweeper.core.records import Collected, Record
from sweeper.core.state import State, TrialState, can_collect

PROGRESS = "results are read again"
"""Begins the note of a controller that is at it."""


def collected(one: TrialState, reading: Reading, *, required: bool, at: float) -> Collected | None:
    """The record for a new reading of a trial's last attempt; None if it says what is recorded already.

    `required` says that there must be metrics; `at` is the wall time. Metrics that were recorded are
    kept if what the attempt left cannot be read any more.
    """
    outcome = one.outcome
    assert outcome is not None
    if reading.problem and outcome.metrics and not reading.metrics:
        return kept(one, reading.problem, at)
    cause, error, warning = judge_results(reading, required=required)
    record = Collected(_attempt(one), cause, reading.metrics, error, at, warning)
    return None if _content(record) == _content(outcome) else record


def kept(one: TrialState, reason: str, at: float) -> Collected:
    """The record that nothing could be read for this reason, so that all stays as it is."""
    outcome = one.outcome
    assert outcome is not None
    return Collected(_attempt(one), outcome.cause, {}, at=at, kept=reason)


def loses(one: TrialState, record: Collected) -> bool:
    """Does a record take away all the metrics that a trial has?"""
    had = one.outcome is not None and bool(one.outcome.metrics)
    return had and not record.metrics and not record.kept


def collectable(state: State, trials: Iterable[int] | None) -> list[int]:
    """Those of the trials whose results can be read again, each once; None: of all trials."""
    chosen = range(len(state.trials)) if trials is None else dict.fromkeys(trials)
    return [i for i in chosen if 0 <= i < len(state.trials) and can_collect(state.trials[i])]


@dataclass(frozen=True, slots=True)
class Changes:
    """What reading again has changed: each is a list of trials.

    `read` are all that were looked at, `with_metrics` those of them that have metrics now, `new` those that
    had none before, `changed` those whose metrics are others, `lost` those that have none any more. `failed`
    have failed by it. `kept` are those that could not be read, by the reason (reasons that differ only in
    numbers and paths are one).
    """

    read: Sequence[int]
    with_metrics: Sequence[int]
    new: Sequence[int]
    changed: Sequence[int]
    lost: Sequence[int]
    failed: Sequence[int]
    kept: dict[str, list[int]] = field(default_factory=dict)

    def line(self) -> str:
        """All of it in one line."""
        many = len(self.read)
        parts = [f"{len(self.new)} new"] if self.new else []
        parts += [f"{len(self.changed)} changed"] if self.changed else []
        have = f"{len(self.with_metrics)} {'has' if len(self.with_metrics) == 1 else 'have'} metrics"
        have += f" ({', '.join(parts)})" if parts else ""
        lost = f", {len(self.lost)} no longer" if self.lost else ""
        return f"read {many} ended trial{'' if many == 1 else 's'} again: {have}{lost}"

    def kept_lines(self, most: int = 3) -> list[str]:
        """For the most frequent reasons, which trials keep what was recorded."""
        groups = sorted(self.kept.items(), key=lambda item: len(item[1]), reverse=True)
        lines = [f"kept what was recorded of {indexes(which)}: {why}" for why, which in groups[:most]]
        rest = [index for _, which in groups[most:] for index in which]
        return [*lines, f"and of {indexes(rest)}, for other reasons"] if rest else lines


def changes(before: State, after: State, trials: Iterable[int] | None, news: Iterable[Record]) -> Changes:
    """Compare the sweep before and after; `news` are the records between."""
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
    """What counts as the trial's result, spelled so that it can be compared (NaN equals itself)."""
    outcome = one.outcome
    with_metrics = outcome is not None and outcome.cause is Cause.COMPLETED and outcome.metrics
    return canonical_json(outcome.metrics) if outcome is not None and with_metrics else ""


def _content(record: Outcome | Collected) -> tuple[Cause, str, str, str]:
    return record.cause, canonical_json(record.metrics), record.error, record.warning


def _attempt(one: TrialState) -> Attempt:
    return Attempt(one.trial.index, one.ended)
