"""Which of a program's argparse parsers an option belongs to, by the name of the variable."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweeper.core.recognition.syntax import ParsedFile, attribute, keywords

ALL = "*"
"""The owner of options that all subcommands have, by `parents=[…]`."""

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
        """The subcommand that a parser, or a group of one, belongs to; `*`: all of them; empty: none."""
        call = self._maker(receiver, line)
        if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr in _GROUPS:
            return self.owner(call.func.value, call.lineno - 1)
        name = self._subcommand(call) if call is not None else ""
        return name or (ALL if ast.unparse(receiver) in self._parents else "")

    def is_exclusive(self, receiver: ast.expr, call: ast.Call) -> bool:
        """Does the group to which `call` adds an option allow only one of its options?"""
        maker = self._maker(receiver, call.lineno)
        return maker is not None and attribute(maker) == _EXCLUSIVE

    def default(self, dest: str) -> ast.expr | None:
        """What `set_defaults` says, the last time that it names `dest` or may do so by `**more`."""
        calls = (call for call in self._source.calls() if attribute(call) == "set_defaults")
        given = [keywords(call) for call in calls]
        found = [words.get(dest, words.get("")) for words in given if dest in words or "" in words]
        return found[-1] if found else None

    def _maker(self, receiver: ast.expr, line: int) -> ast.Call | None:
        """The call that made a parser: the receiver itself, or what its name was last assigned to."""
        if isinstance(receiver, ast.Call):
            return receiver
        name = ast.unparse(receiver)
        made = [call for target, call in self._made if target == name and call.lineno <= line]
        return made[-1] if made else None

    def _subcommand(self, call: ast.Call) -> str:
        return self._source.text(call.args[0]) if attribute(call) == "add_parser" and call.args else ""


def _made(source: ParsedFile) -> Iterator[tuple[str, ast.Call]]:
    """The calls whose results are assigned, by the names that they are assigned to, in their order."""
    assigned = [node for node in ast.walk(source.tree) if isinstance(node, ast.Assign)]
    for node in sorted(assigned, key=lambda node: node.lineno):
        if isinstance(node.value, ast.Call):
            yield from ((ast.unparse(target), node.value) for target in node.targets)


def _parents(source: ParsedFile) -> Iterator[str]:
    for call in source.calls():
        given = keywords(call).get("parents")
        if isinstance(given, ast.List | ast.Tuple):
            yield from map(ast.unparse, given.elts)
