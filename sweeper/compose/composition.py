"""Composes overrides into trials; `compose` is the function that the rest of cvsweep calls."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from sweeper.compose.errors import PresenceError, guarded
from sweeper.compose.exclude import Exclusions
from sweeper.compose.grid import Entry, Grid, check_size, make_grid, read_entries, text_of
from sweeper.compose.points import Point, points
from sweeper.compose.project import Project, find_project
from sweeper.compose.runnable import runnable
from sweeper.compose.session import Loaded, Session, open_session
from sweeper.compose.settings import SharedSettings, read_sweep
from sweeper.compose.trials import Trials
from sweeper.compose.typed import empty_dicts, refuse_hydras, refuse_options, refuse_values
from sweeper.compose.variables import LearnedError, SecretVariables
from sweeper.core import hydra_own
from sweeper.core.errors import NoCommandError, UsageError
from sweeper.core.model import Trial
from sweeper.core.settings import RESERVED, Settings, SweepSettings


@dataclass(frozen=True)
class Composed:
    """A sweep that was composed and checked, but not created.

    Attributes:
        settings: the settings of the whole sweep.
        trials: the distinct trials.
        swept: the keys that the grid varies, in the order given.
        repeated: the number of points that were dropped because they equal an earlier one.
        excluded: the number of points that `sweep.exclude` dropped.
        experiment: the chosen option of the group `experiment`; empty if there is none, or if it varies.
        config: the whole resolved configuration of the first trial.
        programs: the first words of all commands, each with its task.cwd.
        commands: all words of the commands, each with its task.cwd.
        warning: a warning about how parameters are passed to the programs.
        remarks: messages for the user, such as parts of the configuration that are not used.
        former_keys: for trials with secrets, their keys in a sweep of format 1, by their present keys.
    """

    settings: Settings
    trials: tuple[Trial, ...]
    swept: tuple[str, ...]
    repeated: int
    excluded: int
    experiment: str
    config: dict[str, Any]
    programs: frozenset[tuple[str, str]]
    commands: frozenset[tuple[tuple[str, ...], str]]
    warning: str = ""
    remarks: tuple[str, ...] = ()
    former_keys: Mapping[str, str] = field(default_factory=dict)


See = Callable[[int, int], None]


def _look_away(done: int, total: int) -> None:
    pass


def compose(
    overrides: Sequence[str],
    *,
    config_dir: Path | None,
    config_name: str | None,
    multirun: bool,
    project: Path,
    see: See = _look_away,
) -> Composed:
    """Compose and check every point of the grid. Nothing is created or printed.

    Args:
        overrides: the overrides of the command line.
        config_dir: the option --config-dir.
        config_name: the option --config-name.
        multirun: whether -m was given.
        project: the folder of the project.
        see: called after each point, with the number of points so far and that of all points.

    Raises:
        UsageError: the overrides or the configuration cannot be used.
    """
    found, secrets = find_project(project, config_dir, config_name), SecretVariables()
    while True:
        with open_session(found, secrets) as session, suppress(LearnedError):
            plan = read_plan(session, overrides, multirun=multirun)
            try:
                composed = _collect(plan.grid, grid_points(session, plan), Trials(project, secrets), see)
            except NoCommandError as error:
                raise UsageError(_another(found, config_dir) or str(error)) from error
            return replace(composed, remarks=(*plan.remarks, *composed.remarks))


def _another(project: Project, config_dir: Path | None) -> str:
    """Return the line that suggests a configuration that has a command; "" if there is none."""
    start = next((one for one in runnable(project.own) if one != project.name), "")
    if not start:
        return ""
    folder = "" if config_dir is None else f" -cd {shlex.quote(str(config_dir))}"
    return (
        f"no command: {project.name}.yaml sets no task.command, but {start}.yaml does; to start from it type"
        f" cvsweep{folder} -cn {shlex.quote(start)}"
    )


@dataclass(frozen=True)
class GridPlan:
    """The grid with its size checked, the configuration without its values, and remarks for the user."""

    grid: Grid
    master: Loaded
    remarks: tuple[str, ...]


def read_plan(session: Session, overrides: Sequence[str], *, multirun: bool) -> GridPlan:
    """Plan what to compose; UsageError if an override or the grid is not valid."""
    parsed = session.parse(overrides)
    refuse_hydras(parsed, multirun=multirun)
    refuse_options(parsed, session.options)
    lists = refuse_values(parsed, lambda rest: _without_grid(session, rest, parsed).cfg, multirun=multirun)
    master = _without_grid(session, [one for one in parsed if not one.is_sweep_override()], parsed)
    is_grid = multirun or _is_multirun(master)
    from_file = _file_grid(session, master, multirun=is_grid)
    entries = read_entries([*from_file, *parsed], session.options) if is_grid else _single(parsed)
    grid = _checked_grid(master, entries, session.uses.secrets)
    folders = (key for o in parsed if (key := o.key_or_group).startswith("hydra.sweep."))
    remarks = hydra_own.remarks(
        master.choices, unused_grid=bool(from_file) and not is_grid, sweep_folder=next(folders, "")
    )
    return GridPlan(grid, master, (*lists, *empty_dicts(parsed, master.cfg), *remarks))


def grid_points(session: Session, plan: GridPlan) -> Iterator[Point]:
    """Yield all points, including repeated and excluded ones."""
    return points(session, plan.grid, plan.master)


def _without_grid(session: Session, fixed: Sequence[Override], parsed: Sequence[Override]) -> Loaded:
    """Compose the configuration with only the fixed overrides.

    An override is left out if its parameter may exist only with some options of a swept config group: this is
    checked at each point.
    """
    try:
        return session.load(list(map(text_of, fixed)), lenient=True)
    except PresenceError as error:
        rest = [one for one in fixed if one.key_or_group != error.key]
        swept = any(one.is_sweep_override() and session.is_group(one.key_or_group) for one in parsed)
        if not swept or len(rest) == len(fixed) or error.key.split(".")[0] in RESERVED:
            raise
    return _without_grid(session, rest, parsed)


def _is_multirun(master: Loaded) -> bool:
    return str(master.hydra.mode).endswith("MULTIRUN")


def _file_grid(session: Session, master: Loaded, *, multirun: bool) -> list[Override]:
    """Return the overrides of the grid in a YAML file: `hydra.sweeper.params`."""
    with guarded():
        node = OmegaConf.select(master.hydra, "sweeper.params")
        params: Any = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    if not isinstance(params or {}, dict):
        raise UsageError("hydra.sweeper.params must hold keys and values, as in params: {lr: '1e-3,1e-4'}")
    for key, value in (params or {}).items():
        if isinstance(value, dict):
            raise UsageError(
                f"hydra.sweeper.params.{key} must be one text: {key}.{next(iter(value), '...')}: '0.1,0.2'"
            )
    overrides = session.parse([f"{key}={value}" for key, value in (params or {}).items()])
    refuse_values(overrides, lambda rest: master.cfg, multirun=multirun)
    return overrides


def _single(parsed: Sequence[Override]) -> tuple[Entry, ...]:
    swept = next((override for override in parsed if override.is_sweep_override()), None)
    if swept is not None:
        raise UsageError(
            f"{swept.input_line} gives more than one value: add -m to run all of them,"
            f" or quote it to mean one text"
        )
    return tuple(text_of(override) for override in parsed)


def _checked_grid(master: Loaded, entries: tuple[Entry, ...], secrets: SecretVariables) -> Grid:
    sweep: SweepSettings = read_sweep(master.cfg)
    secrets.listed = tuple(sweep.secrets)
    grid = make_grid(entries, sweep.zip)
    check_size(grid, sweep.max_trials)
    return grid


def _collect(grid: Grid, made: Iterator[Point], trials: Trials, see: See) -> Composed:
    first = next(made)
    shared = SharedSettings(first.data, trials.project)
    settings = shared.settings
    trials.check_settings(first.data)
    exclusions = Exclusions(settings.sweep.exclude)
    experiments, choices = set(), None
    for number, point in enumerate(chain([first], made), 1):
        shared.check(point.data)
        if point.choices is not choices:  # most points share the choices of the previous one
            choices = point.choices
            experiments.add(_experiment(choices))
        if not exclusions.match(point):
            trials.add(point)
        see(number, grid.size)
    exclusions.check_names()
    trials.check_secrets()
    if not trials.kept:
        raise UsageError(f"sweep.exclude drops all {exclusions.count:,} points of the grid")
    return Composed(
        settings=settings,
        trials=tuple(trials.kept),
        swept=tuple(axis.name for axis in grid.axes),
        repeated=trials.repeated,
        excluded=exclusions.count,
        experiment=experiments.pop() if len(experiments) == 1 else "",
        config=trials.config,
        programs=frozenset((command[0], cwd) for command, cwd in trials.commands),
        commands=frozenset(trials.commands),
        warning=trials.warning(),
        former_keys=trials.former_keys,
        remarks=shared.remarks,
    )


def _experiment(choices: Mapping[str, Any]) -> str:
    """Return the chosen experiment as a part of a name: `vision/digits` becomes vision-digits."""
    # Hydra 1.4 reports `vision/digits` as the option `digits` of a group `experiment/vision`.
    chosen = [(group, option) for group, option in choices.items() if group.split("/")[0] == "experiment"]
    words = [
        f"{group}-{'-'.join(option) if isinstance(option, list) else option}"
        for group, option in chosen
        if option
    ]
    text = "-".join(word.removeprefix("experiment") for word in words)
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-._")
