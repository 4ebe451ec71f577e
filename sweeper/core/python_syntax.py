"""The syntax of Python code that others wrote."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import Literal


@lru_cache(maxsize=4)  # a run looks at the syntax of the same script for several reasons
def module_syntax(text: str | bytes) -> ast.Module | None:
    """The syntax of a source; None if it is no Python. All callers share it, so it must not be changed."""
    tree = _parsed(text, "exec")
    return tree if isinstance(tree, ast.Module) else None


def expression_syntax(text: str) -> ast.expr | None:
    """The syntax of one expression; None if it is none."""
    tree = _parsed(text, "eval")
    return tree.body if isinstance(tree, ast.Expression) else None


def _parsed(text: str | bytes, mode: Literal["exec", "eval"]) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the user's code, which is not ours to judge
            return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
