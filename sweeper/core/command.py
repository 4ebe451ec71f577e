"""How a trial's parameters become the shell text that runs it.

`task.command` is a list of words. Five placeholders are special in it, and nowhere else: `{args}`
(a word of its own) becomes the parameters, `{overrides}` (a word of its own) becomes the trial's
overrides as a person would type them to Hydra, `{out}`, `{code}` and `{checkpoints}` become the
folders of the attempt and may be part of a word. Everything else is literal, so nothing that a
parameter holds is ever read by a shell. `task.args_style` says how `{args}` spells the parameters:

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

- Keys stay as they are written: `_` and `-` are never swapped.
- argparse: `--key=value` in one word, so that a value may begin with `-`. A list is for `nargs="+"`:
  its values are words of their own, so one that begins with `-` and is no plain negative number is
  refused, and so are null and containers inside a list. Put `{args}` behind positional words.
- hydra: Hydra's own override grammar; a Hydra program receives the identical typed value.
- env: exported before the program starts, and `{args}` is empty. A list is JSON text.
- overrides: `{args}` is another name for `{overrides}`: a program that composes its own Hydra
  configuration gets `model=cnn`, and not the values that `model=cnn` has in ours.
- A value reads the same here and in the results table: text as it is, `true` and `false`, numbers
  as Python writes them, lists as JSON.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from sweeper.core.errors import UsageError
from sweeper.core.hydra_words import hydra_word
from sweeper.core.model import Value, canonical_json
from sweeper.core.settings import TaskSettings

OVERRIDES = "overrides"
"""The args_style of a program that composes its own Hydra configuration."""

_FOLDERS = {
    "{out}": '"$CVSWEEP_OUT"',
    "{code}": '"$CVSWEEP_CODE"',
    "{checkpoints}": '"$CVSWEEP_CHECKPOINT_DIR"',
}
_PLACEHOLDER = re.compile(r"(\{out\}|\{code\}|\{checkpoints\})")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What argparse itself takes for a number and not for an option.
_NEGATIVE_NUMBER = re.compile(r"-\d+|-\d*\.\d+")
# Read-only or alive in one shell or another: assigning them aborts the script or does nothing.
_SHELLS_OWN = frozenset({
    "_", "BASHOPTS", "BASHPID", "BASH_VERSINFO", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME",
    "GROUPS", "HISTCMD", "IFS", "LINENO", "OPTIND", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SRANDOM",
    "UID",
})  # fmt: skip
# Linux refuses to start a program with a longer single argument or variable (MAX_ARG_STRLEN).
_LONGEST_WORD = 131_071


def render_value(value: Value) -> str:
    """The text of a value, the same on a command line and in the results table; null is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return canonical_json(value)


def render_command(task: TaskSettings, params: Mapping[str, Value], overrides: Sequence[str] = ()) -> str:
    """The shell text that runs one trial: what its command.sh ends with.

    Args:
        overrides: what `{overrides}` becomes, one word each, in Hydra's grammar (`model=cnn`, `~old`).
    """
    if not task.command:
        raise UsageError(
            'no command: set task.command, for example task.command=[python,train.py,"{args}"],'
            " or choose an experiment that sets it"
        )
    for key, value in params.items():
        _check_text(key, value)
    style = _STYLES.get(task.args_style)
    if style is None:
        raise UsageError(f"task.args_style is one of {', '.join(_STYLES)}, not {task.args_style!r}")
    words_for = {"{args}": partial(style, params), "{overrides}": partial(_override_words, overrides)}
    if task.args_style == OVERRIDES:
        words_for["{args}"] = words_for["{overrides}"]
    if words_for.keys() <= set(task.command):
        raise UsageError("task.command: {args} and {overrides} both give the parameters; keep one of them")
    words = [word for template in task.command for word in _expand(template, words_for)]
    lines = _exports(params) if task.args_style == "env" else []
    return "\n".join([*lines, " ".join(["exec", *words])])


Style = Callable[[Mapping[str, Value]], Iterator[str]]


def _expand(template: str, words_for: Mapping[str, Callable[[], Iterator[str]]]) -> Iterator[str]:
    if template in words_for:
        yield from (shlex.quote(word) for word in words_for[template]())
        return
    inside = next((name for name in words_for if name in template), None)
    if inside is not None:
        raise UsageError(f"task.command: {inside} must be a word of its own, not part of {template!r}")
    _check_text("task.command", template)
    yield _template_word(template)


def _template_word(template: str) -> str:
    parts = _PLACEHOLDER.split(template)
    return "".join(_FOLDERS.get(part) or shlex.quote(part) for part in parts if part) or "''"


def _argparse_words(params: Mapping[str, Value]) -> Iterator[str]:
    for key, value in _flat(params, "."):
        if "=" in key:
            raise UsageError(f"parameter {key!r}: a name that holds '=' cannot be given as --name=value")
        if isinstance(value, list):
            yield f"--{key}"
            yield from (_argparse_element(key, element) for element in value)
        elif value is not None:
            yield _short_enough(key, f"--{key}={render_value(value)}")


def _argparse_element(key: str, element: Value) -> str:
    if element is None or isinstance(element, list | dict):
        raise UsageError(
            f"parameter {key}: a list that holds {canonical_json(element)} cannot be given to argparse;"
            " use task.args_style=json, hydra or env"
        )
    text = render_value(element)
    if text.startswith("-") and not _NEGATIVE_NUMBER.fullmatch(text):
        raise UsageError(
            f"parameter {key}: argparse would take the list's value {text!r} for an option;"
            " use task.args_style=json, hydra or env"
        )
    return _short_enough(key, text)


def _hydra_words(params: Mapping[str, Value]) -> Iterator[str]:
    for key, value in _flat(params, "."):
        yield _short_enough(key, hydra_word(key, value))


def _json_words(params: Mapping[str, Value]) -> Iterator[str]:
    yield _short_enough("(all parameters)", canonical_json(dict(params)))


def _override_words(overrides: Sequence[str]) -> Iterator[str]:
    for override in overrides:
        _check_text(override, override)
        yield _short_enough(override.partition("=")[0], override)


def _no_words(params: Mapping[str, Value]) -> Iterator[str]:
    return iter(())


_STYLES: dict[str, Style] = {
    "argparse": _argparse_words,
    "hydra": _hydra_words,
    "env": _no_words,
    "json": _json_words,
    OVERRIDES: _no_words,
}


def _exports(params: Mapping[str, Value]) -> list[str]:
    lines = []
    for name, value in _flat(params, "_"):
        _check_variable(name)
        if value is None:
            lines.append(f"unset {name}")
        else:
            text = _short_enough(name, render_value(value))
            lines.append(f"export {name}={_single_quoted(text)}")
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


def _single_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _flat(params: Mapping[str, Value], joint: str) -> Iterator[tuple[str, Value]]:
    """Nested keys joined by `joint`; two that would get the same name are refused."""
    seen: set[str] = set()
    for name, value in _walk(params, "", joint):
        if name in seen:
            raise UsageError(f"parameters: two different keys would both be written {name!r}; rename one")
        seen.add(name)
        yield name, value


def _walk(params: Mapping[str, Value], prefix: str, joint: str) -> Iterator[tuple[str, Value]]:
    for key, value in params.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{key}{joint}", joint)
        else:
            yield f"{prefix}{key}", value


def _check_text(key: str, value: Value) -> None:
    """Refuse what cannot be an argument of a program at all, under the name of its key."""
    if isinstance(value, str):
        if "\0" in value or not (value.isascii() or _encodes(value)):
            raise UsageError(f"parameter {key}: the text {value[:40]!r} cannot be passed to a program")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(f"{key}.{name}", name)
            _check_text(f"{key}.{name}", inner)
    elif isinstance(value, list):
        for inner in value:
            _check_text(key, inner)
    elif not (value is None or isinstance(value, bool | int | float)):
        raise UsageError(f"parameter {key}: a {type(value).__name__} cannot be passed to a program")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _short_enough(key: str, word: str) -> str:
    # A character is at most four bytes: only a long text needs counting.
    if len(word) * 4 >= _LONGEST_WORD and len(word.encode()) + len(key) + 1 > _LONGEST_WORD:
        raise UsageError(
            f"parameter {key}: {len(word.encode())} bytes are more than one argument can hold; keep"
            " such data in a file, or read $CVSWEEP_PARAMS in the program"
        )
    return word
