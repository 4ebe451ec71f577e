"""What a script uses of the project's other modules, as far as the names tell."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from sweeper.core.recognition.syntax import ParsedFile


def reached(script: ParsedFile, modules: Sequence[ParsedFile]) -> list[ParsedFile]:
    """What runs of each module if the script does: its top level, and what is used from there on."""
    names = _used(script, set())
    while True:
        found = [module.reached_by(names) for module in modules]
        more = names.union(*(_used(one, names) for one in found))
        if more == names:
            return found
        names = more


def _used(source: ParsedFile, asked: set[str]) -> set[str]:
    """What it takes from other modules, by those imports alone that it needs, or that others take from it."""
    nodes = list(ast.walk(source.tree))
    needed = asked | {node.id for node in nodes if isinstance(node, ast.Name)} | {"*"}
    kept = {name: full for name, full in source.imports.items() if name in needed}
    parts = [node for node in nodes if isinstance(node, ast.Attribute)]
    taken = {part.attr for part in parts if ast.unparse(part).partition(".")[0] in kept}
    return replace(source, imports=kept).uses() | taken
