"""What a program's source already tells: an option that its library would read as another value.

Only mistakes that would go unnoticed, or that make every trial fail, are looked for; a program that
cannot be judged by its source is left alone.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from sweeper.core.model import Value
from sweeper.core.settings import ArgsSettings
from sweeper.core.values import flat

_IMPORT = r"^\s*(?:import|from)\s+{}\b"
_FIRE = re.compile(_IMPORT.format("fire"), re.MULTILINE)
_TYRO = re.compile(_IMPORT.format("tyro"), re.MULTILINE)
_JSONARGPARSE = re.compile(_IMPORT.format("jsonargparse"), re.MULTILINE)
_PYTHON = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set)


def misreading(source: str, args: ArgsSettings, params: Mapping[str, Value]) -> str | None:
    """How the program of this source would misread a parameter, and the way out; None: nothing is known."""
    return next(_all(source, args, dict(flat(params, "."))), None)


def _all(source: str, args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    if _FIRE.search(source) and "SetParseFn" not in source:
        yield from _by_fire(args, values)
    if _TYRO.search(source) and "AppendAction" not in source:
        yield from _by_tyro(args, values)
    if not _JSONARGPARSE.search(source):  # its parsers read true and false with type=bool
        yield from _by_argparse(source, args, values)
    if args.bool == "flag":
        yield from _left_out(source, args, values)


def _by_fire(args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, list) and args.list in ("space", "repeat"):
            yield f"{key}: fire keeps one value of a list; set task.args.list=json"
        if args.bool == "value" and _has_bool(value):
            yield f"{key}: fire takes true and false for texts, and both count; set task.args.bool=python"
        if isinstance(value, str) and args.text == "plain" and _is_python(value):
            yield (
                f"{key}: fire makes another value of the text {value!r}; set task.args.text=python, or write"
                " what is meant as a number or a list"
            )


def _has_bool(value: Value) -> bool:
    return isinstance(value, bool) or (isinstance(value, list) and any(map(_has_bool, value)))


def _is_python(text: str) -> bool:
    """Does fire see anything but this very text?"""
    body = getattr(_parsed(text, "eval"), "body", None)
    if isinstance(body, ast.Name):
        return body.id != text.strip()
    return isinstance(body.operand if isinstance(body, ast.UnaryOp) else body, _PYTHON)


def _parsed(text: str, mode: Literal["exec", "eval"]) -> ast.AST | None:
    """The syntax of Python code; None: it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the user's code, which is not ours to judge
            return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _by_tyro(args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    for key, value in values.items():
        if args.list == "repeat" and _is_long(value):
            yield f"{key}: tyro keeps only the last of a repeated option; set task.args.list=space"


def _by_argparse(source: str, args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    for key, declared in _declared(source):
        value, action = values.get(key), declared.get("action", "store")
        if args.bool in ("value", "python") and value is False and declared.get("type") == "bool":
            yield (
                f"{key}: type=bool makes true of every text, so of 'false' too; declare it with"
                " action=argparse.BooleanOptionalAction, and set task.args.bool=no-flag"
            )
        if args.bool in ("value", "python") and isinstance(value, bool) and action == "store_true":
            yield f"{key}: action='store_true' takes no value; set task.args.bool=flag"
        if args.list == "repeat" and _is_long(value) and action == "store":
            yield f"{key}: argparse keeps only the last of a repeated option; set task.args.list=space"


def _left_out(source: str, args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    """Options that are no flags: false is left out like a flag, and their default may be another value."""
    for name, declared in (*_declared(source), *_clicked(source)):
        key = name.partition("/")[0].replace("-", "_" if args.key == "dash" else "-")
        value = values.get(key)
        if value is False and declared.get("default") != "False" and not _is_flag(declared):
            is_pair = "/" in name or declared.get("action", "").endswith("BooleanOptionalAction")
            way = "set task.args.bool=no-flag" if is_pair else f"write it as a text: \"{key}='false'\""
            yield f"{key}: false is left out (task.args.bool=flag), so the program uses its default; {way}"


def _is_flag(declared: Mapping[str, str]) -> bool:
    own = declared.get("action", "store").startswith("store_") or declared.get("is_flag") == "True"
    return own or "flag_value" in declared


def _is_long(value: Value) -> bool:
    return isinstance(value, list) and len(value) > 1


@lru_cache(maxsize=4)  # all trials of a sweep mostly run one script
def _declared(source: str) -> tuple[tuple[str, dict[str, str]], ...]:
    """The long options that calls of `add_argument` declare, each with the keywords as they are written."""
    tree = _parsed(source, "exec")
    return () if tree is None else tuple(_options(tree))


@lru_cache(maxsize=4)
def _clicked(source: str) -> tuple[tuple[str, dict[str, str]], ...]:
    """The same of click's decorators; a pair has the name `ema/--no-ema`."""
    tree = _parsed(source, "exec") if "option(" in source else None
    return () if tree is None else tuple(_options(tree, "option"))


def _options(tree: ast.AST, method: str = "add_argument") -> Iterator[tuple[str, dict[str, str]]]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and method in (
            getattr(call.func, "attr", ""),
            getattr(call.func, "id", ""),
        ):
            keywords = {word.arg: _written(word.value) for word in call.keywords if word.arg}
            for name in map(_written, call.args):
                if name.startswith("--"):
                    yield name[2:], keywords


def _written(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
