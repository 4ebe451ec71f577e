"""Sweeps of a program or a Python function over a grid of Python values."""

from __future__ import annotations

import itertools
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sweeper import clusters
from sweeper.app.function_identity import identity
from sweeper.app.load_config import load
from sweeper.app.pickled import IMPORTS, RECORDER, pickle_task, runner
from sweeper.app.project_source import ProjectSource
from sweeper.app.spec import FUNCTION, Source, SweepSpec
from sweeper.compose.program import RUN_DIR
from sweeper.compose.settings import read_task
from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import Trial, Value, canonical_json, trial_key
from sweeper.core.placeholders import ARGS, OVERRIDES, gives_parameters
from sweeper.core.pythons import is_python
from sweeper.core.recognition.model import Program
from sweeper.core.recognition.outputs import output_word
from sweeper.core.recognition.recognize import recognise, recognise_plain
from sweeper.core.recognition.task_args import spelling
from sweeper.core.secrets import secret_keys
from sweeper.core.settings import RESERVED, ArgsSettings, Settings, TaskSettings
from sweeper.core.values import flatten
from sweeper.core.yaml_text import flow

Grid = Mapping[str, Any] | Iterable[Mapping[str, Any]]
"""Values for each parameter, whose combinations are the points; or the points themselves."""

ProgramWords = str | os.PathLike[str] | Sequence[str]
"""A script of the project, or the words of a command (`task.command`)."""

_CONFIG = "cvsweep-grid"
_GRID = "grid"
"""The key of a sweep's configuration that marks a sweep over a grid of Python values."""


def points_of(grid: Grid) -> list[dict[str, Value]]:
    """Return the points of a grid; the last parameter varies fastest.

    Raises:
        UsageError: the grid has no points, or a value that cannot be a parameter (see `_plain`).
    """
    if isinstance(grid, Mapping):
        axes = {name: _values(name, grid[key]) for name, key in _named(grid).items()}
        made = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    else:
        given = list(grid) if isinstance(grid, Iterable) and not isinstance(grid, str | bytes) else [grid]
        made = [{name: _plain(name, point[key]) for name, key in _named(point).items()} for point in given]
    if not made:
        raise UsageError("the grid has no points")
    return made


def grid_spec(
    program: Callable[..., Any] | ProgramWords,
    points: Sequence[Mapping[str, Value]],
    settings: Settings,
    project: Path,
    time_limit: float | None,
) -> SweepSpec:
    """Return a spec whose trials call a function with the parameters of a point, or run a program.

    The return value of a function is its metric. A script gets its parameters in the form in which it reads
    them according to its source.
    """
    here = clusters.of(settings.cluster).runs_here
    if callable(program):
        command, files = pickle_task({"function": program}, project, here=here)
        task, called = TaskSettings(command=command), getattr(program, "__name__", type(program).__name__)
        known = {FUNCTION: identity(program, project)}
    else:
        task, called = _task(program, project, sys.executable if here else "python", points)
        files = runner() if OVERRIDES in task.command else {}
        known = {}
    config = {"task": asdict(replace(task, time_limit=time_limit)), _GRID: True, **known}
    return _spec(points, settings, project, config, called, files)


def added_spec(
    config: Mapping[str, Any],
    points: Sequence[Mapping[str, Value]],
    settings: Settings,
    project: Path,
    called: str,
) -> SweepSpec:
    """Return more points of a sweep that was made of a grid; `config` and `called` are those of the sweep."""
    return _spec(points, settings, project, config, called, {})


def is_of_a_grid(config: Mapping[str, Any]) -> bool:
    """Whether a sweep with this configuration was made of a grid of Python values."""
    return bool(config.get(_GRID))


def read_grid_settings(
    overrides: Sequence[str], cluster: str | None, name: str | None, project: Path, keys: Iterable[str]
) -> tuple[Settings, float | None]:
    """Return the settings of a sweep without its own configuration, and its trials' time limit in seconds.

    The settings are cvsweep's defaults with the overrides. Clusters of the project's configs/cluster can be
    used, too.

    Args:
        overrides: settings of cvsweep's own sections, as on the command line.
        cluster: the name of a cluster configuration; None: `local`.
        name: the name of the sweep; None: that of the overrides, if any.
        project: the folder of the project.
        keys: the parameters, which `sweep.secrets` may name.

    Raises:
        UsageError: an override is wrong, or sets something else.
    """
    known = {key.lstrip("+").partition(".")[0] for key in keys} - set(RESERVED)
    with tempfile.TemporaryDirectory(prefix="cvsweep-") as folder:
        path = Path(folder, f"{_CONFIG}.yaml")
        path.write_text(
            f"defaults: [{{cluster: {flow(cluster or 'local')}}}, {{retry: default}}, _self_]\n"
            "task: {command: ['true', '{args}']}\n"
            + "".join(f"{flow(key)}: null\n" for key in sorted(known)),
            encoding="utf-8",
        )
        named = [hydra_word("sweep.name", name)] if name is not None else []
        source = Source((*overrides, *named), False, Path(folder), _CONFIG)
        found = load(source, project)
    given = {
        key: value for key, value in found.trials[0].params.items() if key not in known or value is not None
    }
    if given:
        raise UsageError(
            f"overrides set {', '.join(given)}, which is no setting: parameters belong to the grid"
        )
    return found.settings, found.trials[0].time_limit


def _spec(
    points: Sequence[Mapping[str, Value]],
    settings: Settings,
    project: Path,
    config: Mapping[str, Any],
    called: str,
    files: Mapping[str, bytes],
) -> SweepSpec:
    command = read_task(config["task"]).command
    started = command[:1] if FUNCTION in config else command  # the other words name files of the sweep folder
    trials = _trials(config, points, settings.sweep.secrets)
    distinct = {one.key: one for one in reversed(trials)}
    kept = [one for one in trials if distinct[one.key] is one]
    most = settings.sweep.max_trials
    if len(kept) > most:
        raise UsageError(
            f"the grid has {len(kept):,} points, more than sweep.max_trials={most:,};"
            f" to run them all give sweep.max_trials={len(kept)}"
        )
    keys = dict.fromkeys(key for one in kept for key in one.params)
    varying = [key for key in keys if len({canonical_json([one.params.get(key)]) for one in kept}) > 1]
    return SweepSpec(
        trials=tuple(replace(one, index=index) for index, one in enumerate(kept)),
        settings=settings,
        project=project,
        config=config,
        swept=tuple(varying or keys),
        experiment=called,
        programs=frozenset({(started[0], "code")}),
        commands=frozenset({(tuple(started), "code")}),
        repeated=len(trials) - len(kept),
        files=files,
    )


def _trials(
    config: Mapping[str, Any], points: Sequence[Mapping[str, Value]], listed: Sequence[str]
) -> list[Trial]:
    task = read_task(config["task"])
    if FUNCTION in config:
        of_function, command = config[FUNCTION], f"exec {' '.join(task.command)}"
        return [
            Trial(
                index,
                trial_key(point, of_function),
                dict(point),
                command,
                time_limit=task.time_limit,
                secrets=secret_keys(point, listed),
            )
            for index, point in enumerate(points)
        ]
    first, *rest = task.command
    # The key does not depend on the path of Python, but on that of any other program.
    in_key = replace(task, command=["python" if is_python(first) else first, *rest])
    is_hydra = OVERRIDES in task.command
    run = replace(task, command=[*task.command, RECORDER, RUN_DIR]) if is_hydra else task
    trials = []
    for index, point in enumerate(points):
        params = {key.lstrip("+"): value for key, value in point.items()}
        overrides = tuple(_override(key, value) for key, value in point.items())
        secrets = secret_keys(params, listed)
        key = trial_key(params, render_command(in_key, params, overrides, secrets))
        command = (IMPORTS if is_hydra else "") + render_command(run, params, overrides, secrets)
        limit = task.time_limit
        trials.append(
            Trial(index, key, params, command, time_limit=limit, overrides=overrides, secrets=secrets)
        )
    return trials


def _task(
    program: ProgramWords, project: Path, python: str, points: Sequence[Mapping[str, Value]]
) -> tuple[TaskSettings, str]:
    """Return the task settings that run a program with parameters, and the name of its experiment."""
    if not isinstance(program, str | os.PathLike):
        words = [str(word) for word in program]
        if not words:
            raise UsageError("the command has no words")
        style = "env" if _names_variables(words, points) else "argparse"
        return TaskSettings(command=words, args_style=style), Path(words[0]).stem
    script = os.fspath(program)
    path = os.path.relpath(script, project) if os.path.isabs(script) else script
    if not (project / path).is_file():
        raise UsageError(f"there is no file {path} in {project}")
    source = ProjectSource(project, path)
    found = (recognise(source.source) or recognise_plain(source.source)) if source.source else None
    head = ["sh" if source.is_shell else python, path]
    return _recognised(found, head), Path(path).stem


def _names_variables(words: Sequence[str], points: Sequence[Mapping[str, Value]]) -> bool:
    """Whether words get their parameters in no other way, and name each of them as a shell variable."""
    text = "\n".join(words)
    if gives_parameters(words) or "CVSWEEP_PARAMS" in text:
        return False
    names = {name for point in points for name, _ in flatten(point, "_")}
    return bool(names) and all(
        re.search(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\b)", text) for name in names
    )


def _recognised(program: Program | None, head: list[str]) -> TaskSettings:
    if program is None:
        return TaskSettings(command=[*head, ARGS])
    if program.app is not None:
        return TaskSettings(command=[*head, OVERRIDES], args_style="overrides")
    if program.by_position:
        raise UsageError(
            f"{head[-1]} reads its parameters by position: give the words of its command instead, as in"
            ' sweep(["sh", "-c", "exec ./run.sh $lr"], ...)'
        )
    if program.style == "env":
        return TaskSettings(command=head, args_style="env")
    outputs = [word for one in program.options if (word := output_word(program, one))]
    args = ArgsSettings(**spelling(program))
    return TaskSettings(command=[*head, *program.words, *outputs, ARGS], args_style=program.style, args=args)


def _override(key: str, value: Value) -> str:
    prefix = key[: len(key) - len(key.lstrip("+"))]
    return prefix + hydra_word(key.lstrip("+"), value)


def _values(key: str, given: Any) -> list[Value]:
    """Return the values of a parameter: the items of a list, a range or an array; a text is one value."""
    is_one = isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable)
    if is_one or getattr(given, "ndim", None) == 0:  # an array of no dimension is a number
        return [_plain(key, given)]
    return [_plain(key, value) for value in given]


def _named(given: Any) -> dict[str, Any]:
    """Return the keys of a point or a grid by their names; raise UsageError if two names are the same."""
    if not isinstance(given, Mapping):
        raise UsageError(f"a grid is a dict of values, or a list of points that are dicts, not {given!r:.80}")
    names = {str(key): key for key in given}
    if len({name.lstrip("+") for name in names}) < len(given):
        raise UsageError(f"two keys of {given!r:.80} have the same name")
    return names


def _plain(key: str, value: Any) -> Value:
    if hasattr(value, "tolist"):  # a numpy value
        value = value.tolist()
    if value is None or type(value) in (bool, int, float, str):
        return value
    kinds: tuple[Any, ...] = (str, int, float)
    for plain in kinds:
        if isinstance(value, plain):  # a program would get the text that its class makes of it
            return plain.__getnewargs__(value)[0]
    if isinstance(value, Mapping):
        return {str(name): _plain(key, one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(key, one) for one in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise UsageError(f"{key}: a value of type {type(value).__name__} cannot be a parameter")
