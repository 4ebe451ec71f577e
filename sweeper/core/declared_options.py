"""Finds the long options that sources declare for argparse and click, with their arguments as written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from sweeper.core.python_syntax import module_syntax

_METHODS = {"add_argument": "argparse", "option": "click"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration. A click pair has the name `ema/--no-ema`; `keywords` are as written in the source."""

    name: str
    library: str
    keywords: Mapping[str, str]

    @property
    def action(self) -> str:
        return self.keywords.get("action", "store")

    @property
    def is_flag(self) -> bool:
        own = self.action.startswith("store_") or self.keywords.get("is_flag") == "True"
        return own or "flag_value" in self.keywords

    @property
    def is_pair(self) -> bool:
        return "/" in self.name or self.action.endswith("BooleanOptionalAction")


def declared_options(sources: Sequence[str]) -> Mapping[str, Sequence[Declared]]:
    """Return all declarations of each option, by the part of its name before the slash.

    Args:
        sources: the script, then what it uses of other modules. The script's declarations of an option
            replace those of other modules.
    """
    found = _by_name(sources[1:]) | _by_name(sources[:1])
    return {name: tuple(all_of_it) for name, all_of_it in found.items()}


def _by_name(sources: Sequence[str]) -> dict[str, list[Declared]]:
    found: dict[str, list[Declared]] = {}
    for one in chain.from_iterable(map(_declarations, sources)):
        found.setdefault(one.name.partition("/")[0], []).append(one)
    return found


@lru_cache(maxsize=128)
def _declarations(source: str) -> tuple[Declared, ...]:
    tree = module_syntax(source) if any(method in source for method in _METHODS) else None
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if tree else ()
    return tuple(chain.from_iterable(map(_declared, calls)))


def _declared(call: ast.Call) -> Iterator[Declared]:
    library = _METHODS.get(getattr(call.func, "attr", "")) or _METHODS.get(getattr(call.func, "id", ""))
    if library:
        words = {word.arg or "**": _written(word.value) for word in call.keywords}
        for name in map(_written, call.args):
            if name.startswith("--"):
                yield Declared(name[2:], library, words)


def _written(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
