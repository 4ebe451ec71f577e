"""Messages about the copy of the project: its contents, files left out, and code that is not frozen."""

from __future__ import annotations

import os
from collections.abc import Iterator

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.app.spec import SweepSpec
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.pythons import ignores_pythonpath, is_python
from sweeper.snapshot import code
from sweeper.snapshot import imports as importing
from sweeper.snapshot.code import CodeFacts
from sweeper.snapshot.imports import Imports
from sweeper.snapshot.interpreter import find_interpreter
from sweeper.store.folder import SweepFolder

_NAMED = 5


def say_what_is_copied(folder: SweepFolder, spec: SweepSpec, imports: Imports, observers: Observers) -> None:
    """Report the copy in one line, after messages about everything that may need the user's attention."""
    facts = code.read(folder.paths)
    if facts is None:
        return
    for line in _left_out(folder, facts):
        observers.warn(line)
    if facts.needed:
        observers.say(f"copied although git ignores them, since packages need them: {_some(facts.needed)}")
    if facts.ignored:
        observers.say(
            f"not copied (ignored by git): {_some(facts.ignored)}; code.include=[...] copies what it names"
        )
    reached = list(_not_frozen(folder, spec, imports, observers))
    for line in reached:
        observers.warn(line)
    commit = f" of {facts.commit[:10]}{' with changes' if facts.dirty else ''}" if facts.commit else ""
    ending = "copied: later edits change nothing" if not reached else "copied; not all is frozen, see above"
    observers.say(f"code: {facts.files} files{commit}, {facts.bytes / 1e6:.1f} MB, {ending}")


def _left_out(folder: SweepFolder, facts: CodeFacts) -> Iterator[str]:
    yield from facts.remarks
    for name, why in facts.left_out[:_NAMED]:
        yield f"not copied: {name}: {why}"
    if len(facts.left_out) > _NAMED:
        yield f"{len(facts.left_out) - _NAMED} more are not copied: see {folder.paths.code_facts}"
    if facts.new:
        yield f"git does not know {_some(facts.new)}: copied all the same"


def _not_frozen(
    folder: SweepFolder, spec: SweepSpec, imports: Imports, observers: Observers
) -> Iterator[str]:
    """Yield warnings about later edits of the project that reach the trials in spite of the copy.

    What the image contains of the project is unknown; a message about that goes to `observers`.
    """
    local = clusters.of(spec.settings.cluster).runs_here
    if imports.roots and ":" in folder.manifest.start:
        yield (
            f"{folder.manifest.start} holds a ':', which PYTHONPATH cannot: what is imported from the project"
            " comes from there, not from the copy"
        )
    elif imports.roots:
        roots = ", ".join(f"{root.folder}/".removeprefix("./") or "its top" for root in imports.roots)
        found = (flag for trial in spec.trials if (flag := ignores_pythonpath(trial.command)))
        flag = next(found, "")
        if flag:
            yield (
                f"task.command has {flag}, with which Python does not read PYTHONPATH: what it imports from"
                f" {roots} comes from the project itself, so later edits reach the trials"
            )
        elif not local:
            observers.say(
                f"code: modules are imported from the copy's {roots}, going by the project and by this"
                " machine's Python; what the image itself has of the project is not known here"
            )
    if not local:
        return
    environment, project = trial_environment(os.environ), folder.manifest.code
    if imports.problem and imports.path:  # if there is no Python, nothing is imported
        yield f"{imports.problem}: whether all that is imported from the project is copied is not known"
    pythons = {program for program, _ in spec.programs if is_python(program)}
    others = {find_interpreter([python], environment, project) for python in pythons} - {imports.path, None}
    if others:
        yield (
            f"only {imports.path} was asked what it imports from the project; some trials start"
            f" {' or '.join(sorted(filter(None, others)))}"
        )
    yield from importing.remarks(imports, folder.paths, environment, project)


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
