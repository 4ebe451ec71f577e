"""Conditions on rows, as people write them: `lr<0.01 and model == 'mlp'`.

Python's own parser parses the text, and this module evaluates the tree itself: everything outside this small
language is refused, and nothing is ever executed as Python code. A condition whose value is neither true nor
false (`acc`, `1`, `acc > 1, lr < 1`) is refused too, since rows would pass or fail for an unintended reason.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.results.compare import OPERATORS, Compare
from sweeper.results.tabular import Row, Table

_LONGEST = 2000
_DEEPEST = 50
_WORDS = {"true": True, "false": False, "null": None, "inf": float("inf"), "nan": float("nan")}
_QUOTED = lazy(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`([^`]*)`""")
_WORD = rf"(?!(?:{'|'.join(keyword.kwlist)})\b)[A-Za-z_]\w*"
_IN_WORDS = lazy(rf"\b{_WORD}(?: +{_WORD})+")
_SPELLED = "write `and`, `or`, `not` instead of &, |, ~, !"
_PLACEHOLDER = "_column_{}_of_the_table_"

Get = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. `on` returns the test for the rows of a table; `names` are the columns it uses."""

    text: str
    names: frozenset[str]
    _tree: ast.expr
    _quoted: Sequence[str]

    def on(self, table: Table) -> Callable[[Row], bool]:
        """Return the test for one row of `table`.

        Raises:
            UsageError: a column is missing, or a part of the condition is neither true nor false.
        """
        get = _Reader(self, table).condition(self._tree)
        return lambda row: bool(get(row))


def parse(text: str) -> Condition:
    """Parse a condition.

    Raises:
        UsageError: the text is not a condition; the message is one line.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"the condition has {len(text)} characters; {_LONGEST} are enough for anybody")
    quoted: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        quoted.append(found[1])
        return _PLACEHOLDER.format(len(quoted) - 1)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # Python's warnings about the style of the text do not matter here
            tree = ast.parse(_QUOTED.sub(hide, text).strip(), mode="eval").body
        names = frozenset(_names(tree, quoted))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise UsageError(f"{text!r} is not a condition: {_why(text, error)}") from error
    return Condition(text, names, tree, quoted)


def _why(text: str, error: Exception) -> str:
    if re.search(r"(?<![=<>!:])=(?!=)", text):
        return "write == to compare"
    if re.search(r"&&|\|\|", text):
        return _SPELLED
    if isinstance(error, SyntaxError):
        at = f"at character {error.offset}; " if error.offset else ""
        return f"{error.msg} ({at}{_odd_name(text)})"
    return "it is nested too deep" if isinstance(error, MemoryError | RecursionError) else str(error)


def _odd_name(text: str) -> str:
    """Return the hint to put unusual column names in backticks, with an example from the text if possible."""
    found = _IN_WORDS.search(_QUOTED.sub("''", text))
    return f"a column of an odd name stands in backticks: `{found[0] if found else 'val/acc'}`"


def _names(tree: ast.expr, quoted: Sequence[str], depth: int = 1) -> list[str]:
    """Return all column names; a dotted name is one. ValueError if the condition is nested too deep."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deep")
    name = _name(tree, quoted)
    if name is not None:
        return [name]
    inner = (child for child in ast.iter_child_nodes(tree) if isinstance(child, ast.expr))
    return [name for child in inner for name in _names(child, quoted, depth + 1)]


def _name(node: ast.expr, quoted: Sequence[str]) -> str | None:
    if isinstance(node, ast.Attribute):
        left = _name(node.value, quoted)
        return None if left is None else f"{left}.{node.attr}"
    if not isinstance(node, ast.Name):
        return None
    for place, name in enumerate(quoted):
        if node.id == _PLACEHOLDER.format(place):
            return name
    return node.id


class _Reader:
    """Turns a parsed condition into a function of a row, part by part."""

    def __init__(self, condition: Condition, table: Table) -> None:
        self._text = condition.text
        self._quoted = condition._quoted
        self._table = table

    def condition(self, node: ast.expr) -> Get:
        """Return the function for a part that must be true or false in each row."""
        if reason := self._no_condition(node):
            raise UsageError(f"{self._text!r} is not a condition: {reason}")
        return self.read(node)

    def read(self, node: ast.expr) -> Get:
        """Return the function for a part that may have any value."""
        match node:
            case ast.BoolOp(op, values):
                return _all(list(map(self.condition, values)), isinstance(op, ast.And))
            case ast.UnaryOp(ast.Not(), operand):
                inner = self.condition(operand)
                return lambda row: not inner(row)
            case ast.UnaryOp(ast.USub(), operand):
                return _negative(self.read(operand))
            case ast.Compare(left, ops, comparators):
                parts = list(map(self.read, [left, *comparators]))
                return _chain(parts, [self._compare(op) for op in ops])
            case ast.Constant(None | bool() | int() | float() | str() as value):
                return _constant(value)
            case ast.List(items) | ast.Tuple(items):
                parts = list(map(self.read, items))
                return lambda row: [part(row) for part in parts]
            case ast.Name() | ast.Attribute():
                return self._column(node)
        return self._refuse(node)

    def _no_condition(self, node: ast.expr) -> str:
        """Return why a part is neither true nor false; empty if it is, or if `read` refuses it anyway."""
        match node:
            case ast.Tuple() | ast.List():
                return "it is a list; write `and` or `or` between conditions, not a comma"
            case ast.Constant(bool()):
                return ""
            case ast.Constant(str() as value):
                return f"{value!r} is a text; compare it, or write NAME in [...] for one of several"
            case ast.Constant(None | int() | float() as value):
                return f"{'null' if value is None else value} is a value; compare it with a column"
            case ast.UnaryOp(ast.USub(), _):
                return "a negative number is neither true nor false; compare it"
            case ast.Name() | ast.Attribute() if (name := _name(node, self._quoted)) is not None:
                return self._no_truth(name)
        return ""

    def _no_truth(self, name: str) -> str:
        """Return why a name alone is not a condition; empty for a column of truth values."""
        if name in self._table.columns:
            kinds = {type(value) for value in self._table.column(name)} - {type(None)}
            return "" if kinds <= {bool} else f"{name!r} holds more than true and false; compare it"
        if name in _WORDS and not isinstance(_WORDS[name], bool):
            return f"{name} is a value; compare it with a column"
        return ""

    def _column(self, node: ast.expr) -> Get:
        name = _name(node, self._quoted)
        if name is None:
            return self._refuse(node)
        if name in self._table.columns:
            return operator.itemgetter(self._table.columns.index(name))
        if name in _WORDS:
            return _constant(_WORDS[name])
        raise UsageError(
            f"{self._text!r}: there is no column {name!r}; {self._table.hint(name)}"
            f' (a text stands in quotes: "{name}", a column of an odd name in backticks: `{name}`)'
        )

    def _compare(self, op: ast.cmpop) -> Compare:
        found = OPERATORS.get(type(op))
        return found or self._refuse(op)

    def _refuse(self, node: ast.AST) -> NoReturn:
        if isinstance(node, ast.BinOp | ast.UnaryOp) and isinstance(
            node.op, ast.BitAnd | ast.BitOr | ast.Invert
        ):
            raise UsageError(f"{self._text!r} is more than a condition: {_SPELLED}")
        raise UsageError(
            f"{self._text!r} is more than a condition: there are columns (odd names in backticks: `val/acc`),"
            " numbers, texts in quotes, lists; == != < <= > >= in, not in; and, or, not"
        )


def _constant(value: Any) -> Get:
    return lambda row: value


def _negative(part: Get) -> Get:
    def negated(row: Row) -> Any:
        value = part(row)
        return -value if isinstance(value, int | float) and not isinstance(value, bool) else None

    return negated


def _all(parts: Sequence[Get], every: bool) -> Get:
    if every:
        return lambda row: all(part(row) for part in parts)
    return lambda row: any(part(row) for part in parts)


def _chain(parts: Sequence[Get], compares: Sequence[Compare]) -> Get:
    def holds(row: Row) -> bool:
        values = [part(row) for part in parts]
        return all(map(_apply, compares, values, values[1:]))

    return holds


def _apply(compare: Compare, left: Any, right: Any) -> bool:
    return compare(left, right)
