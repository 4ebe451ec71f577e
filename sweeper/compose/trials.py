"""Turns points into trials with parameters, command, choices and key; equal points become one trial."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweeper.compose.deferred import check, raw
from sweeper.compose.grid import NOT_SWEPT
from sweeper.compose.own import own_overrides, top
from sweeper.compose.plain_data import lookup
from sweeper.compose.points import Point
from sweeper.compose.program import TaskProgram, names_run_dir, program, without_run_dir
from sweeper.compose.settings import read_task
from sweeper.compose.variables import SecretVariables, refuse_in_settings
from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.model import Trial, canonical_json, trial_key
from sweeper.core.patterns import lazy
from sweeper.core.secrets import filled_in, secret_keys, uses_secret
from sweeper.core.settings import RESERVED
from sweeper.core.start_folders import derived_key
from sweeper.core.values import flatten

_ELEMENT = lazy(r"[+~]*([^=]*)")


class Trials:
    """The trials of the distinct points so far, in order; `project` is the folder of their program."""

    def __init__(self, project: Path, secrets: SecretVariables | None = None) -> None:
        self.kept: list[Trial] = []
        self.repeated = 0
        self.config: dict[str, Any] = {}
        self.commands: set[tuple[tuple[str, ...], str]] = set()
        self.former_keys: dict[str, str] = {}
        self.project = project
        self._secrets = secrets or SecretVariables()
        self._unseen = set(self._secrets.listed)
        self._keys: dict[str, str] = {}
        self._program: tuple[Any, bool, TaskProgram] | None = None
        self._flattened: dict[Path, set[frozenset[str]]] = {}
        self._groups: set[str] = set()
        self._run_dir_is_configured = False
        self._choices: tuple[Mapping[str, Any], dict[str, str]] = ({}, {})

    def add(self, point: Point) -> None:
        """Add a point: it becomes a new trial, or is counted as repeated."""
        one = self._read_program(point)
        if point.deferred and not one.composes:
            check(point.deferred)
        trial = _trial(point, one, self._secrets, self._own_choices(point), len(self.kept))
        if self._keys.get(trial.key, trial.cwd) != trial.cwd:
            trial = replace(trial, key=derived_key(trial.key, trial.cwd))
        if trial.key in self._keys:
            self.repeated += 1
            return
        self._keys[trial.key] = trial.cwd
        self._look_at_groups(trial, one)
        if one.is_hydra and not (one.run_dir or any(map(names_run_dir, point.overrides))):
            self._run_dir_is_configured = True
        if trial.secrets:
            self.former_keys[trial.key] = _former_key(trial, one)
        if self._unseen:
            self._unseen -= {key for key in self._unseen if _has(trial.params, key)}
        self.commands.add((tuple(one.task.command), one.task.cwd))
        self.config = self.config or point.data
        self.kept.append(trial)

    def warning(self) -> str:
        """Return a warning about how a Hydra app runs, or "".

        Raises:
            UsageError: as in `_flattened_groups`.
        """
        flattened = self._flattened_groups()
        if flattened or not self._run_dir_is_configured or len(self.kept) == 1:
            return flattened
        return (
            "the configuration sets hydra.run.dir: trials that start in the same second share their folder if"
            " only the time tells them apart; 'hydra.run.dir=${oc.env:CVSWEEP_OUT}' gives each its own"
        )

    def _flattened_groups(self) -> str:
        """Return a warning if a Hydra app gets only the values of config groups chosen here, else "".

        Raises:
            UsageError: such a program cannot get the right configuration, since the options have different
                keys and must be chosen by name.
        """
        for script, shapes in self._flattened.items():
            name = script.name
            remedy = 'write "{overrides}" instead of "{args}" in task.command'
            if len(shapes) > 1:
                raise UsageError(
                    f"the points of this grid have different keys, but task.args_style=hydra gives {name}"
                    f" only values: it would keep the other keys of its own default options; {remedy}"
                )
            if self._groups:
                return (
                    f"{name} gets the values of {', '.join(sorted(self._groups))}, not the choice: what only"
                    f" its own default option has stays as it is; {remedy}"
                )
        return ""

    def check_settings(self, data: Mapping[str, Any]) -> None:
        """Refuse settings that would store the value of a secret; `add` checks the commands."""
        sections = {key: data[key] for key in RESERVED if key in data and key != "task"}
        refuse_in_settings(sections, self._secrets.learned)

    def check_secrets(self) -> None:
        """Refuse a name in sweep.secrets that no trial has: a misspelled name would hide nothing."""
        if self._unseen:
            name = min(self._unseen)
            known = {key for trial in self.kept for key, _ in flatten(trial.params, ".")}
            raise UsageError(
                f"sweep.secrets names {name}, which no trial has{did_you_mean(name, sorted(known))}"
            )

    def _read_program(self, point: Point) -> TaskProgram:
        # Most points share the same section object, which need not be checked ten thousand times.
        section, named = point.data.get("task"), point.names_run_dir
        if self._program is None or self._program[0] is not section or self._program[1] != named:
            found = program(read_task(section), self.project, run_dir_is_named=named)
            _refuse_secret_words(found, self._secrets)
            self._program = (section, named, found)
        return self._program[2]

    def _own_choices(self, point: Point) -> dict[str, str]:
        # Points that differ only in values share their choices.
        if self._choices[0] is not point.choices:
            self._choices = (point.choices, own_choices(point.choices))
        return self._choices[1]

    def _look_at_groups(self, trial: Trial, one: TaskProgram) -> None:
        if one.app is not None and one.flattens:
            self._flattened.setdefault(one.app, set()).add(frozenset(_names(trial.params, "")))
            named = {match[1] for text in trial.overrides if (match := _ELEMENT.match(text))}
            self._groups |= named & trial.choices.keys()


def of_format_1(trials: Iterable[Trial], former: Mapping[str, str] | None = None) -> list[Trial]:
    """Return the trials with the keys of sweeps of format 1, so that such a sweep recognizes its trials.

    Args:
        trials: the trials.
        former: these keys for trials with secrets, for which format 1 hashed the values themselves.
    """
    known = former or {}
    return [
        replace(one, key=known.get(one.key) or trial_key(one.params, without_run_dir(one.command)))
        for one in trials
    ]


def own_choices(choices: Mapping[str, Any]) -> dict[str, str]:
    """Return the choices that belong to a trial, without those of the sweep's settings and of Hydra."""
    return {
        group: option_text(option)
        for group, option in choices.items()
        if option is not None and top(group) not in NOT_SWEPT
    }


def option_text(option: str | Sequence[str]) -> str:
    """Return a choice as one text; several options are written as a list."""
    return option if isinstance(option, str) else f"[{','.join(option)}]"


def _trial(
    point: Point, one: TaskProgram, variables: SecretVariables, choices: dict[str, str], index: int
) -> Trial:
    """Make the trial of a point with the given index."""
    task = one.task
    deferred = [key for key in point.deferred if one.composes or not key.only_for_apps]
    hashed = raw(point.data, deferred) if deferred else point.data
    # A program that composes its own configuration resolves such values itself.
    params = _params(hashed if one.composes else point.data)
    overrides = own_overrides(point.overrides)
    secrets = secret_keys(params, variables.listed, variables.learned)
    command = render_command(one.to_run(point.overrides), params, overrides, secrets)
    if one.composes or one.app or deferred:
        key = trial_key(_params(hashed), _command_of_key(point, one, hashed, secrets), choices)
    else:
        key = trial_key(params, command, choices)
    return Trial(index, key, params, command, task.cwd, task.time_limit, choices, overrides, secrets)


def _command_of_key(point: Point, one: TaskProgram, hashed: Mapping[str, Any], secrets: Sequence[str]) -> str:
    """Return the form of the command that is hashed into the key of a trial.

    It does not depend on the time, on the order of overrides (their effect is in parameters and choices), or
    on the output folder of a Hydra app.
    """
    if hashed["task"] != point.data["task"]:
        return canonical_json(hashed["task"])
    return render_command(one.task, _params(hashed), (), secrets)


def _former_key(trial: Trial, one: TaskProgram) -> str:
    """Return the key of a trial in format 1, which hashed the values of secrets; it uses the current ones."""
    params = filled_in(trial.params, trial.secrets, os.environ)
    return trial_key(params, render_command(one.task, params, trial.overrides))


def _refuse_secret_words(one: TaskProgram, secrets: SecretVariables) -> None:
    """Refuse a command that uses a secret if its program does not resolve the reference itself."""
    found = uses_secret(one.task.command, secrets.learned)
    if found and not (one.composes or one.app or one.task.args_style == "hydra"):
        raise UsageError(
            f"task.command uses the value of {found}, a secret, and on a command line everybody on the"
            f" machine can read it: let the program read the environment variable {found} itself"
        )


def _has(params: Mapping[str, Any], key: str) -> bool:
    try:
        lookup(params, key.split("."))
    except KeyError:
        return False
    return True


def _params(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in RESERVED}


def _names(params: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in params.items():
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
