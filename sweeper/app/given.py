"""Checks that the program gets its parameters if task.command has no `{args}`."""

from __future__ import annotations

from sweeper.app.spec import FUNCTION, SweepSpec
from sweeper.core.placeholders import gives_parameters, keys_in_words
from sweeper.core.values import flatten


def not_given(spec: SweepSpec) -> str:
    """Return a message about parameters that the command does not contain; empty if it has all that vary."""
    task = spec.config["task"]
    if FUNCTION in spec.config:
        return ""
    if task["args_style"] == "env" or gives_parameters(task["command"]):
        return ""
    first, last = spec.trials[0], spec.trials[-1]
    # `${lr}` in the command is already replaced by its value, so the values are searched for. A value may
    # occur in the command of one trial by chance, but hardly in those of two.
    given = keys_in_words([first.command], first.params) & keys_in_words([last.command], last.params)
    varying = [key for key, _ in flatten(first.params, ".") if key in spec.swept]
    missing = [key for key in varying if key not in given]
    if given and not missing:
        return ""
    head = 'task.command has no "{args}"'
    if not given:
        return f"{head}: the program gets its parameters from $CVSWEEP_PARAMS alone"
    return f"{head} and does not name {', '.join(missing)}: only $CVSWEEP_PARAMS gives it to the program"
