"""Checks for options that the program would read as other values than those of the trial."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sweeper.app.spec import SweepSpec
from sweeper.compose.settings import read_task
from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.misreadings import misreading
from sweeper.core.model import Value
from sweeper.core.placeholders import ARGS


def refuse_misreadings(spec: SweepSpec, project: Path) -> None:
    """Raise UsageError if the script would misread a parameter of a trial, as far as its source shows."""
    task = read_task(spec.config["task"])
    if task.args_style != "argparse" or ARGS not in task.command:
        return
    from sweeper.app.program_sources import program_sources  # only now: no other task needs the readers

    script, texts = program_sources(task.command, project)
    if not texts:
        return
    for trial in spec.trials:
        found = misreading(texts, task.args, trial.params)
        # A trial with other task settings may run another program; then its command is different.
        if found and render_command(task, trial.params) == trial.command:
            raise UsageError(f"{script} would misread the parameter {found}")


def left_out(spec: SweepSpec) -> list[str]:
    """Return a remark for each swept parameter that is left out of the command of trials where it is null."""
    task = read_task(spec.config["task"])
    if task.args_style != "argparse" or task.args.none != "omit" or ARGS not in task.command:
        return []
    return [
        f"{key}=null is left out of the command, so the program uses its default there;"
        " task.args.none=json or python gives it the null"
        for key in spec.swept
        if any(_is_null(trial.params, key) for trial in spec.trials)
    ]


def _is_null(params: Mapping[str, Value], key: str) -> bool:
    first, dot, rest = key.partition(".")
    inner = params.get(first, "")
    return _is_null(inner, rest) if dot and isinstance(inner, dict) else inner is None
