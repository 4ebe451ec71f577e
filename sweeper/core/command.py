"""Builds the shell text that runs a trial, from `task.command` and the trial's parameters.

`task.command` is a list of words. These placeholders are special in it, and nowhere else:

- `{args}` becomes the parameters, `{overrides}` the trial's overrides as one types them for Hydra. Each
  must be a whole word, and a command has one of the two at most.
- `{out}`, `{code}` and `{checkpoints}` become the folders of the attempt, `{params}` and
  `{params.yaml}` the path of its parameter file. They may be part of a word.

A name in braces that is similar to one of these is refused. Everything else is literal, so a shell never
interprets the value of a parameter. `task.args_style` selects how `{args}` passes the parameters:

| value           | argparse             | hydra               | env                   | json |
| --------------- | -------------------- | ------------------- | --------------------- | ---- |
| `lr: 0.001`     | `--lr=0.001`         | `lr=0.001`          | `lr='0.001'`          | one  |
| `name: a b`     | `--name=a b`         | `name='a b'`        | `name='a b'`          | word |
| `amp: true`     | `--amp=true`         | `amp=true`          | `amp='true'`          | that |
| `amp: false`    | `--amp=false`        | `amp=false`         | `amp='false'`         | holds|
| `wd: null`      | left out             | `wd=null`           | `wd` is unset         | the  |
| `dims: [8, 16]` | `--dims 8 16`        | `dims=[8,16]`       | `dims='[8,16]'`       | whole|
| `opt: {lr: 1}`  | `--opt.lr=1`         | `opt.lr=1`          | `opt_lr='1'`          | JSON |
| `batch_size: 8` | `--batch_size=8`     | `batch_size=8`      | `batch_size='8'`      | text |
| `batch-size: 8` | `--batch-size=8`     | `batch-size=8`      | refused               |      |

- argparse: options, for argparse and other option parsers; `task.args` (core/options.py) defines the
  format of each kind of value. `--key=value` is one word, so a value may begin with `-`. A list is for
  `nargs="+"`: its values are separate words, so a value that begins with `-` and is not a plain negative
  number is refused, and so are null and containers inside a list. Put `{args}` after positional words.
- hydra: Hydra's own override grammar; a Hydra program receives the identical typed value.
- env: exported before the program starts, and `{args}` is empty. A list is JSON text.
- overrides: `{args}` is another name for `{overrides}`: a program that composes its own Hydra
  configuration gets `model=cnn`, and not the values of `model=cnn` in the configuration of the sweep.
- The value of a secret that refers to an environment variable (`${oc.env:DB_PASSWORD}`, core/secrets.py) is
  never put on a command line: hydra and overrides pass the reference, with env the shell fills in the value,
  and the other styles refuse it. An attempt without that variable ends before its program starts.
- Keys do not change: `_` and `-` are swapped only if `task.args.key` requires it.
- The text of a value is the same here and in the results table: text as it is, `true` and `false`, numbers
  as Python writes them, lists as JSON; `task.args` can change that for a program that expects another format.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from sweeper.core.errors import NoCommandError, UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import Value, canonical_json
from sweeper.core.options import option_words
from sweeper.core.patterns import lazy
from sweeper.core.placeholders import ARGS, OVERRIDES, path_word
from sweeper.core.references import expansion, refuse_on_command_line, single_quoted
from sweeper.core.secrets import references
from sweeper.core.settings import ArgsSettings, TaskSettings
from sweeper.core.shell_name import refuse_lost_as_name
from sweeper.core.values import check_text, flatten, render_value, short_enough

_IDENTIFIER = lazy(r"[A-Za-z_][A-Za-z0-9_]*")
# Read-only or special in some shell: to assign them aborts the script or does nothing.
_SHELLS_OWN = frozenset({
    "_", "BASHOPTS", "BASHPID", "BASH_VERSINFO", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME",
    "GROUPS", "HISTCMD", "IFS", "LINENO", "OPTIND", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SRANDOM",
    "UID",
})  # fmt: skip
_quoted = lru_cache(maxsize=1024)(shlex.quote)  # trials have most of their words in common
_STYLES = ("argparse", "hydra", "env", "json", "overrides")


def render_command(
    task: TaskSettings,
    params: Mapping[str, Value],
    overrides: Sequence[str] = (),
    secrets: Collection[str] = (),
) -> str:
    """Return the shell text that runs one trial: the last lines of its command.sh.

    Args:
        task: the settings of the section `task`.
        params: the parameters.
        overrides: the words for `{overrides}`, in Hydra's grammar (`model=cnn`, `~old`).
        secrets: the dotted keys of the parameters that may refer to environment variables.

    Raises:
        NoCommandError: there is no command.
        UsageError: the settings contradict each other, or a value cannot be passed in this way.
    """
    _check_task(task)
    for key, value in params.items():
        check_text(key, value)
    pairs = flatten(params, ".") if secrets else ()
    referring = {key: value for key, value in pairs if key in secrets and references(value)}
    words = [
        word for template in task.command for word in _expand(template, task, params, overrides, referring)
    ]
    lines = _exports(params, referring) if task.args_style == "env" else []
    return "\n".join([*lines, " ".join(["exec", *words])])


def _check_task(task: TaskSettings) -> None:
    if not task.command:
        raise NoCommandError(
            "no command: set task.command, for example 'task.command=[python,train.py,\"{args}\"]',"
            " or choose an experiment that sets it"
        )
    if task.args_style not in _STYLES:
        raise UsageError(f"task.args_style is one of {', '.join(_STYLES)}, not {task.args_style!r}")
    if task.args_style != "argparse" and task.args != ArgsSettings():
        raise UsageError(
            "task.args says how options are written, and means nothing where task.args_style is"
            f" {task.args_style}: leave one of them out"
        )
    if {ARGS, OVERRIDES} <= set(task.command):
        raise UsageError(f"task.command: {ARGS} and {OVERRIDES} both give the parameters; keep one of them")
    if task.args_style != "env":
        refuse_lost_as_name(task.command)


def _expand(
    template: str,
    task: TaskSettings,
    params: Mapping[str, Value],
    overrides: Sequence[str],
    referring: Mapping[str, Value],
) -> Iterator[str]:
    if template == OVERRIDES or (template == ARGS and task.args_style == "overrides"):
        yield from map(_quoted, _override_words(overrides))
    elif template == ARGS:
        yield from map(_quoted, _args_words(task, params, referring))
    else:
        check_text("task.command", template)
        yield path_word(template)


def _args_words(
    task: TaskSettings, params: Mapping[str, Value], referring: Mapping[str, Value]
) -> Iterator[str]:
    if task.args_style in ("argparse", "json"):
        refuse_on_command_line(referring)
    if task.args_style == "argparse":
        yield from option_words(task.args, params)
    elif task.args_style == "hydra":
        for key, value in flatten(params, "."):
            yield short_enough(key, hydra_word(key, value, live=key in referring))
    elif task.args_style == "json":
        yield short_enough("(all parameters)", canonical_json(dict(params)))


def _override_words(overrides: Sequence[str]) -> Iterator[str]:
    for override in overrides:
        check_text(override, override)
        yield short_enough(override.partition("=")[0], override)


def _exports(params: Mapping[str, Value], referring: Mapping[str, Value]) -> list[str]:
    """Return the lines that set the variables; those that refer to another variable come first."""
    secret = {key.replace(".", "_"): value for key, value in referring.items()}
    lines = []
    for name, value in sorted(flatten(params, "_"), key=lambda pair: pair[0] not in secret):
        _check_variable(name)
        if name in secret:
            lines.append(expansion(name, value))
        elif value is None:
            lines.append(f"unset {name}")
        else:
            text = short_enough(name, render_value(value))
            lines.append(f"export {name}={single_quoted(text)}")
    return lines


def _check_variable(name: str) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise UsageError(
            f"parameter {name!r} cannot be an environment variable (letters, digits and _ only);"
            " rename it or use another task.args_style"
        )
    if name.startswith("CVSWEEP_") or name in _SHELLS_OWN:
        owner = "cvsweep" if name.startswith("CVSWEEP_") else "the shell"
        raise UsageError(
            f"parameter {name}: {owner} keeps this environment variable for itself;"
            " rename it or use another task.args_style"
        )
