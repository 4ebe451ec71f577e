"""Finds out whether the program of a trial is a Hydra app, and where that writes its output.

A Hydra app creates an output folder that is named after the second in which it starts, so trials that start
at the same time would share it. Therefore it gets the attempt folder as an argument, unless another is
configured.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from sweeper.core.entry_points import CODE, EntryPoint, sources
from sweeper.core.patterns import lazy
from sweeper.core.placeholders import ARGS, OVERRIDES
from sweeper.core.settings import TaskSettings

RUN_DIR = "hydra.run.dir=${oc.env:CVSWEEP_OUT}"
_RUN_DIR_KEY = "hydra.run.dir"
_NAMES_RUN_DIR = lazy(r"\+*hydra\.run\.dir=")
_HYDRAS = lazy(r"[+~]*hydra[./=@]")
_OF_A_GRID = lazy(r"[+~]*hydra[./](mode|sweep|sweeper|launcher)\b")
"""Overrides about grids, which are for cvsweep and not for the app."""
_LARGEST_SCRIPT = 1_000_000


@dataclass(frozen=True, slots=True)
class TaskProgram:
    """The program of a trial.

    Attributes:
        task: the settings of the task.
        composes: whether it gets overrides and composes its own configuration.
        app: the script of a Hydra app; None if it is another program, or the script cannot be read here.
        run_dir: whether cvsweep chooses its output folder.
    """

    task: TaskSettings
    composes: bool
    app: Path | None
    run_dir: bool

    @property
    def is_hydra(self) -> bool:
        return self.composes or self.app is not None

    @property
    def flattens(self) -> bool:
        """Whether a Hydra app gets the values of config groups, but not the chosen options."""
        return self.app is not None and self.task.args_style == "hydra" and ARGS in self.task.command

    def to_run(self, overrides: Sequence[str]) -> TaskSettings:
        """Return the task with the overrides that are for the app's Hydra, and with its output folder."""
        words = [*self._for_hydra(overrides), *([RUN_DIR] if self.run_dir else [])]
        if not words:
            return self.task
        command = self.task.command
        place = next((at for at, word in enumerate(command, 1) if word in (ARGS, OVERRIDES)), len(command))
        return replace(self.task, command=[*command[:place], *words, *command[place:]])

    def _for_hydra(self, overrides: Sequence[str]) -> list[str]:
        if self.composes:
            return [text for text in overrides if _HYDRAS.match(text) and not _OF_A_GRID.match(text)]
        # A Hydra app that gets parameters as values cannot use our config groups either.
        return [text for text in overrides if self.app and names_run_dir(text)]


def program(task: TaskSettings, project: Path, *, run_dir_is_named: bool) -> TaskProgram:
    """Return the program that the command of a task starts.

    Args:
        task: the settings of the task.
        project: the folder in which scripts are searched.
        run_dir_is_named: whether the configuration that is composed here, or an override, sets
            `hydra.run.dir`.
    """
    composes = OVERRIDES in task.command or (task.args_style == "overrides" and ARGS in task.command)
    found = _hydra_app(task, project)
    named = (
        run_dir_is_named
        or any(map(names_run_dir, task.command))
        or (found is not None and found.names_run_dir)
    )
    return TaskProgram(
        task, composes, found.script if found else None, (composes or found is not None) and not named
    )


def names_run_dir(override: str) -> bool:
    """Whether an override sets the output folder of a Hydra app."""
    return _NAMES_RUN_DIR.match(override) is not None


def without_run_dir(command: str) -> str:
    """Return a rendered command without the output folder of Hydra apps, which old versions did not pass."""
    return command.replace(f" {shlex.quote(RUN_DIR)}", "")


@dataclass(frozen=True, slots=True)
class _HydraApp:
    script: Path
    names_run_dir: bool


def _hydra_app(task: TaskSettings, project: Path) -> _HydraApp | None:
    for script in chain.from_iterable(source_files(one, project) for one in sources(task.command)):
        try:
            if script.stat().st_size > _LARGEST_SCRIPT:
                continue
            text = script.read_bytes()
            tree = ast.parse(text if b"hydra" in text else b"")  # parsing is slow: skip scripts without Hydra
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue  # the interpreter will report the error
        call = _call_of_main(tree)
        if call is not None:
            return _HydraApp(script, _names_run_dir(script, call))
    return None


def source_files(one: EntryPoint, project: Path) -> Iterator[Path]:
    """Yield the paths at which a project may have the Python source of a script or module."""
    if not one.is_module:
        yield project / one.name.removeprefix(CODE)
        return
    for folder in (project, project / "src"):
        yield from (folder / f"{one.name.replace('.', '/')}{end}" for end in (".py", "/__main__.py"))


def _call_of_main(tree: ast.Module) -> ast.Call | None:
    names = _names_of_main(tree)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return next((call for call in calls if ast.unparse(call.func) in names), None)


def _names_of_main(tree: ast.Module) -> set[str]:
    """Return the names by which a file can call `hydra.main`, such as `hydra.main`, `h.main` and `main`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {f"{one.asname or one.name}.main" for one in node.names if one.name == "hydra"}
        elif isinstance(node, ast.ImportFrom) and node.module in ("hydra", "hydra.main"):
            names |= {one.asname or one.name for one in node.names if one.name == "main"}
    return names


def _names_run_dir(script: Path, call: ast.Call) -> bool:
    """Whether the app's own primary config sets its output folder."""
    given: dict[str, Any] = dict(zip(("config_path", "config_name"), map(_constant, call.args), strict=False))
    given |= {one.arg: _constant(one.value) for one in call.keywords if one.arg}
    folder, name = given.get("config_path"), given.get("config_name")
    if not (isinstance(folder, str) and isinstance(name, str)):
        return False
    try:
        found = yaml.safe_load((script.parent / folder / f"{name.removesuffix('.yaml')}.yaml").read_bytes())
    except (OSError, ValueError, yaml.YAMLError):
        return False
    for part in _RUN_DIR_KEY.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found is not None


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None
