"""Parses the Python code of users."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import Literal


@lru_cache(maxsize=4)  # several checks of a run parse the same script
def module_syntax(text: str | bytes) -> ast.Module | None:
    """Return the syntax tree of a source file; None if it is not valid Python. Callers must not change it."""
    tree = _parsed(text, "exec")
    return tree if isinstance(tree, ast.Module) else None


def expression_syntax(text: str) -> ast.expr | None:
    """Return the syntax tree of an expression; None if the text is not a valid one."""
    tree = _parsed(text, "eval")
    return tree.body if isinstance(tree, ast.Expression) else None


def _parsed(text: str | bytes, mode: Literal["exec", "eval"]) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about the user's code
            return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
