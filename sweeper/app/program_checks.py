"""Checks that the programs and scripts in task.command exist, before a sweep is created."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path

from sweeper import clusters
from sweeper.app.spec import SweepSpec
from sweeper.clusters.executables import find_program
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.entry_points import CODE, EntryPoint, entry_point
from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean, nearest
from sweeper.core.pythons import is_python

_MOST_NAMES = 1000
_NAMED = 5
_MODULE_FILES = (".py", ".pyc")


def check_programs(spec: SweepSpec, code: Path) -> None:
    """Raise UsageError if it is certain that a trial would start a program or a script that does not exist.

    Args:
        spec: the sweep.
        code: the folder in which the trials run: the project, or a sweep's copy of it.
    """
    path = trial_environment(os.environ)["PATH"]
    local = clusters.of(spec.settings.cluster).runs_here
    for program, cwd in sorted(spec.programs):
        if "{" not in program:  # a placeholder gets its value only when the attempt has its folders
            _check_program(program, cwd, code, path, local=local)
    started = {(one, cwd) for command, cwd in spec.commands if (one := entry_point(command))}
    if local:
        _check_modules_elsewhere(spec, code)
    for one, cwd in sorted(started, key=lambda pair: pair[0].name):
        if one.is_module:
            _check_module(one, cwd, code)
        elif _lies_elsewhere(one.name, spec):
            continue
        elif not (one.on_path and _is_on(path, one.name)):
            _check_script(one, cwd, code)


def scripts_below(spec: SweepSpec) -> set[str]:
    """Return the programs and scripts that commands name by a path in the project, relative to it."""
    programs = {program for program, cwd in spec.programs if cwd == "code" and "/" in program}
    for command, cwd in spec.commands:
        one = entry_point(command)
        if one and not (one.is_module or one.on_path) and (cwd == "code" or not one.is_relative):
            programs.add(one.name.removeprefix(CODE))
    return {name for name in programs if not name.startswith("/") and "{" not in name}


def scripts_by_absolute_paths(spec: SweepSpec) -> set[str]:
    """Return what commands start by an absolute path that is the same for trials; no Python interpreters."""
    started = (entry_point(command) for command, _ in spec.commands)
    programs = (program for program, _ in spec.programs if not is_python(program))
    named = {*programs, *(one.name for one in started if one)}
    return {name for name in named if name.startswith("/") and "{" not in name and _is_seen(name, spec)}


def _is_seen(path: str, spec: SweepSpec) -> bool:
    cluster = clusters.of(spec.settings.cluster)
    try:
        return cluster.runs_here or cluster.path_inside(path, what="task.command", writable=False) == path
    except UsageError:  # the path is one of the image
        return False


def _check_program(program: str, cwd: str, code: Path, path: str, *, local: bool) -> None:
    relative = "/" in program and not program.startswith("/")
    if relative and cwd == "out":
        raise _in_the_attempts_folder(program)
    if local:
        find_program(program, os.fspath(code), path)
    elif relative and not (code / program).exists():  # programs in an image cannot be checked here
        raise UsageError(f"task.command: there is no {program} in {code}")
    elif relative and not os.access(code / program, os.X_OK):
        raise UsageError(f"task.command: {code / program} is not executable: chmod +x {program}")


def _lies_elsewhere(name: str, spec: SweepSpec) -> bool:
    """Whether a path cannot be checked here: it is in an image, or outside a copy that is not made yet."""
    local = clusters.of(spec.settings.cluster).runs_here
    if name.startswith("/"):
        return not local
    return ".." in name.split("/") and not (local and not clusters.is_frozen(spec.settings))


def _is_on(path: str, name: str) -> bool:
    return any(os.path.isfile(os.path.join(folder, name)) for folder in path.split(os.pathsep))


def _check_script(one: EntryPoint, cwd: str, code: Path) -> None:
    if one.is_relative and cwd == "out" and ".." not in one.name.split("/"):
        raise _in_the_attempts_folder(one.name)
    name = one.name.removeprefix(CODE)
    if os.path.lexists(code / name):
        return
    if name.startswith(("~", "$")):
        raise UsageError(
            f"task.command: there is no file {name}: no shell reads these words; a variable is"
            " ${oc.env:NAME}, as in ${oc.env:HOME}/train.py"
        )
    where = "" if name.startswith("/") else f" in {code}"
    raise UsageError(f"task.command: there is no {name}{where}{_hint(code, name)}")


def _hint(code: Path, missing: str) -> str:
    """Return a hint: a file with a similar name, or else the first files that exist."""
    files = list(_files(code, missing))
    by_name = {os.path.basename(path): path for path in reversed(files)}
    meant = nearest(os.path.basename(missing), by_name)
    if meant:
        return f" (did you mean {by_name[meant]}?)"
    return f"; there is {', '.join(files[:_NAMED])}" if files else ""


def _files(code: Path, missing: str) -> Iterator[str]:
    """Yield the files with the suffix of `missing`, in its folder, in the project and in its subfolders."""
    _, suffix = os.path.splitext(missing)
    folders = dict.fromkeys([os.path.dirname(missing), "", *_folders(code)])
    found = (os.path.join(folder, name) for folder in folders for name in _names(code / folder))
    return islice((path for path in found if path.endswith(suffix)), _MOST_NAMES)


def _folders(code: Path) -> list[str]:
    return [name for name in _names(code) if not name.startswith(".") and os.path.isdir(code / name)]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:_MOST_NAMES]
    except OSError:
        return []


def _check_module(one: EntryPoint, cwd: str, code: Path) -> None:
    """Raise UsageError if a package of the project does not have a module.

    Only a package in the folder in which Python starts is checked, since Python imports it from there.
    """
    top, *below = one.name.split(".")
    if cwd != "code" or one.isolated or not below or not _is_plain_package(code / top):
        return
    at = code / top
    for part in below[:-1]:
        at /= part
        if not at.is_dir():
            raise UsageError(f"task.command: there is no module {one.name}: {at} is no package")
    last = below[-1]
    if (at / last).is_dir() or any((at / f"{last}{end}").exists() for end in _MODULE_FILES):
        return
    there = [name.removesuffix(".py") for name in _names(at) if name.endswith(".py")]
    raise UsageError(f"task.command: there is no module {last} in {at}{did_you_mean(last, there)}")


def _check_modules_elsewhere(spec: SweepSpec, code: Path) -> None:
    """Raise UsageError if, with task.cwd=out, Python does not find a module of the project.

    Python then looks for modules in the project only if the project is on its path.
    """
    for words, cwd in sorted(spec.commands):
        one = entry_point(words)
        if not (one and one.is_module and cwd == "out") or one.isolated or not _has_module(code, one.name):
            continue
        given = (*words, *(trial.command for trial in spec.trials if trial.cwd == "out"))
        if any("PYTHONPATH" in text for text in given):
            continue  # PYTHONPATH may contain the project
        if not _is_importable(one.name.partition(".")[0], words, code):
            start = ", ".join(takewhile(lambda word: word != "-m", words))
            raise UsageError(
                f"task.command: with task.cwd=out, the module {one.name} would be looked for in the attempt's"
                f' own folder; write [env, "PYTHONPATH={{code}}", {start}, -m, {one.name}, ...]'
            )


def _has_module(code: Path, name: str) -> bool:
    place = code.joinpath(*name.split("."))
    return place.is_dir() or any(place.with_name(f"{place.name}{end}").exists() for end in _MODULE_FILES)


def _is_importable(top: str, words: Sequence[str], code: Path) -> bool:
    """Whether the Python of a command finds a module wherever it starts; True if Python cannot be asked."""
    from sweeper.snapshot.interpreter import InterpreterError, ask, find_interpreter  # only now: it is rare

    environment = {**trial_environment(os.environ), "PYTHONSAFEPATH": "1"}
    python = find_interpreter(words, environment, os.fspath(code))
    if python is None:
        return True
    try:
        found = ask(python, environment, os.fspath(code), names=[top])
    except InterpreterError:
        return True  # the trials will show it
    return found.located[top] is not None


def _is_plain_package(folder: Path) -> bool:
    """Whether the folder is a regular package whose modules are all in this folder."""
    try:
        return b"__path__" not in (folder / "__init__.py").read_bytes()
    except OSError:
        return False


def _in_the_attempts_folder(name: str) -> UsageError:
    return UsageError(
        f"task.command: with task.cwd=out, {name!r} would be looked for in the attempt's own"
        f" folder; write {{code}}/{name.removeprefix('./')}"
    )
