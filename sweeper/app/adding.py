"""Add points to an existing sweep: find the new ones, and make the request that adds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.app.secret_checks import check_variables
from sweeper.app.spec import SweepSpec
from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.formatting import escape
from sweeper.core.model import Trial
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.standing import is_over
from sweeper.core.state import State, new_trials
from sweeper.core.values import render_value
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request, new_request, points


@dataclass(frozen=True, slots=True)
class Addition:
    """A plan to add points to a sweep.

    Attributes:
        state: the current state of the sweep.
        fresh: the points that the sweep does not have yet.
        settings: the settings for the next controller.
        results: the given settings of `results` that differ from those of the sweep.
        request: the request to add the new points; None if there are none.
        is_held: whether a controller is alive.
    """

    state: State
    fresh: tuple[Trial, ...]
    settings: Settings
    results: Mapping[str, Any]
    request: Request | None
    is_held: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to run: no new points, no live controller, and every trial has ended."""
        return not (self.fresh or self.is_held) and is_over(self.state.counts)


def plan_addition(folder: SweepFolder, spec: SweepSpec, observers: Observers) -> Addition:
    """Plan the addition of the points of `spec` to a sweep; nothing is changed.

    Raises:
        UsageError: the points could not run here.
        StorageError: the journal is damaged or cannot be read.
    """
    from sweeper.app.environments import check_environment  # only now: --dry-run needs none of this
    from sweeper.app.moved import check_code

    state, held = folder.state(), folder.is_held()
    there, given = asdict(folder.settings.results), _given_results(folder, spec.settings.results)
    settings = replace(spec.settings, results=ResultsSettings(**{**there, **given}))
    fresh = tuple(new_trials(state, spec.trials))
    say_what_is_there(folder, len(spec.trials), len(fresh), observers)
    if not held:  # a live controller starts the attempts, with its own environment variables
        check_variables(fresh, settings)
    request = new_request("add", points=points(fresh)) if fresh else None
    found = Addition(state, fresh, settings, given, request, held)
    if not (found.is_over or held):
        check_code(folder)
        check_environment(folder, observers)
    return found


def conclude(folder: SweepFolder, found: Addition, observers: Observers) -> None:
    """Apply the given results settings and write the outputs again, for an addition that `is_over`."""
    from sweeper.app.summaries import write_outputs
    from sweeper.app.table import best_first, write_table
    from sweeper.app.taking import change_settings

    if not found.results:
        write_table(folder, best_first(folder, found.state))
        return
    change_settings(folder, replace(folder.settings, results=found.settings.results), observers)
    write_outputs(folder, folder.read().records, found.state, observers)
    changed = ", ".join(f"results.{key}={render_value(value)}" for key, value in found.results.items())
    observers.say(f"{folder.name}: from now on {escape(changed)}")
    if found.results.keys() & {"reader", "pattern", "required"}:
        observers.say(
            f"to read again what its trials left: cvsweep collect {sweep_argument(folder.paths.folder)}"
        )


def say_unused_settings(folder: SweepFolder, settings: Settings, observers: Observers) -> None:
    """Report that a live controller keeps its settings, if the given ones differ."""
    if _governing(settings) != _governing(folder.settings):
        observers.say("its controller keeps the settings that it has; those given here are not used")


def say_what_is_there(folder: SweepFolder, wanted: int, fresh: int, observers: Observers) -> None:
    """Report how many of the points the sweep already has as trials, and how many are added."""
    there = wanted - fresh
    if there:
        observers.say(
            f"{folder.name}: {there} of {wanted} are already there"
            + ("" if fresh else "; nothing new to run")
        )
    if fresh:
        old = (
            "; the sweep's own copy of the code is run, as it was" if os.path.isdir(folder.paths.code) else ""
        )
        observers.say(f"{folder.name}: adding {fresh} trial{'' if fresh == 1 else 's'}{old}")


def _given_results(folder: SweepFolder, wanted: ResultsSettings) -> dict[str, Any]:
    """Return the results settings that differ from the sweep's; a default value counts as not given."""
    there, silent = asdict(folder.settings.results), asdict(ResultsSettings())
    return {key: value for key, value in asdict(wanted).items() if value not in (silent[key], there[key])}


def _governing(settings: Settings) -> tuple[object, ...]:
    cluster = clusters.of(settings.cluster).plain().data
    return cluster, settings.retry, settings.results, settings.sweep.pause_after
