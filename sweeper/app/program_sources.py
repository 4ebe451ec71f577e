"""Find the Python sources of the program that a command starts, if they are files of the project."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sweeper.app.project_source import ProjectSource
from sweeper.compose.program import source_files
from sweeper.core.entry_points import entry_point, sources

_SIGNS = ("add_argument", "option(", "fire", "tyro")
"""A source that contains none of these texts has no parser that can be checked."""

_SHARED = ("argparse", "click")
"""Libraries with which several modules may declare the options of one program."""


def program_sources(command: Sequence[str], project: Path) -> tuple[str, tuple[str, ...]]:
    """Return the script's path and the texts of its sources.

    The texts are that of the script, and the code that it uses of the project's other modules. Both results
    are empty if there is no script that can be read here (it may be in an image), or no source has a parser.
    """
    started = entry_point(command)
    is_python = started is not None and (started.is_module or started.name.endswith(".py"))
    one = started if is_python else next(sources(command), None)
    for path in source_files(one, project) if one else ():
        script = ProjectSource(project, os.path.relpath(path, project))
        if script.text:
            texts = (script.text, *_texts_of_modules(script))
            return (script.path, texts) if any(map(_has_sign, texts)) else ("", ())
    return "", ()


def _texts_of_modules(script: ProjectSource) -> Iterator[str]:
    """Yield the code that the script uses of the project's modules.

    It takes a while to find this code, so it is left out if no module has a parser, or if the script declares
    its options with a library that is not in `_SHARED`.
    """
    if any(_has_sign(ProjectSource(script.project, path).text) for path in script.modules):
        from sweeper.core.recognition.recognize import recognise  # only now: it imports many readers

        own = recognise(script.source) if script.source else None
        if own is None or not own.options or own.library in _SHARED:
            yield from (ast.unparse(module.tree) for module in script.used)


def _has_sign(text: str) -> bool:
    return any(sign in text for sign in _SIGNS)
