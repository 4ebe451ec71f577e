"""Checks whether a sweep can be created, or its points can be added to the existing sweep of its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.app.given import not_given
from sweeper.app.introducing import introduce
from sweeper.app.load_config import See, ignore, load_from_copy
from sweeper.app.misreadings import left_out, refuse_misreadings
from sweeper.app.observers import Observers
from sweeper.app.program_checks import check_programs
from sweeper.app.same_sweep import refuse_equal_keys, refuse_other, warn_of_other_flags
from sweeper.app.secret_checks import check_variables, secret_remarks
from sweeper.app.spec import SweepSpec
from sweeper.core.errors import BackendError
from sweeper.core.start_folders import recognized

if TYPE_CHECKING:
    from sweeper.clusters.check import Check
    from sweeper.store.folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Checked:
    """A sweep that can be created, or whose points can be added to `existing`.

    Attributes:
        spec: the sweep; with `existing`, its points are composed from the copy of the project that `existing`
            has, if any, and their keys are of its format.
        existing: the existing sweep of this name, of the same experiment and project; None if there is none.
    """

    spec: SweepSpec
    existing: SweepFolder | None


def check(spec: SweepSpec, observers: Observers, see: See = ignore, *, remarks: bool = True) -> Checked:
    """Check everything that can be checked before anything is created.

    Args:
        spec: the requested sweep.
        observers: receive the remarks, and warnings about differences from the existing sweep.
        see: shows the progress if the points are composed again.
        remarks: report the remarks; False if an earlier check of the same spec has reported them.

    Raises:
        UsageError: the sweep cannot run as it is, or the name belongs to another one.
    """
    if spec.settings.results.reader:
        from sweeper.results.readers import check_reader  # only if one is named: it imports all of them

        check_reader(spec.settings.results)
    existing = _existing(spec)
    if existing:
        refuse_other(existing, spec)
        warn_of_other_flags(existing, spec, observers)
        if code_of(existing, spec.project) != spec.project:
            spec = load_from_copy(spec, Path(existing.paths.code), observers, see)
        if existing.manifest.format == 1:
            from sweeper.compose import of_format_1  # only now: it imports Hydra

            spec = replace(spec, trials=tuple(of_format_1(spec.trials, spec.former_keys)))
            refuse_equal_keys(existing, spec.trials)
        there = {one.trial.key: one.trial.cwd for one in existing.state().trials}
        spec = replace(spec, trials=tuple(recognized(spec.trials, there)))
    code = code_of(existing, spec.project)
    check_programs(spec, code)
    refuse_misreadings(spec, code)
    if not existing:
        check_variables(spec.trials, spec.settings)
    for line in remarks_on(spec) if remarks else ():
        observers.pass_on(line)
    return Checked(spec, existing)


def ask_cluster(spec: SweepSpec, sweep_id: str, observers: Observers) -> SweepSpec:
    """Check on the cluster that the trials can run; return `spec` with the complete settings of the cluster.

    Raises:
        BackendError, UsageError: the trials cannot run there.
    """
    from sweeper.app.contexts import context_of_new  # only now: --dry-run asks no cluster
    from sweeper.clusters.check import Level

    with closing(clusters.of(spec.settings.cluster)) as cluster:
        introduce(cluster, observers)
        full = cluster.resolve()
        context = context_of_new(sweep_id, spec.name, os.fspath(spec.root), observers)
        # The local backend checks this machine itself in a moment, and listing its GPUs takes a while.
        for one in () if full.runs_here else full.checks(context):
            if one.level is Level.FAILURE:
                raise BackendError(f"{one.name}: {_format_check(one)}")
            if one.level is Level.WARNING:
                observers.warn(f"{one.name}: {_format_check(one)}")
    return replace(spec, settings=replace(spec.settings, cluster=full.plain()))


def _format_check(one: Check) -> str:
    """Return the message of a check, and what to do about it."""
    return f"{one.message}; {one.remedy}" if one.remedy else one.message


def _existing(spec: SweepSpec) -> SweepFolder | None:
    """Return the existing sweep of this name, if any; raise UsageError if something else has its path."""
    if not (spec.name and (spec.root / spec.name).exists()):
        return None
    from sweeper.store.folder import SweepFolder  # only now: most runs create a new sweep

    return SweepFolder(spec.root / spec.name)


def code_of(existing: SweepFolder | None, project: Path) -> Path:
    """Return the folder of the code that trials run: the sweep's copy of the project, or else `project`."""
    return Path(existing.paths.code) if existing and os.path.isdir(existing.paths.code) else project


def remarks_on(spec: SweepSpec) -> Iterator[str]:
    """Yield messages about the points, and about settings that have no effect."""
    if spec.repeated:
        yield f"{_points(spec.repeated)} equal to an earlier one: each distinct point runs once"
    if spec.excluded:
        yield f"{_points(spec.excluded)} left out by sweep.exclude"
    elif spec.settings.sweep.exclude:
        yield "sweep.exclude matches no point of this grid"
    if spec.settings.retry.memory_factor > 1 and not clusters.of(spec.settings.cluster).grows_memory:
        yield "retry.memory_factor does nothing here: it multiplies cluster.memory, which is not set"
    yield from spec.remarks
    if spec.warning:
        yield f"warning: {spec.warning}"
    if spec.settings.code.include and not clusters.is_frozen(spec.settings):
        yield "code.include does nothing here: trials run the project itself, not a copy"
    yield from secret_remarks(spec.trials, spec.settings)
    if missing := not_given(spec):
        yield missing if spec.source else f"warning: {missing}"  # Python shows no other lines
    yield from left_out(spec)


def _points(count: int) -> str:
    return f"{count} point{' is' if count == 1 else 's are'}"
