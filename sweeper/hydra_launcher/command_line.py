"""The command line that runs a Hydra app again: as it was typed, without the overrides."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from hydra._internal.utils import get_args_parser

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.files.inside import inside

_IS_OF_THE_MULTIRUN = lazy(r"[+~]*hydra[./](mode|launcher|run)\b")
"""Overrides for the launching process only: its launcher, and the folder of a run that is no multirun."""
_IS_OF_THE_LAUNCHER = lazy(r"[+~]*hydra[./]launcher\b")
_IS_HYDRAS = lazy(r"[+~]*hydra[./@=]")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How a program was started, and the part of it that every job needs.

    Attributes:
        head: the words up to Hydra's: the interpreter, its options, and the script or `-m` and a module.
        flags: those that choose the configuration, such as `--config-name`.
    """

    head: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def is_isolated(self) -> bool:
        """Whether its Python ignores environment variables (-I or -E)."""
        return bool(sys.flags.ignore_environment)

    def words(self, project: str, *, here: bool) -> tuple[str, ...]:
        """Return the words that run the program in `project`, with the flags that choose its configuration.

        Args:
            project: the folder that a trial starts in. Paths of files below it are made relative to it.
            here: trials are processes of this machine; elsewhere they use the Python of their image.
        """
        beside = os.path.dirname(self.head[0])  # a command that is installed beside its Python is not moved
        rest = [
            word if os.path.dirname(word) == beside else _near(word, project)
            for word in (*self.head[1:], *self.flags)
        ]
        if here:
            return (self.head[0], *rest)
        if rest[0].startswith("/") and os.path.dirname(rest[0]) == beside:
            return (os.path.basename(rest[0]), *rest[1:])
        outside = next((word for word in rest if word.startswith("/")), None)
        if outside:
            raise UsageError(f"{outside} is not in {project}: start the program in its project's folder")
        return ("python", *rest)

    def in_key(self, project: str, *, here: bool) -> str:
        """Return what belongs to a trial's key: not where the project, Python or its packages lie.

        The path of a program elsewhere belongs to it: another program may have the same name.
        """
        words = self.words(project, here=False)[1:] if not here else (*self.head[1:], *self.flags)
        at = len(words) - len(self.flags)
        found = [_in_key(word, project) for word in words[:at]]
        found += [_name_if_absolute(_below(word, project)) for word in words[at:]]
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        if here and "-m" in self.head and main:
            found += filter(os.path.isabs, [_in_key(os.path.realpath(main), project)])
        return " ".join(found)


def read_command_line(given: Sequence[str]) -> CommandLine | None:
    """Return how this program was started, if Hydra got its overrides from the command line; else None.

    A notebook, a test or a program that calls Hydra itself was started by another command, which would not
    run the app again.

    Args:
        given: the overrides that Hydra got.
    """
    said = _Parser.parse(sys.argv[1:])
    words = sys.orig_argv
    arguments = sys.argv[1:]
    if said is None or sorted(_typed(said.overrides)) != sorted(_typed(given)):
        return None
    if arguments and words[-len(arguments) :] != arguments:
        return None
    head = words[: len(words) - len(arguments)]
    if len(head) < 2 or "-c" in head:
        return None
    named = {"--config-path": said.config_path, "--config-name": said.config_name}
    flags = [word for flag, value in named.items() if value for word in (flag, value)]
    if said.config_dir:
        flags += ["--config-dir", said.config_dir]
    return CommandLine((sys.executable or head[0], *head[1:]), tuple(flags))


def _typed(overrides: Sequence[str]) -> list[str]:
    """Return the overrides without those that Hydra adds itself."""
    return [text for text in overrides if not text.startswith("hydra.mode=")]


def own_overrides(overrides: Sequence[str]) -> list[str]:
    """Return those of Hydra's own overrides that apply to a job, too."""
    return [text for text in overrides if not _IS_OF_THE_MULTIRUN.match(text)]


def is_launchers(override: str) -> bool:
    """Whether an override chooses the launcher, or sets one of its settings."""
    return _IS_OF_THE_LAUNCHER.match(override) is not None


def is_hydras(override: str) -> bool:
    """Whether an override is for Hydra itself, and not for the app."""
    return _IS_HYDRAS.match(override) is not None


def _in_key(word: str, project: str) -> str:
    """Return a word of the program as it is in keys: a path in the project is relative to it."""
    near = _below(word, project)
    if near.startswith("/") and (inside(project, word) or _is_installed(word)):
        return os.path.basename(word)
    return near


def _is_installed(file: str) -> bool:
    """Whether a file was installed with this Python."""
    folders = (os.path.dirname(sys.executable), sys.prefix, os.path.realpath(sys.prefix))
    return any(file.startswith(f"{folder}/") for folder in folders)


def _name_if_absolute(word: str) -> str:
    return os.path.basename(word) if word.startswith("/") else word


def _near(word: str, project: str) -> str:
    """Return the path of a file in the project relative to it, also through links; other words unchanged."""
    return (os.path.isabs(word) and inside(project, word)) or word


def _below(word: str, project: str) -> str:
    """Return the same by the text of the path alone, as keys have always had it."""
    return os.path.relpath(word, project) if word.startswith(f"{project}/") else word


class _ParseError(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    """Hydra's command line parser, which raises an error instead of printing a message and exiting."""

    @classmethod
    def parse(cls, words: Sequence[str]) -> Any:
        parser = get_args_parser()
        parser.__class__ = cls
        try:
            return parser.parse_args(list(words))
        except _ParseError:
            return None

    def error(self, message: str) -> NoReturn:
        raise _ParseError(message)
