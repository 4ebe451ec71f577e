"""Tells trials apart that have the same parameters and choices, but were given different commands.

The command was edited between two runs of a named sweep, or the grid is one of `task.command`.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator, Sequence

from sweeper.core.model import Trial, Value
from sweeper.core.secrets import shown_command
from sweeper.core.values import render_value
from sweeper.core.varying import leaves

_OF_ONE_JOB = ("hydra.job.num=", "hydra.job.id=", "hydra.run.dir=", "CVSWEEP_RESULTS_DIR=")
"""The start of words that differ between any two jobs of a Hydra app."""
_RUNNER = "cvsweep_trial.py"
"""A program that gets a file and, for a job of a Hydra app, the number of the job."""


def command_variants(trials: Sequence[Trial], points: Sequence[Hashable]) -> list[str] | None:
    """Return a text for the command of each trial, without the values of its parameters.

    Args:
        trials: the trials.
        points: one value for each trial, equal for trials with the same parameters and choices.

    Returns:
        The texts, distinct for trials with the same point; None if no two trials have the same point.
    """
    if len(set(points)) == len(points):
        return None
    seen: dict[tuple[Hashable, str], int] = {}
    found = []
    for point, trial in zip(points, trials, strict=True):
        text = _command(trial)
        number = seen[point, text] = seen.get((point, text), 0) + 1
        found.append(text if number == 1 else f"{text} ({number})")
    return found


def _command(trial: Trial) -> str:
    command = shown_command(trial)
    try:
        words = shlex.split(command)
    except ValueError:  # text for a shell that a user wrote, with a quotation mark in a comment
        return command
    return " ".join(_without_values(trial, words)).removeprefix("exec ")


def _without_values(trial: Trial, words: Sequence[str]) -> Iterator[str]:
    params = dict(leaves(trial.params))
    names = {_name(name) for name in (*params, *trial.choices)}
    values = {text for value in params.values() for text in _texts(value)}
    for at, word in enumerate(words):
        key, equals, _ = word.partition("=")
        is_number = at >= 2 and word.isdigit() and words[at - 2].endswith(_RUNNER)
        if is_number or word.startswith(_OF_ONE_JOB):
            continue
        if equals and _name(key) in names:
            yield f"{key}="
        else:
            yield "_" if word in values else word


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    yield render_value(value)
    yield str(value)


def _name(key: str) -> str:
    """Return the key as a configuration has it: `--batch-size` and `+batch_size` become `batch_size`."""
    return key.lstrip("-+~").partition("@")[0].replace("-", "_")
