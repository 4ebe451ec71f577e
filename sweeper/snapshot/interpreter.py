"""Finds the Python interpreter of the trials, and asks it for its packages and its imports of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweeper.core.pythons import is_python

_TIMEOUT = 15.0
"""Seconds to wait for an answer; an interpreter with hundreds of packages on a network volume is slow."""

_MARK = "\ncvsweep "
_SHEBANG = 512


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of a project from which the interpreter imports.

    Attributes:
        folder: its path relative to the project.
        links: None if the whole folder may be put on PYTHONPATH. Else the links to make instead (their names,
            and their targets relative to the project), since other names in the folder would hide modules
            that are imported from elsewhere.
        names: the modules that are imported from it.
    """

    folder: str
    links: Mapping[str, str] | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter's description of itself.

    Attributes:
        executable: its path.
        implementation: its implementation, such as CPython.
        version: its version.
        platform: its platform.
        packages: name, version, and for an editable install the folder, of each installed package.
        roots: the import roots in the project.
        outside: folders from which it imports that are neither in the project nor installed packages.
        located: the files or folders of the modules that were asked for; None if not found.
    """

    executable: str
    implementation: str
    version: str
    platform: str
    packages: tuple[tuple[str, str, str | None], ...]
    roots: tuple[Root, ...]
    outside: tuple[str, ...]
    located: Mapping[str, Sequence[str] | None]


class InterpreterError(Exception):
    """The interpreter did not describe itself. The message is for people."""


def find_interpreter(words: Sequence[str], environment: Mapping[str, str], project: str) -> str | None:
    """Return the path of the Python interpreter that a command starts; None if there is none here.

    It is a word of the command, or is in the first line of its program, or is `python` or `python3` on PATH.
    For uv it is that of the project's environment. Links are not followed, since the python of a virtual
    environment is a link.

    Args:
        words: the words of the command.
        environment: the environment of the trials.
        project: the folder of the project.
    """
    path = environment.get("PATH", os.defpath)
    program = _resolve(words[0], path, project) if words else None
    if words and words[0].rpartition("/")[2] == "uv":
        folder = environment.get("UV_PROJECT_ENVIRONMENT", ".venv")
        own = os.path.join(project, folder, "bin", "python")
        return own if os.access(own, os.X_OK) else _resolve("python", path, project)
    named = next((word for word in words if is_python(word)), None) or _first_line(program)
    found = _resolve(named, path, project) if named else None
    return found or _resolve("python", path, project) or _resolve("python3", path, project)


def ask(
    interpreter: str,
    environment: Mapping[str, str],
    project: str,
    *,
    candidates: Sequence[str] = (),
    names: Sequence[str] = (),
) -> Interpreter:
    """Ask an interpreter to describe itself.

    Args:
        interpreter: its path.
        environment: the environment of the trials.
        project: the folder of the project.
        candidates: further folders of the project that may be import roots.
        names: modules to locate.

    Raises:
        InterpreterError: it cannot be started, fails, or does not answer in time.
    """
    source = Path(__file__).with_name("interpreter_probe.py").read_text(encoding="utf-8")
    question = json.dumps([os.path.realpath(project), list(candidates), list(names)])
    code, out, err = _run([interpreter, "-c", source, question], environment, project)
    answer = out.rpartition(_MARK)[2].partition("\n")[0] if _MARK in out else ""
    if code or not answer:
        lines = err.strip().splitlines()
        raise InterpreterError(f"{interpreter} cannot describe itself: {lines[-1] if lines else 'no answer'}")
    return _described(json.loads(answer))


def _run(command: Sequence[str], environment: Mapping[str, str], folder: str) -> tuple[int, str, str]:
    """Return exit status, stdout and stderr, through files: a pipe ends only when all children close it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=dict(environment),
                cwd=folder,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InterpreterError(f"{command[0]} has not answered for {_TIMEOUT:.0f} s") from None
        except OSError as error:
            raise InterpreterError(f"{command[0]} cannot be started: {error.strerror}") from None
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(os.fsdecode(file.read()))
    return done.returncode, texts[0], texts[1]


def _described(data: Mapping[str, Any]) -> Interpreter:
    return Interpreter(
        **{name: data[name] for name in ("executable", "implementation", "version", "platform", "located")},
        packages=tuple((name, version, place) for name, version, place in data["packages"]),
        roots=tuple(Root(one["folder"], one["links"], tuple(one["names"])) for one in data["roots"]),
        outside=tuple(data["outside"]),
    )


def _resolve(word: str, path: str, project: str) -> str | None:
    """Return the absolute path of the program that a word names; None if there is none."""
    word = word.replace("{code}", project)
    if "/" in word:
        place = os.path.normpath(os.path.join(project, word))
        return place if os.access(place, os.X_OK) else None
    found = shutil.which(word, path=path)
    return os.path.abspath(found) if found else None


def _first_line(program: str | None) -> str | None:
    """Return the Python in the first line of a script, such as the scripts that pip creates (`torchrun`)."""
    if program is None:
        return None
    try:
        with open(program, "rb") as file:
            line = os.fsdecode(file.read(_SHEBANG).split(b"\n", 1)[0])
    except OSError:
        return None
    words = line[2:].split() if line.startswith("#!") else []
    return next((word for word in words if is_python(word)), None)
