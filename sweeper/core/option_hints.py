"""Suggests what to type instead of an option that a command does not have."""

from __future__ import annotations

from argparse import SUPPRESS, Action
from collections.abc import Mapping

from sweeper.core.formatting import nearest
from sweeper.core.patterns import lazy

_UNKNOWN = "unrecognized arguments: "
_LONG_WITH_ONE_DASH = lazy(r"argument (-\w)/\S+ ignored explicit argument '([\w=-]+)'")

_OF_A_RUN = {
    "name": "sweep.name=NAME", "root": "sweep.root=DIR", "out": "sweep.root=DIR", "output": "sweep.root=DIR",
    "output-dir": "sweep.root=DIR", "jobs": "cluster.max_parallel=N", "j": "cluster.max_parallel=N",
    "n-jobs": "cluster.max_parallel=N", "parallel": "cluster.max_parallel=N",
    "workers": "cluster.max_parallel=N", "max-parallel": "cluster.max_parallel=N",
    "gpus": "cluster.gpus=N", "cluster": "cluster=NAME", "experiment": "experiment=NAME",
    "timeout": "task.time_limit=SECONDS", "time-limit": "task.time_limit=SECONDS",
    "retries": "retry.budgets.error=N", "metric": "results.metric=NAME", "command": "task.command=[...]",
    "background": "--detach", "bg": "--detach", "daemon": "--detach", "preview": "--dry-run",
    "config": "--config-name NAME", "sweep": "-m", "grid": "-m", "multi-run": "-m",
    "resume": "cvsweep resume", "retry": "cvsweep retry", "watch": "cvsweep status -w",
}  # fmt: skip
"""Options that users try for a run, and what to type instead."""

_OF_A_VERB = {
    "json": ("--output", "-o json"), "csv": ("--output", "-o csv"), "format": ("--output", "-o"),
    "filter": ("--where", "--where"), "query": ("--where", "--where"), "select": ("--where", "--where"),
    "group-by": ("--over", "--over"), "groupby": ("--over", "--over"), "mean": ("--over", "--over"),
    "limit": ("--top", "--top"), "head": ("--top", "--top"), "n": ("--top", "--top"),
    "best": ("--top", "--top 1"), "order-by": ("--sort", "--sort"), "desc": ("--reverse", "--reverse"),
    "live": ("--watch", "--watch"), "tail": ("--follow", "--follow"), "background": ("--detach", "--detach"),
    "bg": ("--detach", "--detach"), "browser": ("--open", "--open"), "force": ("--take-over", "--take-over"),
    "dir": ("--root", "--root"), "sweep-root": ("--root", "--root"),
}  # fmt: skip
"""Options that users try for verbs: the option that the verb must have, and what to type instead."""


def hint(message: str, options: Mapping[str, Action], *, run: bool = False) -> str:
    """Return a parser's message, with a suggestion if it names an option that the parser does not have.

    Args:
        message: the message of argparse.
        options: the parser's options, as they are typed (`--dry-run`, `-n`).
        run: whether it is the command line of a run, which also takes parameters.
    """
    one_dash = _LONG_WITH_ONE_DASH.match(message)
    if one_dash:
        word = f"-{one_dash[1]}{one_dash[2]}"
        meant = _near(word, options)
        return f"unrecognized arguments: {word[1:]} (did you mean {meant}?)" if meant else message
    if not message.startswith(_UNKNOWN):
        return message
    words = [word for word in message.removeprefix(_UNKNOWN).split(" ") if word.startswith("-")]
    found = list(dict.fromkeys(text for word in words if (text := _meant(word, options, run=run))))
    return f"{message} (did you mean {', '.join(found)}?)" if found else message


def _meant(word: str, options: Mapping[str, Action], *, run: bool) -> str | None:
    name, _, value = word.partition("=")
    bare = name.lstrip("-").lower().replace("_", "-")
    if run and bare in _OF_A_RUN:
        return _with_value(_OF_A_RUN[bare], value)
    wanted, typed = _OF_A_VERB.get(bare, ("", ""))
    if not run and wanted in options:
        return typed
    return _near(word, options) if len(bare) > 1 else None


def _near(word: str, options: Mapping[str, Action]) -> str | None:
    """Return the long option with the most similar name, compared without the dashes that all have."""
    name, equal, _ = word.lstrip("-").partition("=")
    fitting = [
        option[2:]
        for option, action in options.items()
        if option.startswith("--") and action.help != SUPPRESS and not (equal and action.nargs == 0)
    ]
    found = nearest(name, fitting)
    return f"--{found}" if found else None


def _with_value(text: str, value: str) -> str:
    """Return the text with the value that was typed: `--jobs=4` becomes cluster.max_parallel=4."""
    key, equal, _ = text.partition("=")
    return f"{key}={value}" if value and equal else text
