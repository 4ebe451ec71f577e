"""Detects in a program's source that its library would read an option as a different value.

Only mistakes that would go unnoticed, or that make every trial fail, are looked for. No mistake is reported
for a program that cannot be judged by its source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sweeper.core.declared_options import Declared, declared_options
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.python_syntax import expression_syntax
from sweeper.core.settings import ArgsSettings
from sweeper.core.type_bool import is_type_bool, may_mean_another_bool, type_bool_problem
from sweeper.core.values import flatten

_IMPORT = r"^\s*(?:import|from)\s+{}\b"
_FIRE = lazy(_IMPORT.format("fire"), re.MULTILINE)
_TYRO = lazy(_IMPORT.format("tyro"), re.MULTILINE)
_JSONARGPARSE = lazy(_IMPORT.format("jsonargparse"), re.MULTILINE)
_PYTHON = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set)


def misreading(sources: Sequence[str], args: ArgsSettings, params: Mapping[str, Value]) -> str | None:
    """Return how the program would misread a parameter, and the remedy; None if no mistake is known.

    Args:
        sources: the script, and what it uses of the project's other modules.
        args: how options are written.
        params: the parameters of a trial.
    """
    return next(_all(_facts(tuple(sources)), args, params), None)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the sources show. `plain`: argparse reads its options by its own rules, without changed types."""

    fire: bool
    tyro: bool
    plain: bool
    options: Mapping[str, Sequence[Declared]]

    @property
    def has_flags(self) -> bool:
        return any(one.is_flag for declared in self.options.values() for one in declared)


@lru_cache(maxsize=4)  # all trials of a sweep usually run one script
def _facts(sources: tuple[str, ...]) -> _Facts:
    text = "\n".join(sources)
    own_rules = _JSONARGPARSE.search(text) is not None or may_mean_another_bool(text)
    # The first source with a parser has the program's own parser; other parsers may never be called.
    first = next((one for one in sources if _is_fire(one) or _is_tyro(one) or declared_options([one])), "")
    return _Facts(
        fire=_is_fire(first) and "SetParseFn" not in text,
        tyro=_is_tyro(first) and "AppendAction" not in text,
        plain=not own_rules,
        options=declared_options(sources),
    )


def _is_fire(source: str) -> bool:
    return "Fire(" in source and _FIRE.search(source) is not None


def _is_tyro(source: str) -> bool:
    return "cli" in source and _TYRO.search(source) is not None


def _all(facts: _Facts, args: ArgsSettings, params: Mapping[str, Value]) -> Iterator[str]:
    if facts.fire:
        yield from _by_fire(args, dict(flatten(params, ".")))
    if facts.tyro:
        yield from _by_tyro(args, dict(flatten(params, ".")))
    for key, value in flatten(params, ".") if args.dict == "dots" else params.items():
        declared = facts.options.get(key.replace("_", "-") if args.key == "dash" else key, ())
        problems = [_problem(facts, one, args, key, value) for one in declared]
        # If several parsers have an option, it is certainly misread only if each of them misreads it.
        if problems and all(problems):
            yield from filter(None, problems[:1])


def _problem(facts: _Facts, option: Declared, args: ArgsSettings, key: str, value: Value) -> str | None:
    if option.library == "argparse" and facts.plain:
        of_bool = is_type_bool(option)
        if of_bool and (found := type_bool_problem(option, args, key, value, has_flags=facts.has_flags)):
            return found
        if args.bool in ("value", "python") and isinstance(value, bool) and option.action == "store_true":
            return f"{key}: action='store_true' takes no value; set task.args.bool=flag"
        if args.list == "repeat" and _is_long(value) and option.action == "store":
            return f"{key}: argparse keeps only the last of a repeated option; set task.args.list=space"
    return _left_out(option, key) if args.bool == "flag" and value is False else None


def _left_out(option: Declared, key: str) -> str | None:
    """Return the problem that false is left out although the option is no flag, so its default applies."""
    if option.keywords.get("default") == "False" or option.is_flag:
        return None
    way = "set task.args.bool=no-flag" if option.is_pair else f"write it as a text: \"{key}='false'\""
    return f"{key}: false is left out (task.args.bool=flag), so the program uses its default; {way}"


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
    """Whether fire reads the text as a value other than exactly this text."""
    body = expression_syntax(text)
    if isinstance(body, ast.Name):
        return body.id != text.strip()
    return isinstance(body.operand if isinstance(body, ast.UnaryOp) else body, _PYTHON)


def _by_tyro(args: ArgsSettings, values: Mapping[str, Value]) -> Iterator[str]:
    for key, value in values.items():
        if args.list == "repeat" and _is_long(value):
            yield f"{key}: tyro keeps only the last of a repeated option; set task.args.list=space"


def _is_long(value: Value) -> bool:
    return isinstance(value, list) and len(value) > 1
