"""The table of one sweep, or of several: one row per trial, from the journals alone.

Columns, in this order: `sweep`, if there are several; `trial`; the choices that differ between trials (the
option of a config group, as in `model=cnn`), then the parameters that differ, in the order of the
configuration; `command`, the command without the values of parameters, only if trials with the same choices
and parameters have different ones; the choices and the parameters that do not differ; the metrics, in the
order of their first appearance; then the columns of LAST and optional ones, most of which describe the last
attempt of the trial:

    state, cause       the state of the trial, and why its last attempt ended
    attempts, seconds  the number of attempts, and how long the program of the last one ran
    gpu_seconds        seconds times the GPUs that the attempt held; missing if their number is unknown
    quota_gpu_seconds  the seconds for which its pod held quota, times these GPUs; only if there are such pods
    queue_seconds      the time from when the trial could first have run to its first start
    host, gpu, error   where it ran, on which of the GPUs there, and the line that best explains a failure
    warning            remarks on its metrics; only if a trial has a remark
    code               the version of the code that it ran, "as made" for the first; only if it was edited
    tags, note         the tags and the note that people added; only if a trial has some

A metric with the name of a parameter or of a fixed column is called `metric.<name>`; a parameter with the
name of a fixed column or of a choice, `param.<name>`; a choice with the name of a fixed column,
`choice.<name>`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sweeper import clusters
from sweeper.core.command_variants import command_variants
from sweeper.core.edits import AS_MADE, code_versions
from sweeper.core.model import Status, Value
from sweeper.core.secrets import masked_column
from sweeper.core.state import State, TrialState
from sweeper.results.columns import by_key, disambiguate, flatten_params, is_constant, with_none
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder

FIRST = ("sweep", "trial")
LAST = (
    "state", "cause", "attempts", "seconds", "gpu_seconds", "queue_seconds", "host", "gpu", "error",
)  # fmt: skip
QUOTA = "quota_gpu_seconds"
WARNING = "warning"
CODE = "code"
COMMAND = "command"
TAGS, NOTE = "tags", "note"


@dataclass(frozen=True, slots=True)
class RowSource:
    """A sweep whose trials become rows.

    Attributes:
        state: the folded journal.
        name: the name in the column `sweep`.
        made_at: the wall time at which the sweep was created.
        gpus: the GPUs of every attempt according to the settings; None if only the journal may contain them.
        is_measured: whether the controllers of this sweep record how long trials wait; those of older
            versions do not, and the table uses wall times instead.
    """

    state: State
    name: str = ""
    made_at: float | None = None
    gpus: float | None = None
    is_measured: bool = False


def source(folder: SweepFolder, state: State | None = None, name: str | None = None) -> RowSource:
    """Return the source of rows for a sweep.

    Args:
        folder: the sweep.
        state: the folded journal, if the caller has it already.
        name: the name in the column `sweep`; that of the sweep by default.
    """
    cluster = clusters.of(folder.settings.cluster)
    return RowSource(
        folder.state() if state is None else state,
        folder.name if name is None else name,
        folder.manifest.created_at,
        cluster.gpus_per_attempt,
        is_measured=bool(folder.manifest.made),
    )


def distinct_names(folders: Sequence[SweepFolder]) -> list[str]:
    """Return a distinct name for each sweep: its own name, or its path if another has the same name."""
    names = [folder.name for folder in folders]
    return [
        os.fspath(folder.paths.folder) if names.count(name) > 1 else name
        for folder, name in zip(folders, names, strict=True)
    ]


def table_of(one: RowSource) -> Table:
    """Return the table of a sweep as recorded so far, in the order of the trials."""
    return _tabled([one], [("trial", [trial.trial.index for trial in one.state.trials])])


def joined(sources: Sequence[RowSource]) -> Table:
    """Return one table of several sweeps, with `sweep` as its first column."""
    names = [one.name for one in sources for _ in one.state.trials]
    indexes = [trial.trial.index for one in sources for trial in one.state.trials]
    return _tabled(sources, [("sweep", names), ("trial", indexes)])


def _tabled(sources: Sequence[RowSource], leading: Sequence[tuple[str, list[Value]]]) -> Table:
    trials = [trial for one in sources for trial in one.state.trials]
    choices = by_key(one.trial.choices for one in trials)
    params = by_key(flatten_params(one.trial.params) for one in trials)
    for key in {key for one in trials for key in one.trial.secrets} & params.keys():
        hidden = [key in one.trial.secrets for one in trials]
        params[key] = masked_column(list(zip(params[key], hidden, strict=True)))
    metrics = by_key(_metrics(one) for one in trials)
    labels = _labels(sources)
    commands = _commands(sources, [*choices.values(), *params.values()])
    fixed = (*FIRST, *LAST, QUOTA, WARNING, CODE, *labels, *([COMMAND] if commands else []))
    choice_names = disambiguate(list(choices), "choice", fixed)
    named = [(choice_names[key], values) for key, values in choices.items()]
    parameter_names = disambiguate(list(params), "param", (*fixed, *choice_names.values()))
    named += [(parameter_names[key], values) for key, values in params.items()]
    same = {name for name, values in named if is_constant(values)}
    varying = [(name, values) for name, values in named if name not in same]
    varying += [(COMMAND, commands)] if commands else []
    constant = [(name, values) for name, values in named if name in same]
    metric_names = disambiguate(list(metrics), "metric", (*fixed, *(name for name, _ in named)))
    warnings = [one.outcome.warning or None if one.outcome else None for one in trials]
    versions = [version for one in sources for version in code_versions(one.state)]
    extra = {WARNING: warnings if any(warnings) else None}
    extra[CODE] = versions if {*versions} - {None, AS_MADE} else None
    shown = {**{name: values for name, values in extra.items() if values}, **labels}
    last = _last_columns(sources)
    columns = [
        *(values for _, values in leading),
        *(with_none(values) for _, values in (*varying, *constant)),
        *map(with_none, metrics.values()),
        *last.values(),
        *shown.values(),
    ]
    parameters, constants = tuple(name for name, _ in varying), tuple(name for name, _ in constant)
    heads = (*(name for name, _ in leading), *parameters, *constants, *metric_names.values(), *last, *shown)
    return Table(
        heads,
        tuple(zip(*columns, strict=True)),
        parameters=parameters,
        constants=constants,
        metrics=tuple(metric_names.values()),
    )


def _commands(sources: Sequence[RowSource], columns: Sequence[Sequence[Value]]) -> list[Value] | None:
    """Return the column COMMAND, from the columns of all choices and parameters; None if it is not needed."""
    trials = [trial.trial for one in sources for trial in one.state.trials]
    sweeps = [number for number, one in enumerate(sources) for _ in one.state.trials]
    varying = [values for values in columns if not is_constant(values)]
    return command_variants(trials, list(map(repr, zip(sweeps, *varying, strict=True))))


def _labels(sources: Sequence[RowSource]) -> dict[str, list[Value]]:
    """Return the columns TAGS and NOTE; tags are a list, so that a condition matches only whole tags."""
    each = [(one.state.notes_and_tags, trial.trial.index) for one in sources for trial in one.state.trials]
    tags: list[Value] = [list(labels.tags.get(index, ())) or None for labels, index in each]
    notes: list[Value] = [labels.notes.get(index) for labels, index in each]
    return {name: values for name, values in ((TAGS, tags), (NOTE, notes)) if any(values)}


def _last_columns(sources: Sequence[RowSource]) -> Mapping[str, Iterable[Value]]:
    """Return the columns of LAST, and QUOTA after gpu_seconds if a trial has held quota."""
    parts = zip(*map(_last, sources), strict=True)
    columns = dict(zip(LAST, map(chain.from_iterable, parts), strict=True))
    held = [seconds for one in sources for seconds in _quota(one)]
    if not any(held):
        return columns
    place = LAST.index("gpu_seconds") + 1
    return {name: columns.get(name, held) for name in (*LAST[:place], QUOTA, *LAST[place:])}


def _quota(one: RowSource) -> Iterator[float | None]:
    for outcome in (trial.outcome for trial in one.state.trials):
        held = outcome.held if outcome else None
        gpus = _either(outcome.gpus, one.gpus) if outcome else None
        yield None if held is None else _product(held, gpus)


def _last(one: RowSource) -> tuple[list[Value], ...]:
    """Return the columns of LAST for one sweep."""
    trials = one.state.trials
    outcomes = [trial.outcome for trial in trials]
    return (
        [trial.status.value for trial in trials],
        [outcome.cause.value if outcome else None for outcome in outcomes],
        [trial.number for trial in trials],
        [outcome.seconds if outcome else None for outcome in outcomes],
        [
            _product(outcome.seconds, _either(outcome.gpus, one.gpus)) if outcome else None
            for outcome in outcomes
        ],
        [trial.waited if one.is_measured else _queued(trial, one.made_at) for trial in trials],
        [outcome.host if outcome else None for outcome in outcomes],
        [outcome.gpu or None if outcome else None for outcome in outcomes],
        [outcome.error if outcome else None for outcome in outcomes],
    )


def _either(known: float | None, else_: float | None) -> float | None:
    return else_ if known is None else known


def _product(seconds: float, gpus: float | None) -> float | None:
    return None if gpus is None else round(seconds * gpus, 3)


def _queued(one: TrialState, made_at: float | None) -> float | None:
    """Return the seconds in the queue by wall clocks; 0.0 if they disagree, None before the first start."""
    if one.waited is not None:
        return one.waited
    since = one.added_at or made_at
    if one.started_at is None or since is None:
        return None
    return round(max(0.0, one.started_at - since), 3)


def _metrics(one: TrialState) -> Mapping[str, Value]:
    """Return the metrics of a completed trial; empty for any other."""
    return one.outcome.metrics if one.outcome and one.status is Status.COMPLETED else {}
