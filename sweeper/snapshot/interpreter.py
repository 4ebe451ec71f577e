"""The Python that the trials run with: which it is, what is installed, what it imports from a project."""

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
"""Seconds for one question: an interpreter with hundreds of packages on a network volume needs some."""

_MARK = "\ncvsweep "
_SHEBANG = 512


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of a project from which the interpreter imports.

    `folder` is relative to the project. `links` is None if all of the folder may go on PYTHONPATH; else
    only these names of it may, since others would hide modules that are imported from elsewhere: from the
    name of a link to what it points to, relative to the project. `names`: what is imported from it now.
    """

    folder: str
    links: Mapping[str, str] | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter's own description. `packages`: name, version, and the folder of an editable install.

    `outside`: folders on its path that are neither the project's nor installed packages. `located`: where
    it finds the modules that were asked for.
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
    """The interpreter cannot be asked. The message says why, for people."""


def find_interpreter(words: Sequence[str], environment: Mapping[str, str], project: str) -> str | None:
    """The Python that the words of a command start; None if there is none on this machine.

    It is named among the words, or in the program's first line, or else `python` of PATH. A link is not
    followed: a virtual environment's python is one.
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
    """Let the interpreter describe itself. `candidates` are further folders of the project to look at.

    `names` are modules to be located. Raises InterpreterError if it cannot tell.
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
    """Exit status and output. Files take the output: a pipe ends only when every child has closed it."""
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
    """The program that a word names, as an absolute path."""
    word = word.replace("{code}", project)
    if "/" in word:
        place = os.path.normpath(os.path.join(project, word))
        return place if os.access(place, os.X_OK) else None
    found = shutil.which(word, path=path)
    return os.path.abspath(found) if found else None


def _first_line(program: str | None) -> str | None:
    """The Python in the first line of a script, as pip writes them for `torchrun` and its like."""
    if program is None:
        return None
    try:
        with open(program, "rb") as file:
            line = os.fsdecode(file.read(_SHEBANG).split(b"\n", 1)[0])
    except OSError:
        return None
    words = line[2:].split() if line.startswith("#!") else []
    return next((word for word in words if is_python(word)), None)
