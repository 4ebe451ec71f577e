"""Writes parameters as `--key=value` for the argument style `argparse`, as a program's library reads them.

`task.args` selects the form. The defaults are those of argparse; docs/arguments.md has a table of other
libraries.

| `task.args.` | value     | becomes                                                                    |
| ------------ | --------- | -------------------------------------------------------------------------- |
| `bool`       | `value`   | `--amp=true`, `--amp=false`                                                |
|              | `flag`    | `--amp`, and nothing for false                                             |
|              | `no-flag` | `--amp`, `--no-amp`; nested: `--opt.no-amp`                                |
|              | `python`  | `--amp=True`, `--amp=False`; inside `[]` and `{}` as well, and there `None`|
| `list`       | `space`   | `--dims 8 16`                                                              |
|              | `repeat`  | `--dims=8 --dims=16`                                                       |
|              | `comma`   | `--dims=8,16`                                                              |
|              | `json`    | `--dims=[8,16]`                                                            |
| `dict`       | `dots`    | `--opt.lr=1`                                                               |
|              | `json`    | `--opt={"lr":1}`                                                           |
| `text`       | `plain`   | `--name=a b`                                                               |
|              | `python`  | `--name="a b"`, for a program that would read `8` as a number              |
| `none`       | `omit`    | nothing: the program's default                                             |
|              | `json`    | `--wd=null`                                                                |
|              | `python`  | `--wd=None`                                                                |
| `key`        | `as_is`   | `--batch_size=8`                                                           |
|              | `dash`    | `--batch-size=8`                                                           |

A value without an unambiguous form is refused: an empty list can be neither repeated nor written as a comma
list, and an element of a comma list cannot contain a comma.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from sweeper.core.errors import UsageError
from sweeper.core.model import Value, canonical_json
from sweeper.core.patterns import lazy
from sweeper.core.settings import ArgsSettings
from sweeper.core.values import distinct, flatten, literal, render_value, short_enough

# What argparse itself reads as a number and not as an option.
_NEGATIVE_NUMBER = lazy(r"-\d+|-\d*\.\d+")
# Text that a reader of comma lists (absl's reads CSV) would split, strip or unquote.
_BREAKS_COMMA_LIST = lazy(r"[\s\"].*|.*\s|.*[,\r\n].*|", re.DOTALL)
_PLAIN = frozenset((int, float, str))
_ELSEWHERE = "use task.args.list=json if the program reads JSON, or another task.args_style"


def option_words(args: ArgsSettings, params: Mapping[str, Value]) -> Iterator[str]:
    """Yield the words of the command line that pass all parameters.

    Raises:
        UsageError: a parameter cannot be written in the form that `args` selects.
    """
    pairs = flatten(params, ".") if args.dict == "dots" else list(params.items())
    if args.key == "dash":
        pairs = distinct([(key.replace("_", "-"), value) for key, value in pairs])
    for key, value in pairs:
        if "=" in key:
            raise UsageError(f"parameter {key!r}: a name that holds '=' cannot be given as --name=value")
        if type(value) in _PLAIN and args.text == "plain":  # the fast path: most values are of these types
            yield short_enough(key, f"--{key}={render_value(value)}")
            continue
        for word in _option(args, key, value):
            yield short_enough(key, word)


def _option(args: ArgsSettings, key: str, value: Value) -> Iterable[str]:
    if isinstance(value, list):
        return _LISTS[args.list](args, key, value)
    if value is None and args.none == "omit":
        return ()
    if isinstance(value, bool) and args.bool in ("flag", "no-flag"):
        return _flag(args, key, value)
    return (f"--{key}={_text(args, key, value)}",)


def _flag(args: ArgsSettings, key: str, on: bool) -> Iterator[str]:
    if on:
        yield f"--{key}"
    elif args.bool == "no-flag":
        group, dot, name = key.rpartition(".")
        yield f"--{group}{dot}no-{name}"


def _text(args: ArgsSettings, key: str, value: Value) -> str:
    """Return the text of one value that is not a list."""
    if value is None:
        return literal(key, None, python=args.none == "python")
    if isinstance(value, bool):
        return literal(key, value, python=args.bool == "python")
    if isinstance(value, dict) or (args.text == "python" and not isinstance(value, int)):
        return literal(key, value, python=args.bool == "python")
    return render_value(value)


def _spaced(args: ArgsSettings, key: str, values: list[Value]) -> Iterator[str]:
    yield f"--{key}"
    for value in values:
        text = _element(args, key, value)
        if text.startswith("-") and not _NEGATIVE_NUMBER.fullmatch(text):
            raise UsageError(
                f"parameter {key}: argparse would take the list's value {text!r} for an option; use"
                " task.args.list=repeat if the program collects a repeated option, or another task.args_style"
            )
        yield text


def _repeated(args: ArgsSettings, key: str, values: list[Value]) -> Iterator[str]:
    if not values:
        raise UsageError(
            f"parameter {key}: an empty list is not repeated at all (task.args.list=repeat), so the program"
            f" would use its default; {_ELSEWHERE}"
        )
    for value in values:
        yield f"--{key}={_element(args, key, value)}"


def _joined(args: ArgsSettings, key: str, values: list[Value]) -> Iterator[str]:
    texts = [_element(args, key, value) for value in values]
    if not texts:
        raise UsageError(
            f"parameter {key}: an empty list and a list of one empty text look the same as a comma list"
            " (task.args.list=comma); give the text '' instead if the program reads that as empty"
        )
    broken = next((text for text in texts if _BREAKS_COMMA_LIST.fullmatch(text)), None)
    if broken is not None:
        raise UsageError(
            f"parameter {key}: {broken!r} does not survive in a comma list (task.args.list=comma);"
            f" use task.args.list=repeat if the program collects a repeated option; or {_ELSEWHERE}"
        )
    yield f"--{key}={','.join(texts)}"


def _bracketed(args: ArgsSettings, key: str, values: list[Value]) -> Iterator[str]:
    yield f"--{key}={literal(key, values, python=args.bool == 'python')}"


def _element(args: ArgsSettings, key: str, value: Value) -> str:
    if value is None or isinstance(value, list | dict):
        raise UsageError(
            f"parameter {key}: a list that holds {canonical_json(value)} cannot be given word by word"
            f" (task.args.list={args.list}); {_ELSEWHERE}"
        )
    return _text(args, key, value)


_LISTS: dict[str, Callable[[ArgsSettings, str, list[Value]], Iterator[str]]] = {
    "space": _spaced,
    "repeat": _repeated,
    "comma": _joined,
    "json": _bracketed,
}
