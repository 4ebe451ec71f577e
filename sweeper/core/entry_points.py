"""Finds the file or module that a command starts, from the words of the command alone.

`entry_point` returns a result only if it is certain, since every trial fails if that file or module does not
exist. A word may be the value of an option that is unknown here; in doubt, it returns None. `sources` yields
everything that may be started.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sweeper.core.patterns import lazy
from sweeper.core.pythons import is_python

CODE = "{code}/"
"""The prefix of a path in the folder of the project, wherever the command starts."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A file by its path, or a module by its dotted name, as the command has it.

    `on_path`: a shell also searches PATH for it. `isolated`: Python does not import from the folder in which
    it starts.
    """

    name: str
    is_module: bool = False
    on_path: bool = False
    isolated: bool = False

    @property
    def is_relative(self) -> bool:
        """Whether it is looked up in the folder in which the command starts."""
        return not self.name.startswith(("/", CODE))


_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"})
_SHELL_FLAGS = frozenset({"--login", "--norc", "--noprofile", "--posix", "--verbose"})
_SUFFIXES = {"Rscript": ".R", "julia": ".jl", "node": ".js", "perl": ".pl", "ruby": ".rb", "lua": ".lua"}
_LAUNCHERS: dict[str, str] = {
    "torchrun": "", "torchpippy": "", "deepspeed": "", "kernprof": "", "ipython": "", "composer": "",
    "accelerate": "launch", "fabric": "run", "coverage": "run", "streamlit": "run",
}  # fmt: skip
"""Programs that start a Python script, with the subcommand that does so; empty if they need none."""
_LAUNCHER_MODULES: dict[str, str] = {
    "torch.distributed.run": "", "torch.distributed.launch": "", "accelerate.commands.launch": "",
    "accelerate": "launch", "coverage": "run", "cProfile": "", "profile": "", "trace": "", "pdb": "",
    "kernprof": "", "line_profiler": "", "memory_profiler": "", "pyinstrument": "", "scalene": "",
}  # fmt: skip
_WRAPPERS = frozenset({
    "env", "nice", "nohup", "time", "timeout", "stdbuf", "setsid", "taskset", "numactl", "ionice", "chrt",
    "xvfb-run", "catchsegv", "srun", "mpirun", "mpiexec", "horovodrun", "conda", "mamba", "micromamba",
    "poetry", "pipenv", "uv", "strace", "perf", "nsys", "ncu", "py-spy", "memray", "sudo",
})  # fmt: skip
"""Programs that run the command after their own options, in the same folder unless an option changes it."""
_ELSEWHERE = lazy(r"-C.*|-D.*|-wd|-?-(wdir|chdir|directory|cwd|work-?dir|working-dir(ectory)?)(=.*)?")
_NO_SCRIPT = frozenset({"-c", "-m", "--module", "--no-python", "--no_python"})
_UV_VALUES = frozenset({
    "--with", "-w", "--with-editable", "--with-requirements", "--extra", "--no-extra", "--group",
    "--no-group", "--only-group", "--python", "-p", "--package", "--env-file", "--index", "--default-index",
    "--index-url", "-i", "--extra-index-url", "--project", "--config-file", "--cache-dir", "--color",
})  # fmt: skip


def entry_point(command: Sequence[str]) -> EntryPoint | None:
    """Return the file or module that the program of a command starts; None if that is not certain."""
    found = _started(command) if command else None
    if found is None or not found.name:
        return None
    return None if "{" in found.name.removeprefix(CODE) else found


def sources(command: Sequence[str]) -> Iterator[EntryPoint]:
    """Yield the Python files and modules that the words of a command may start, in order; launchers last."""
    launchers = []
    for before, word in zip(["", *command], command, strict=False):
        if word.endswith(".py"):
            yield EntryPoint(word)
        elif before == "-m" and word in _LAUNCHER_MODULES:
            launchers.append(EntryPoint(word, is_module=True))
        elif before == "-m" and "{" not in word:
            yield EntryPoint(word, is_module=True)
    yield from launchers


def _started(command: Sequence[str]) -> EntryPoint | None:
    program, rest = command[0].rpartition("/")[2], command[1:]
    if is_python(program):
        return _by_python(rest)
    if program in _SHELLS:
        return _by_shell(rest)
    if program in _SUFFIXES:
        return EntryPoint(rest[0]) if rest and rest[0].endswith(_SUFFIXES[program]) else None
    if program in _LAUNCHERS:
        return _by_launcher(_LAUNCHERS[program], rest)
    return _by_wrapper(program, rest) if program in _WRAPPERS else None


def _by_python(words: Sequence[str]) -> EntryPoint | None:
    isolated, rest = False, iter(words)
    for word in rest:
        if word == "--":
            word = next(rest, "")
        elif word.startswith("--"):
            return None
        if word == "-" or not word.startswith("-"):
            return None if word == "-" else EntryPoint(word)
        flags, letter, value = _flags(word[1:])
        isolated = isolated or bool({"I", "P"} & set(flags))
        if letter == "c":
            return None
        value = value or (next(rest, "") if letter else "")
        if letter == "m":
            if value in _LAUNCHER_MODULES:
                return _by_launcher(_LAUNCHER_MODULES[value], list(rest))
            return EntryPoint(value, is_module=True, isolated=isolated)
    return None


def _flags(letters: str) -> tuple[str, str, str]:
    """Split Python's flags: those without a value; the one with a value; its value if in the same word."""
    found = re.search("[cmWX]", letters)
    return (letters[: found.start()], found[0], letters[found.end() :]) if found else (letters, "", "")


def _by_shell(words: Sequence[str]) -> EntryPoint | None:
    rest = iter(words)
    for word in rest:
        if word == "--":
            word = next(rest, "")
        elif word in _SHELL_FLAGS:
            continue
        if word.startswith("--") or (word.startswith("-") and {"c", "s"} & set(word)) or word == "-":
            return None
        if not word.startswith(("-", "+")):
            return EntryPoint(word, on_path="/" not in word)
        if word.endswith(("o", "O")):
            next(rest, None)  # the option's name, as in `-eo pipefail`
    return None


def _by_launcher(verb: str, words: Sequence[str]) -> EntryPoint | None:
    """Return the first `.py` among the words, if all before it are options or may be their values."""
    if verb:
        words = words[1:] if words and words[0] == verb else ()
    after_option = False
    for word in words:
        if word in _NO_SCRIPT or _ELSEWHERE.fullmatch(word):
            return None
        if word.startswith("-"):
            after_option = "=" not in word
        elif word.endswith(".py"):
            return EntryPoint(word)
        elif not after_option:
            return None
        else:
            after_option = False
    return None


def _by_wrapper(program: str, words: Sequence[str]) -> EntryPoint | None:
    for at, word in enumerate(words):
        if _ELSEWHERE.fullmatch(word):
            return None
        name = word.rpartition("/")[2]
        if not (is_python(name) or name in _SHELLS or name in _LAUNCHERS):
            continue
        found = _started(words[at:])
        before = words[at - 1] if at else ""
        maybe_value = before.startswith("-") and before != "--" and "=" not in before
        if not maybe_value or (found and found.name.endswith((".py", ".sh"))):
            return found
    return _by_uv(words[1:]) if program == "uv" and words and words[0] == "run" else None


def _by_uv(words: Sequence[str]) -> EntryPoint | None:
    """Return the `.py` that uv itself starts with Python. The value of an unknown flag can only hide it."""
    rest = iter(words)
    for word in rest:
        if word in _UV_VALUES:
            next(rest, None)
        elif word in _NO_SCRIPT:
            return None
        elif not word.startswith("-"):
            return EntryPoint(word) if word.endswith(".py") else None
    return None
