"""What is known of the program that trials run: is it a Hydra app, and where does it write?

A Hydra app makes its own output folder, named after the second in which it starts: trials that start
together would share it. So it is told to use its attempt's folder, unless somebody chose another.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sweeper.core.placeholders import ARGS, OVERRIDES
from sweeper.core.settings import TaskSettings

RUN_DIR = "hydra.run.dir=${oc.env:CVSWEEP_OUT}"
_RUN_DIR_KEY = "hydra.run.dir"
_LARGEST_SCRIPT = 1_000_000


@dataclass(frozen=True, slots=True)
class Program:
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
    def flattens(self) -> bool:
        """Does a Hydra app get every value of a config group, but never the group's option?"""
        return self.app is not None and self.task.args_style == "hydra" and ARGS in self.task.command

    def to_run(self, overrides: Sequence[str]) -> TaskSettings:
        """The task with an output folder for its Hydra app; one that the overrides name wins."""
        if not self.run_dir:
            return self.task
        command = self.task.command
        given = [text for text in overrides if text.startswith(f"{_RUN_DIR_KEY}=")]
        place = next((at for at, word in enumerate(command, 1) if word in (ARGS, OVERRIDES)), len(command))
        return replace(self.task, command=[*command[:place], *(given[-1:] or [RUN_DIR]), *command[place:]])


def program(task: TaskSettings, project: Path, *, names_run_dir: bool) -> Program:
    """What a command starts.

    Args:
        project: the folder in which scripts are looked for.
        names_run_dir: the configuration that is composed here sets `hydra.run.dir`.
    """
    composes = OVERRIDES in task.command or (task.args_style == "overrides" and ARGS in task.command)
    found = _hydra_app(task, project)
    named = (
        names_run_dir
        or any(word.startswith(f"{_RUN_DIR_KEY}=") for word in task.command)
        or (found is not None and found.names_run_dir)
    )
    return Program(
        task, composes, found.script if found else None, (composes or found is not None) and not named
    )


def without_run_dir(command: str) -> str:
    """A rendered command as it was before Hydra apps were told their output folder."""
    return command.replace(f" {shlex.quote(RUN_DIR)}", "")


@dataclass(frozen=True, slots=True)
class _HydraApp:
    script: Path
    names_run_dir: bool


def _hydra_app(task: TaskSettings, project: Path) -> _HydraApp | None:
    for script in _scripts(task.command, project):
        try:
            if script.stat().st_size > _LARGEST_SCRIPT:
                continue
            tree = ast.parse(script.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue  # that it cannot be read is for the interpreter to say
        call = _call_of_main(tree)
        if call is not None:
            return _HydraApp(script, _names_run_dir(script, call))
    return None


def _scripts(command: Sequence[str], project: Path) -> Iterator[Path]:
    """Files of the project that the words of a command may start: `train.py`, `-m pkg.train`."""
    for before, word in zip(["", *command], command, strict=False):
        if word.endswith(".py"):
            yield project / word.removeprefix("{code}/")
        elif before == "-m" and "{" not in word:
            module = word.replace(".", "/")
            for folder in (project, project / "src"):
                yield from (folder / f"{module}{end}" for end in (".py", "/__main__.py"))


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
