"""What is known of the program that trials run: is it a Hydra app, and where does it write?

A Hydra app makes its own output folder, named after the second in which it starts: trials that start
together would share it. So it gets its attempt's folder as an argument, unless somebody chose another.
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
"""What Hydra itself would do with a grid; cvsweep does that here."""
_LARGEST_SCRIPT = 1_000_000


@dataclass(frozen=True, slots=True)
class TaskProgram:
    """The program of a trial.

    `composes`: it gets overrides and makes its own configuration of them; `app` is the script of a Hydra
    app, None where the command starts another program or none that can be read here; `run_dir`: its output
    folder is ours to choose.
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
        """Does a Hydra app get every value of a config group, but never the group's option?"""
        return self.app is not None and self.task.args_style == "hydra" and ARGS in self.task.command

    def to_run(self, overrides: Sequence[str]) -> TaskSettings:
        """The task with what the overrides say to the app's Hydra, and its output folder."""
        words = [*self._for_hydra(overrides), *([RUN_DIR] if self.run_dir else [])]
        if not words:
            return self.task
        command = self.task.command
        place = next((at for at, word in enumerate(command, 1) if word in (ARGS, OVERRIDES)), len(command))
        return replace(self.task, command=[*command[:place], *words, *command[place:]])

    def _for_hydra(self, overrides: Sequence[str]) -> list[str]:
        if self.composes:
            return [text for text in overrides if _HYDRAS.match(text) and not _OF_A_GRID.match(text)]
        # With its parameters as values, a Hydra app cannot have our groups either.
        return [text for text in overrides if self.app and names_run_dir(text)]


def program(task: TaskSettings, project: Path, *, run_dir_is_named: bool) -> TaskProgram:
    """What a command starts.

    Args:
        project: the folder in which scripts are looked for.
        run_dir_is_named: the configuration that is composed here, or an override, sets `hydra.run.dir`.
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
    """Does an override say where a Hydra app writes?"""
    return _NAMES_RUN_DIR.match(override) is not None


def without_run_dir(command: str) -> str:
    """A rendered command as it was before Hydra apps got their output folder."""
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
            tree = ast.parse(text if b"hydra" in text else b"")  # few scripts are worth the time of a parse
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue  # that it cannot be read is for the interpreter to say
        call = _call_of_main(tree)
        if call is not None:
            return _HydraApp(script, _names_run_dir(script, call))
    return None


def source_files(one: EntryPoint, project: Path) -> Iterator[Path]:
    """Where the Python source of a script or module is in a project, if it is one of its files."""
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
    """How this file writes `hydra.main`: by the module's name, an alias of it, or its own."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {f"{one.asname or one.name}.main" for one in node.names if one.name == "hydra"}
        elif isinstance(node, ast.ImportFrom) and node.module in ("hydra", "hydra.main"):
            names |= {one.asname or one.name for one in node.names if one.name == "main"}
    return names


def _names_run_dir(script: Path, call: ast.Call) -> bool:
    """Does the configuration that the app itself starts from set its output folder?"""
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
