"""Recognizes Python interpreters in a command line, and flags that make them ignore PYTHONPATH."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from sweeper.core.patterns import lazy

_NAME = lazy(r"(python|pypy)[\d.]*t?")
_MAYBE = lazy(r"(python|pypy)[\d.]*t?['\"]?\s+['\"]?-")
_SHELL_TEXT = lazy(r"-[a-z]*c")
_CLEARING = ("-i", "-", "--ignore-environment", "-uPYTHONPATH", "-u PYTHONPATH", "--unset=PYTHONPATH")
_WITH_VALUE = "WX"
_LAST = "cm"


def is_python(word: str) -> bool:
    """Whether the word names a Python interpreter: `python3.11`, `/opt/venv/bin/python`."""
    return _NAME.fullmatch(word.rpartition("/")[2]) is not None


def ignores_pythonpath(command: str) -> str:
    """Return the flag that keeps a Python in `command` (shell text) from reading PYTHONPATH, as written.

    These are `-I` and `-E`, alone or among other flags (`-IsP`), also inside a word that another shell reads
    (`sh -c "python -I x.py"`), `env -i`, and `env -uPYTHONPATH`. Empty if there is none.
    """
    if not _MAYBE.search(command) and "env" not in command:
        return ""
    return next(_blockers(command), "")


def _blockers(text: str) -> Iterator[str]:
    try:
        words = shlex.split(text)
    except ValueError:  # not valid shell text: a quote is not closed
        return
    for at, word in enumerate(words):
        if is_python(word):
            yield from _python_flags(words[at + 1 :])
        elif word.rpartition("/")[2] == "env":
            yield from _env_flags(words[at + 1 :])
        elif at and _SHELL_TEXT.fullmatch(words[at - 1]):
            yield from _blockers(word)


def _python_flags(words: Sequence[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word in ("-", "--") or word.startswith("--"):
            return
        flags = re.split(f"[{_WITH_VALUE}{_LAST}]", word[1:], maxsplit=1)
        if set(flags[0]) & {"I", "E"}:
            yield word
        if len(flags) == 1:
            continue
        if word[1 + len(flags[0])] in _LAST:
            return
        if not flags[1]:
            next(rest, None)


def _env_flags(words: Sequence[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            return
        if word in ("-u", "-C"):  # the value is a word of its own
            word = f"{word} {next(rest, '')}"
        if word in _CLEARING:
            yield f"env {word}"
