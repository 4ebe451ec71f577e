"""More points of a sweep that is there already: what may be added, and who runs it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sweeper.app.owners import require_own
from sweeper.app.reference import reference
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.secrets import check_variables
from sweeper.cli.common import say
from sweeper.cli.printing import printing
from sweeper.compose import Composed
from sweeper.core.errors import UsageError
from sweeper.core.model import Trial
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.state import State, new_trials
from sweeper.core.values import render_value
from sweeper.core.words import escape
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import Request, new_request, points


def add(folder: SweepFolder, composed: Composed, *, in_background: bool) -> int:
    """Add those points that the sweep does not have, and see to it that they run; the exit code."""
    from sweeper.app.environments import check_environment
    from sweeper.app.moved import check_code
    from sweeper.cli.ending import show_ending
    from sweeper.core.standing import is_over

    state = folder.state()
    there, new = asdict(folder.settings.results), _said_of_results(folder, composed.settings.results)
    settings = replace(composed.settings, results=ResultsSettings(**{**there, **new}))
    fresh = new_trials(state, composed.trials)
    say_what_is_there(folder, len(composed.trials), len(fresh))
    if not folder.is_held():  # else its controller's variables count
        check_variables(fresh, settings)
    request = new_request("add", points=points(fresh)) if fresh else None
    over = not (fresh or folder.is_held()) and is_over(state.counts)
    if not (over or folder.is_held()):
        check_code(folder)
        check_environment(folder, printing())  # before anything is asked for
    if over:
        if new:
            _use_results(folder, state, new, settings.results)
        return show_ending(folder, state)
    granted = grant(folder, request) if request else folder.is_held()
    return _go_on(folder, settings, request, granted=granted, in_background=in_background)


def _go_on(
    folder: SweepFolder, settings: Settings, request: Request | None, *, granted: bool, in_background: bool
) -> int:
    """Become the controller, unless the points are granted by one that lives."""
    from sweeper.app.taking import change_settings
    from sweeper.cli.controller import control
    from sweeper.cli.detach import detach

    def run() -> int:
        if not in_background:
            return control(folder, settings=settings)
        change_settings(folder, settings, printing())
        return detach(folder)

    code = None if granted else take_or_wait(folder, request, run)
    if code is not None:
        return code
    if _governing(settings) != _governing(folder.settings):
        say("its controller keeps the settings that it has; those given here are not used")
    say(f"its controller goes on; watch it with: cvsweep status -w {reference(folder.paths.folder)}")
    return 0


def _said_of_results(folder: SweepFolder, wanted: ResultsSettings) -> dict[str, Any]:
    """What is said of results that is not so yet; what is not said stays as the sweep has it."""
    there, silent = asdict(folder.settings.results), asdict(ResultsSettings())
    return {key: value for key, value in asdict(wanted).items() if value not in (silent[key], there[key])}


def _use_results(folder: SweepFolder, state: State, new: Mapping[str, Any], results: ResultsSettings) -> None:
    """Let what is said of results hold for a sweep that is over."""
    from sweeper.app.summaries import Summaries
    from sweeper.app.taking import change_settings

    change_settings(folder, replace(folder.settings, results=results), printing())
    Summaries(folder, folder.read().records, printing()).write(state)
    words = ", ".join(f"results.{key}={render_value(value)}" for key, value in new.items())
    say(f"{folder.name}: from now on {escape(words)}")
    if new.keys() & {"reader", "pattern", "required"}:
        say(f"to read again what its trials left: cvsweep collect {reference(folder.paths.folder)}")


def _governing(settings: Settings) -> tuple[object, ...]:
    return settings.cluster, settings.retry, settings.results, settings.sweep.pause_after


def say_what_is_there(folder: SweepFolder, wanted: int, fresh: int) -> None:
    """How many of the points are trials of the sweep already, and how many are added."""
    there = wanted - fresh
    if there:
        say(
            f"{folder.name}: {there} of {wanted} are already there"
            + ("" if fresh else "; nothing new to run")
        )
    if fresh:
        old = (
            "; the sweep's own copy of the code is run, as it was" if os.path.isdir(folder.paths.code) else ""
        )
        say(f"{folder.name}: adding {fresh} trial{'' if fresh == 1 else 's'}{old}")


def refuse_other(folder: SweepFolder, composed: Composed, project: Path) -> None:
    """A name stands for one experiment in one project; more points of it are welcome, others are not."""
    require_own(folder)
    manifest = folder.manifest
    if manifest.experiment != composed.experiment:
        held, given = manifest.experiment or "no experiment", composed.experiment or "no experiment"
        raise UsageError(f"sweep {folder.name} holds {held}, not {given}; choose another sweep.name")
    _refuse_elsewhere(folder, composed)
    if manifest.code != os.fspath(project):
        if not os.path.isdir(manifest.code):
            raise UsageError(
                f"sweep {folder.name} belongs to the project {manifest.code}, which is not there; if this"
                f" is it, moved: cvsweep resume --code . {reference(folder.paths.folder)}; else choose"
                " another sweep.name"
            )
        raise UsageError(
            f"sweep {folder.name} belongs to the project {manifest.code}; choose another sweep.name"
        )


def refuse_equal_keys(folder: SweepFolder, trials: Sequence[Trial]) -> None:
    """In a sweep of format 1 points that differ in a choice alone have one key: both would be one trial."""
    there, first = folder.state().by_key, dict[str, Trial]()
    for trial in trials:
        other = first.setdefault(trial.key, trial)
        if other is not trial and trial.key not in there:
            differing = [key for key, option in trial.choices.items() if other.choices.get(key) != option]
            one, two = (
                ", ".join(f"{key}={it.choices.get(key)}" for key in differing) for it in (other, trial)
            )
            raise UsageError(
                f"sweep {folder.name} was made by an older version, to which {one} and {two} are one trial if"
                " nothing else differs; choose another sweep.name"
            )


def _refuse_elsewhere(folder: SweepFolder, composed: Composed) -> None:
    """What runs must stay in sight: the trials of a sweep are all in one place."""
    there, here = folder.settings.cluster, composed.settings.cluster
    if there.backend != here.backend:
        raise UsageError(f"sweep {folder.name} runs on {there.backend}; choose another sweep.name")
    for key in ("context", "namespace"):
        old, new = getattr(there, key, None), getattr(here, key, None)
        if old and new and old != new:
            raise UsageError(f"sweep {folder.name} runs in the {key} {old}; choose another sweep.name")
