"""How a copy of the project comes before the project itself when trials import: folders for PYTHONPATH.

An editable install (or a PYTHONPATH of the user) leads every process to the project, wherever it starts. So
what the interpreter of the trials finds in the project is put in front of its path, from the copy, and no
more: a folder in front can hide other modules (`random.py`); then `imports/` has links to the names meant.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.snapshot.declared import declared_roots
from sweeper.snapshot.interpreter import Interpreter, InterpreterError, Root, ask, find_interpreter

_OWN = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
"""The folder that cvsweep itself is imported from: of no interest to trials."""


@dataclass(frozen=True, slots=True)
class Imports:
    """The import roots of a project, and the interpreter that was asked.

    `interpreter` is None if there is none here or it gave no answer: then `problem` says why, and the roots
    are those that the project declares.
    """

    roots: tuple[Root, ...]
    interpreter: Interpreter | None = None
    path: str | None = None
    problem: str = ""

    @property
    def folders(self) -> list[str]:
        """What goes in front of PYTHONPATH, relative to the copy."""
        return [
            root.folder if root.links is None else f"../imports/{place}"
            for place, root in enumerate(self.roots)
        ]


def find_imports(words: Sequence[str], environment: Mapping[str, str], project: str) -> Imports:
    """The import roots of the project, as the Python sees them that the words of a command start."""
    declared = declared_roots(project)
    assumed = tuple(Root(folder, None, ()) for folder in declared)
    path = find_interpreter(words, environment, project)
    if path is None:
        return Imports(assumed, problem="there is no python here")
    try:
        found = ask(path, environment, project, candidates=declared)
    except InterpreterError as error:
        return Imports(assumed, path=path, problem=str(error))
    return Imports(found.roots, found, path)


def make_links(imports: Imports, paths: SweepPaths) -> None:
    """Make the links of `imports/`, if there are any."""
    for place, root in enumerate(imports.roots):
        folder = f"{paths.imports}/{place}"
        for name, target in (root.links or {}).items():
            link = f"{folder}/{name}"
            atomic.make_folders(os.path.dirname(link))
            os.symlink(os.path.relpath(f"{paths.code}/{target}", os.path.dirname(link)), link)


def remarks(
    imports: Imports, paths: SweepPaths, environment: Mapping[str, str], project: str
) -> Iterator[str]:
    """What is still imported from outside of the copy, a line each. Asks the interpreter again."""
    if imports.interpreter is None or imports.path is None:
        return
    for folder in sorted(set(imports.interpreter.outside) - {_OWN}):
        names = [name for name, _, place in imports.interpreter.packages if _is_of(place, folder)]
        yield (
            f"{' and '.join(names) or 'modules'} may be imported from {folder}, which is not copied:"
            " later edits there reach the trials"
        )
    yield from _not_frozen(imports, paths, environment, project)


def _is_of(place: str | None, folder: str) -> bool:
    return place is not None and f"{folder}/".startswith(f"{os.path.realpath(place)}/")


def _not_frozen(
    imports: Imports, paths: SweepPaths, environment: Mapping[str, str], project: str
) -> Iterator[str]:
    names = sorted({name for root in imports.roots for name in root.names})
    if not names or imports.path is None:
        return
    front = [os.path.normpath(f"{paths.code}/{folder}") for folder in imports.folders]
    after = os.pathsep.join(filter(None, [*front, environment.get("PYTHONPATH")]))
    try:
        seen = ask(imports.path, {**environment, "PYTHONPATH": after}, project, names=names).located
    except InterpreterError as error:
        yield f"nobody knows whether the copy is imported: {error}"
        return
    own, copy = os.path.realpath(project), os.path.realpath(paths.code)
    for name in names:
        first = next(iter(seen.get(name) or ()), None)
        if first and first.startswith(f"{own}/") and not first.startswith(f"{copy}/"):
            yield f"{name} is imported from {first} all the same: later edits there reach the trials"
