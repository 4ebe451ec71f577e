"""Finds the parts of a project's other modules that a script uses, as far as names show this."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from sweeper.core.recognition.syntax import ParsedFile


def reached(script: ParsedFile, modules: Sequence[ParsedFile]) -> list[ParsedFile]:
    """Return what runs of each module when the script runs: its top level, and what is used from there on."""
    names = _used(script, set())
    while True:
        found = [module.reached_by(names) for module in modules]
        more = names.union(*(_used(one, names) for one in found))
        if more == names:
            return found
        names = more


def _used(source: ParsedFile, asked: set[str]) -> set[str]:
    """Return the names that a source takes from other modules.

    Only imports count whose name the source uses itself or is in `asked`, the names that others take.
    """
    nodes = list(ast.walk(source.tree))
    needed = asked | {node.id for node in nodes if isinstance(node, ast.Name)} | {"*"}
    kept = {name: full for name, full in source.imports.items() if name in needed}
    parts = [node for node in nodes if isinstance(node, ast.Attribute)]
    taken = {part.attr for part in parts if ast.unparse(part).partition(".")[0] in kept}
    return replace(source, imports=kept).uses() | taken
