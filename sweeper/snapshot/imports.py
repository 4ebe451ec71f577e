"""Makes trials import from the copy instead of the project: chooses folders of the copy for PYTHONPATH.

With an editable install (or a PYTHONPATH of the user), every process imports from the project, wherever it
starts. So the folders from which the interpreter of the trials imports are put in front of its path, as
folders of the copy. Such a folder may hide other modules (for example `random.py`); then a folder in
`imports/` with links to the needed names is used instead.
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
"""The folder from which cvsweep itself is imported; no remark is made about it."""


@dataclass(frozen=True, slots=True)
class Imports:
    """The import roots of a project.

    Attributes:
        roots: the folders of the project from which the interpreter imports, or that the project declares.
        interpreter: the interpreter's description; None if there is no interpreter here, or it did not
            answer.
        path: the path of the interpreter, if there is one.
        problem: why there is no description; empty if there is one.
    """

    roots: tuple[Root, ...]
    interpreter: Interpreter | None = None
    path: str | None = None
    problem: str = ""

    @property
    def folders(self) -> list[str]:
        """The folders to put in front of PYTHONPATH, relative to the copy."""
        return [
            root.folder if root.links is None else f"../imports/{place}"
            for place, root in enumerate(self.roots)
        ]


def find_imports(words: Sequence[str], environment: Mapping[str, str], project: str) -> Imports:
    """Find the import roots of a project by asking the Python interpreter that a command starts.

    Args:
        words: the words of the command.
        environment: the environment of the trials.
        project: the folder of the project.
    """
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
    """Create the links in `imports/` that the roots need."""
    for place, root in enumerate(imports.roots):
        folder = f"{paths.imports}/{place}"
        for name, target in (root.links or {}).items():
            link = f"{folder}/{name}"
            atomic.make_folders(os.path.dirname(link))
            os.symlink(os.path.relpath(f"{paths.code}/{target}", os.path.dirname(link)), link)


def remarks(
    imports: Imports, paths: SweepPaths, environment: Mapping[str, str], project: str
) -> Iterator[str]:
    """Yield a line for everything that is still imported from outside the copy; ask the interpreter again."""
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
