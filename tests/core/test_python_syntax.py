"""The syntax of Python code that others wrote."""

from __future__ import annotations

import ast

import pytest

from sweeper.core.python_syntax import expression_syntax, module_syntax


def test_a_source_is_parsed_once() -> None:
    """All that ask for the syntax of one text get the same tree."""
    tree = module_syntax("import a\n")
    assert tree is not None
    assert ast.unparse(tree) == "import a"
    assert module_syntax("import a\n") is tree


@pytest.mark.parametrize("text", ["def", "\0", b"\xff = 1", "(" * 500])
def test_what_is_no_python_has_no_syntax(text: str | bytes) -> None:
    """Neither a wrong word nor a NUL, nor bytes of no encoding, nor brackets too deep are an error."""
    assert module_syntax(text) is None


def test_an_expression_is_no_statement() -> None:
    """`1 + 1` is an expression, `a = 1` is none."""
    assert isinstance(expression_syntax("1 + 1"), ast.BinOp)
    assert expression_syntax("a = 1") is None


@pytest.mark.filterwarnings("error")
def test_warnings_about_the_code_are_not_ours() -> None:
    r"""A text like "\d" makes Python warn, and we are not asked to judge it."""
    assert module_syntax(r'"\d"') is not None
