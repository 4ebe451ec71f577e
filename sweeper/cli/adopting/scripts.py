"""Finds the scripts of a project and analyses their sources, without running them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from sweeper.app.project_source import ProjectSource, file_of, read_text
from sweeper.core.errors import UsageError
from sweeper.core.recognition.metrics import Metrics, metrics_of, printed_by_shell
from sweeper.core.recognition.model import Program
from sweeper.core.recognition.recognize import recognise, recognise_plain
from sweeper.core.recognition.script_choice import ScriptCandidate
from sweeper.core.recognition.shell import recognise_shell

SUFFIXES = (".py", ".sh")
_PATTERNS = (
    "*.py", "*.sh", "src/*.py", "scripts/*.py", "*/train.py", "*/main.py", "*/__main__.py",
    "src/*/train.py", "src/*/main.py", "src/*/__main__.py",
)  # fmt: skip
_NO_PROGRAMS = ("setup.py", "conftest.py", "noxfile.py", "__init__.py", "versioneer.py")
_OTHER_FOLDERS = ("tests", "test", "docs", "sweeps", "node_modules", "build", "dist", "site-packages")


@dataclass(frozen=True)
class Script(ProjectSource):
    """A script that may be the project's program; `entry` is its name in `[project.scripts]`, if any."""

    entry: str = ""

    @cached_property
    def read(self) -> tuple[Program | None, str]:
        """How the script reads its options, and the file in which this was recognised."""
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
        """The recognised source of the script's metrics."""
        program = self.read[0]
        options = [one.name for one in program.options] if program else []
        if self.source is None:
            return printed_by_shell(self.text, options)
        found = (metrics_of(source, options) for source in (self.source, *self.modules.values()))
        return next((one for one in found if one.how), Metrics())

    @property
    def candidate(self) -> ScriptCandidate:
        runs = self.is_shell or bool(self.source and (self.source.does_something or self.entry))
        return ScriptCandidate(self.path, runs and self.read[0] is not None, runs, self.entry)


def find_scripts(project: Path) -> list[Script]:
    """Return the candidate scripts of a project, in the order of the search patterns."""
    paths = (path for pattern in _PATTERNS for path in sorted(project.glob(pattern)))
    found = {path: Script(project, path) for path in _relative(project, paths)}
    for entry, path in _entries(project):
        found[path] = replace(found.get(path, Script(project, path)), entry=entry)
    return list(found.values())


def named_script(project: Path, name: Path) -> Script:
    """Return the named script; UsageError if it is not in or below the project folder."""
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
    """Yield the commands of `[project.scripts]` and the files that they start."""
    try:
        scripts = tomllib.loads(read_text(project / "pyproject.toml")).get("project", {}).get("scripts", {})
    except (tomllib.TOMLDecodeError, AttributeError):
        return  # installing the project reports the error
    for entry, target in scripts.items() if isinstance(scripts, dict) else ():
        module = str(target).partition(":")[0]
        if place := file_of(project, (project, project / "src"), module):
            yield str(entry), place


def package_of(project: Path, path: str) -> PurePosixPath | None:
    """Return the outermost package of a file, relative to the project; None if it is in no package."""
    folder = PurePosixPath(path).parent
    found = None
    while folder.name and (project / folder / "__init__.py").exists():
        found, folder = folder, folder.parent
    return found
