"""Chooses the script of a project to sweep if the user names none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweeper.core.errors import UsageError

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ScriptCandidate:
    """A script that may be the one to sweep.

    `path` is relative to the project. `has_options`: its parameters were recognised. `runs`: it does
    something when it is started. `entry`: the name under which `[project.scripts]` installs it.
    """

    path: str
    has_options: bool
    runs: bool = True
    entry: str = ""

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__main__.py")


_Rule = Callable[[ScriptCandidate], bool]


def _named(name: str, folder: str = "") -> _Rule:
    return lambda one: re.fullmatch(f"{folder}{name}", one.path) is not None


def _with_options(rule: _Rule) -> _Rule:
    return lambda one: one.has_options and rule(one)


_BELOW = r"(?:[^/]+/){1,3}"
_RULES: tuple[_Rule, ...] = (
    _named(r"train\.py"),
    _with_options(_named(r"main\.py")),
    _with_options(_named(r"[^/]+\.py")),
    _named(r"train\.py", _BELOW),
    _with_options(_named(r"main\.py", _BELOW)),
    lambda one: bool(one.entry),
    lambda one: one.is_package,
    _with_options(lambda one: True),
    _named(r"main\.py"),
    lambda one: one.runs,
)


def choose(candidates: Sequence[ScriptCandidate]) -> ScriptCandidate | None:
    """Return the script that the first rule with a match selects; None if no rule matches.

    Raises:
        UsageError: the first rule with a match selects several scripts.
    """
    for rule in _RULES:
        found = [one for one in candidates if rule(one)]
        if len(found) == 1:
            return found[0]
        if found:
            names = [one.path for one in found]
            more = ", …" if len(names) > _SHOWN else ""
            raise UsageError(
                f"init: several scripts could be meant: {', '.join(names[:_SHOWN])}{more}; nothing was"
                f" written. Name one: cvsweep init {names[0]}"
            )
    return None
