"""The scripts of a project: where they lie, and what their sources tell. None of them is run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from sweeper.core.errors import UsageError
from sweeper.core.recognition import (
    Candidate,
    Metrics,
    Program,
    Source,
    metrics_of,
    parse_source,
    printed_by_shell,
    reached,
    recognise,
    recognise_plain,
    recognise_shell,
)

SUFFIXES = (".py", ".sh")
_LARGEST = 1_000_000
_LARGEST_SUM = 2_000_000
_MOST_MODULES = 40
_PATTERNS = (
    "*.py", "*.sh", "src/*.py", "scripts/*.py", "*/train.py", "*/main.py", "*/__main__.py",
    "src/*/train.py", "src/*/main.py", "src/*/__main__.py",
)  # fmt: skip
_NO_PROGRAMS = ("setup.py", "conftest.py", "noxfile.py", "__init__.py", "versioneer.py")
_OTHER_FOLDERS = ("tests", "test", "docs", "sweeps", "node_modules", "build", "dist", "site-packages")


@dataclass(frozen=True)
class Script:
    """One script; `path` is relative to the project, and `entry` a name in `[project.scripts]`."""

    project: Path
    path: str
    entry: str = ""

    @cached_property
    def text(self) -> str:
        return _read(self.project / self.path)

    @property
    def is_shell(self) -> bool:
        return self.path.endswith(".sh")

    @cached_property
    def own(self) -> Source | None:
        """The syntax of the file alone; None if it is no Python."""
        return parse_source(self.text)

    @cached_property
    def source(self) -> Source | None:
        """The syntax of a Python script, with what the project's modules that it imports define."""
        own = None if self.is_shell else self.own
        return own.with_names_of(list(self.modules.values())) if own else None

    @cached_property
    def modules(self) -> Mapping[str, Source]:
        """The project's own modules that the script imports, and those that these import, by their paths."""
        found: dict[str, Source] = {}
        waiting, size = [(self.path, self.own)] if self.own else [], 0
        while waiting and len(found) < _MOST_MODULES and size < _LARGEST_SUM:
            path, source = waiting.pop(0)
            for place in _imported(self.project, path, source):
                text = _read(self.project / place) if place not in found else ""
                size += len(text)
                parsed = parse_source(text) if text else None
                if parsed is not None and place != self.path:
                    found[place] = parsed
                    waiting.append((place, parsed))
        return found

    @cached_property
    def used(self) -> list[Source]:
        """What the script uses of its modules: only this has to do with its options for certain."""
        return reached(self.own, list(self.modules.values())) if self.own else []

    @cached_property
    def read(self) -> tuple[Program | None, str]:
        """How it reads its options, and the file that says so."""
        if self.is_shell:
            return recognise_shell(self.text), self.path
        if self.source is None:
            return None, self.path
        found = recognise(self.source)
        if found and (found.options or found.library != "argparse"):
            return found, self.path
        others = list(self.modules.values())
        used = set().union(*(source.uses() for source in (self.source, *others)))
        for path, module in self.modules.items():
            other = recognise(module.reached_by(used).with_names_of(others))
            if other and (other.options or other.app):
                return other, path
        return found or recognise_plain(self.source), self.path

    @cached_property
    def metrics(self) -> Metrics:
        """Where its metrics seem to come from."""
        program = self.read[0]
        options = [one.name for one in program.options] if program else []
        if self.source is None:
            return printed_by_shell(self.text, options)
        found = (metrics_of(source, options) for source in (self.source, *self.modules.values()))
        return next((one for one in found if one.how), Metrics())

    @property
    def candidate(self) -> Candidate:
        runs = self.is_shell or bool(self.source and (self.source.does_something or self.entry))
        return Candidate(self.path, runs and self.read[0] is not None, runs, self.entry)


def find_scripts(project: Path) -> list[Script]:
    """The scripts that may be meant, those at the top first."""
    paths = (path for pattern in _PATTERNS for path in sorted(project.glob(pattern)))
    found = {path: Script(project, path) for path in _relative(project, paths)}
    for entry, path in _entries(project):
        found[path] = replace(found.get(path, Script(project, path)), entry=entry)
    return list(found.values())


def named_script(project: Path, name: Path) -> Script:
    """The script that a person has named, which lies in this folder or below it."""
    path = (project / name).resolve()
    if not path.is_relative_to(project.resolve()):
        raise UsageError(f"init: {name} is not below this folder; go to its project: cd {name.parent}")
    return Script(project, path.relative_to(project.resolve()).as_posix())


def _relative(project: Path, paths: Iterator[Path]) -> Iterator[str]:
    for path in paths:
        folders = path.relative_to(project).parts[:-1]
        hidden = any(part.startswith((".", "_")) or part in _OTHER_FOLDERS for part in folders)
        in_environment = any((project / part / "pyvenv.cfg").exists() for part in folders)
        test = path.name.startswith("test_") or path.name.endswith("_test.py")
        if path.is_file() and not (hidden or in_environment or test or path.name in _NO_PROGRAMS):
            yield path.relative_to(project).as_posix()


def _entries(project: Path) -> Iterator[tuple[str, str]]:
    """The commands of `[project.scripts]`, and the files that they start."""
    try:
        scripts = tomllib.loads(_read(project / "pyproject.toml")).get("project", {}).get("scripts", {})
    except (tomllib.TOMLDecodeError, AttributeError):
        return  # whoever installs the project will be told
    for entry, target in scripts.items() if isinstance(scripts, dict) else ():
        module = str(target).partition(":")[0]
        if place := _file_of(project, (project, project / "src"), module):
            yield str(entry), place


def _imported(project: Path, path: str, source: Source) -> Iterator[str]:
    """The project's files that a source imports, as far as they lie where imports are looked for."""
    here = (project / path).parent
    for full in dict.fromkeys(source.imports.values()):
        level = len(full) - len(full.lstrip("."))
        folders = (here, project, project / "src")
        if level:
            above = [here, *here.parents]
            folders = (above[min(level, len(above)) - 1],) * 3
        for module in (full[level:], full[level:].rpartition(".")[0]):
            if module and (place := _file_of(project, folders, module)):
                yield place
                break


def _file_of(project: Path, folders: tuple[Path, ...], module: str) -> str | None:
    name = module.replace(".", "/")
    places = (folder / f"{name}{end}" for folder in folders for end in (".py", "/__init__.py"))
    found = next((place for place in places if place.is_file() and place.is_relative_to(project)), None)
    return found.relative_to(project).as_posix() if found else None


def _read(path: Path) -> str:
    """The text of a file; empty if it is too large to be a script, or is not there."""
    try:
        is_small = path.stat().st_size < _LARGEST
        return path.read_text(encoding="utf-8-sig", errors="replace") if is_small else ""
    except OSError:
        return ""


def package_of(project: Path, path: str) -> PurePosixPath | None:
    """The outermost package that a file is in, relative to the project; None if it is in none."""
    folder = PurePosixPath(path).parent
    found = None
    while folder.name and (project / folder / "__init__.py").exists():
        found, folder = folder, folder.parent
    return found
