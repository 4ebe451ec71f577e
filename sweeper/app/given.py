"""Checks that the program gets its parameters, if task.command has no `{args}`."""

from __future__ import annotations

from sweeper.app.spec import SweepSpec
from sweeper.core.placeholders import gives_parameters, keys_in_words
from sweeper.core.values import flatten


def not_given(spec: SweepSpec) -> str:
    """The line about parameters that the command does not have; empty if it has those that vary."""
    task = spec.config["task"]
    if task["args_style"] == "env" or gives_parameters(task["command"]):
        return ""
    first, last = spec.trials[0], spec.trials[-1]
    # What `${lr}` in the command has become; chance can agree with one trial, hardly with both.
    given = keys_in_words([first.command], first.params) & keys_in_words([last.command], last.params)
    varying = [key for key, _ in flatten(first.params, ".") if key in spec.swept]
    missing = [key for key in varying if key not in given]
    if given and not missing:
        return ""
    head = 'task.command has no "{args}"'
    if not given:
        return f"{head}: the program gets its parameters from $CVSWEEP_PARAMS alone"
    return f"{head} and does not name {', '.join(missing)}: only $CVSWEEP_PARAMS gives it to the program"
