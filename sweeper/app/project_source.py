"""The source of a script of a project, and of the project's modules that it imports. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sweeper.core.recognition.reaching import reached
from sweeper.core.recognition.syntax import ParsedFile, parse_source

_LARGEST = 1_000_000
_LARGEST_SUM = 2_000_000
_MOST_MODULES = 40


@dataclass(frozen=True)
class ProjectSource:
    """The source of one script; `path` is relative to the project."""

    project: Path
    path: str

    @cached_property
    def text(self) -> str:
        return read_text(self.project / self.path)

    @property
    def is_shell(self) -> bool:
        return self.path.endswith(".sh")

    @cached_property
    def own(self) -> ParsedFile | None:
        """The syntax of the file alone; None if it is not Python."""
        return parse_source(self.text)

    @cached_property
    def source(self) -> ParsedFile | None:
        """The syntax of a Python script, with the names that the imported modules of the project define."""
        own = None if self.is_shell else self.own
        return own.with_names_of(list(self.modules.values())) if own else None

    @cached_property
    def modules(self) -> Mapping[str, ParsedFile]:
        """The project's modules that the script imports, directly or indirectly, by their paths."""
        found: dict[str, ParsedFile] = {}
        waiting, size = [(self.path, self.own)] if self.own else [], 0
        while waiting and len(found) < _MOST_MODULES and size < _LARGEST_SUM:
            path, source = waiting.pop(0)
            for place in _imported(self.project, path, source):
                text = read_text(self.project / place) if place not in found else ""
                size += len(text)
                parsed = parse_source(text) if text else None
                if parsed is not None and place != self.path:
                    found[place] = parsed
                    waiting.append((place, parsed))
        return found

    @cached_property
    def used(self) -> list[ParsedFile]:
        """The code of the modules that the script uses; only this code certainly belongs to its options."""
        return reached(self.own, list(self.modules.values())) if self.own else []


def _imported(project: Path, path: str, source: ParsedFile) -> Iterator[str]:
    """Yield the files of the project that a source imports, if they are in a folder that Python searches."""
    here = (project / path).parent
    for full in dict.fromkeys(source.imports.values()):
        level = len(full) - len(full.lstrip("."))
        folders = (here, project, project / "src")
        if level:
            above = [here, *here.parents]
            folders = (above[min(level, len(above)) - 1],) * 3
        for module in (full[level:], full[level:].rpartition(".")[0]):
            if module and (place := file_of(project, folders, module)):
                yield place
                break


def file_of(project: Path, folders: tuple[Path, ...], module: str) -> str | None:
    """Return the first file of a module in these folders that is in the project, relative to the project.

    The result is None if there is no such file.
    """
    name = module.replace(".", "/")
    places = (folder / f"{name}{end}" for folder in folders for end in (".py", "/__init__.py"))
    found = next((place for place in places if place.is_file() and place.is_relative_to(project)), None)
    return found.relative_to(project).as_posix() if found else None


def read_text(path: Path) -> str:
    """Return the text of a file; empty if it is too large for a script or cannot be read."""
    try:
        is_small = path.stat().st_size < _LARGEST
        return path.read_text(encoding="utf-8-sig", errors="replace") if is_small else ""
    except OSError:
        return ""
