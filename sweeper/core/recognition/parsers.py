"""Finds the argparse parser that an option belongs to, by the name of its variable."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweeper.core.recognition.syntax import ParsedFile, attribute, keywords

ALL = "*"
"""The owner of options of a parser in `parents=[…]`: all subcommands are assumed to have them."""

_EXCLUSIVE = "add_mutually_exclusive_group"
_GROUPS = ("add_argument_group", _EXCLUSIVE)


class Parsers:
    """The parsers, groups and subcommands of one file."""

    def __init__(self, source: ParsedFile) -> None:
        self._source = source
        self._made = list(_made(source))
        self._parents = set(_parents(source))
        self.subcommands = list(dict.fromkeys(filter(None, map(self._subcommand, source.calls()))))

    def owner(self, receiver: ast.expr, line: int) -> str:
        """Return the subcommand that a parser or its group belongs to; ALL for all, empty for none."""
        call = self._maker(receiver, line)
        if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr in _GROUPS:
            return self.owner(call.func.value, call.lineno - 1)
        name = self._subcommand(call) if call is not None else ""
        return name or (ALL if ast.unparse(receiver) in self._parents else "")

    def is_exclusive(self, receiver: ast.expr, call: ast.Call) -> bool:
        """Whether `call` adds an option to a mutually exclusive group."""
        maker = self._maker(receiver, call.lineno)
        return maker is not None and attribute(maker) == _EXCLUSIVE

    def default(self, dest: str) -> ast.expr | None:
        """Return the default of `dest` in the last `set_defaults` that has it, or may have it by `**more`."""
        calls = (call for call in self._source.calls() if attribute(call) == "set_defaults")
        given = [keywords(call) for call in calls]
        found = [words.get(dest, words.get("")) for words in given if dest in words or "" in words]
        return found[-1] if found else None

    def _maker(self, receiver: ast.expr, line: int) -> ast.Call | None:
        """Return the call that made a parser: the receiver itself, or the last call assigned to its name."""
        if isinstance(receiver, ast.Call):
            return receiver
        name = ast.unparse(receiver)
        made = [call for target, call in self._made if target == name and call.lineno <= line]
        return made[-1] if made else None

    def _subcommand(self, call: ast.Call) -> str:
        return self._source.text(call.args[0]) if attribute(call) == "add_parser" and call.args else ""


def _made(source: ParsedFile) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls whose results are assigned, with the names of their targets, in source order."""
    assigned = [node for node in ast.walk(source.tree) if isinstance(node, ast.Assign)]
    for node in sorted(assigned, key=lambda node: node.lineno):
        if isinstance(node.value, ast.Call):
            yield from ((ast.unparse(target), node.value) for target in node.targets)


def _parents(source: ParsedFile) -> Iterator[str]:
    for call in source.calls():
        given = keywords(call).get("parents")
        if isinstance(given, ast.List | ast.Tuple):
            yield from map(ast.unparse, given.elts)
