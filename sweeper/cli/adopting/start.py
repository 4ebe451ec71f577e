"""The command that starts a script: its interpreter, and the script or its module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from sweeper.cli.adopting.scripts import Script, package_of
from sweeper.clusters.trial_environment import trial_environment
from sweeper.core.interpreter import active_prefixes
from sweeper.snapshot.interpreter import find_interpreter

_ENVIRONMENTS = (".venv", "venv", "env")
_SHELLS = ("bash", "zsh", "dash", "ksh")


def start_words(script: Script, environ: Mapping[str, str]) -> list[str]:
    """Return the first words of the command that starts the script."""
    if script.is_shell:
        first = script.text.partition("\n")[0] if script.text.startswith("#!") else ""
        return [next((name for name in _SHELLS if name in first), "sh"), script.path]
    if script.entry and not (script.source and script.source.does_something):
        return [script.entry]
    module = _module(script)
    return [python_word(script.project, environ), *(["-m", module] if module else [script.path])]


def words_elsewhere(script: Script, head: Sequence[str]) -> list[str]:
    """Return the words of `head`, changed so that they work outside of the project folder."""
    words = [f"{{code}}/{word}" if _is_in_project(script, word) else word for word in head]
    return ["env", "PYTHONPATH={code}", *words] if "-m" in head else words


def _is_in_project(script: Script, word: str) -> bool:
    return word == script.path or ("/" in word and not word.startswith("/"))


def python_word(project: Path, environ: Mapping[str, str]) -> str:
    """Return `python`, or the Python of the project's own environment if no environment is active."""
    if any(name != "base" for _, name in active_prefixes(environ)):
        return "python"
    for name in _ENVIRONMENTS:
        own = project / name
        if (own / "pyvenv.cfg").is_file() and os.access(own / "bin" / "python", os.X_OK):
            same = os.path.realpath(own) == os.path.realpath(sys.prefix)
            return "python" if same else f"{name}/bin/python"
    return "python"


def interpreter(script: Script, words: list[str], environ: Mapping[str, str]) -> str | None:
    """Return the Python that trials will use; None for a shell script or if no Python is found."""
    if script.is_shell:
        return None
    return find_interpreter(words, trial_environment(environ), os.path.abspath(script.project))


def _module(script: Script) -> str | None:
    """Return the module to start with `-m` if the script could not import its package otherwise."""
    path = PurePosixPath(script.path)
    if path.name == "__main__.py":
        path = path.parent
    elif path.parent == PurePosixPath(".") or not _needs_module(script):
        return None
    parts = path.with_suffix("").parts
    package = package_of(script.project, script.path)
    if parts[0] == "src" and package is not None and package.name in _imported(script):
        parts = parts[1:]  # such a package is installed
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def _needs_module(script: Script) -> bool:
    """Return True if its imports need the project folder in the search path and it does not add it itself."""
    package = package_of(script.project, script.path)
    names = {"", PurePosixPath(script.path).parts[0], *([package.name] if package else [])}
    own = ("sys.path", "rootutils")
    return bool(names & _imported(script)) and not any(word in script.text for word in own)


def _imported(script: Script) -> set[str]:
    """Return the top-level names that the script imports; an empty name stands for a relative import."""
    return {full.partition(".")[0] for full in script.source.imports.values()} if script.source else set()
