"""Files that git ignores in a project: those that packages need, those of code.include, and the others."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence

from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.patterns import lazy

_BUILT = lazy(r"\.(so(\.[\d.]+)?|pyd|dylib)$")
_VERSION = "_version.py"
_USUAL = frozenset({
    "__pycache__", "__pypackages__", "build", "dist", "env", "htmlcov", "lightning_logs", "mlruns",
    "multirun", "node_modules", "outputs", "runs", "sweeps", "target", "venv", "wandb",
})  # fmt: skip
_TOOLS = frozenset({
    ".DS_Store", ".cache", ".coverage", ".direnv", ".eggs", ".git", ".hypothesis", ".idea",
    ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pixi", ".pytest_cache", ".ruff_cache",
    ".tox", ".venv", ".vscode",
})  # fmt: skip
_ENDINGS = (".pyc", ".pyo", ".egg-info", ".log", ".swp", "~")
_CACHES = ("__pycache__", ".git")


def needed(ignored: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the ignored files without which a package of the project cannot be imported.

    These are modules in a package that git knows (`_version.py` of hatch-vcs, generated code), and extension
    modules that were built in folders with files that git knows.

    Args:
        ignored: the names that git ignores.
        known: the names that git knows.
    """
    files = [name for name in ignored if not name.endswith("/")]
    if not files:
        return []
    known = list(known)
    folders = {name.rpartition("/")[0] for name in known}
    packages = {name.rpartition("/")[0] for name in known if name.rpartition("/")[2] == "__init__.py"}
    modules = {name.rpartition("/")[0] for name in known if name.endswith(".py")}
    return [name for name in files if _is_needed(name, folders, packages, modules)]


def _is_needed(
    name: str, folders: Collection[str], packages: Collection[str], modules: Collection[str]
) -> bool:
    folder, _, base = name.rpartition("/")
    if _BUILT.search(base):
        return folder in folders
    return base.endswith(".py") and (folder in packages or (base == _VERSION and folder in modules))


def included(project: str, patterns: Sequence[str], ignored: Sequence[str]) -> list[str]:
    """Return the files that match `code.include`, relative to the project.

    Args:
        project: the folder of the project.
        patterns: the entries of `code.include`.
        ignored: the names that git ignores, as suggestions for a pattern without matches.

    Raises:
        UsageError: a pattern matches nothing, or is not inside the project.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        names = _matches(project, _inside(project, pattern))
        if not names:
            tops = [name.rstrip("/") for name in ignored]
            raise UsageError(
                f"code.include: {pattern!r} matches nothing in {project}{did_you_mean(pattern, tops)}"
            )
        found.update(dict.fromkeys(names))
    return list(found)


def _inside(project: str, pattern: str) -> str:
    place = os.path.normpath(os.path.join(project, pattern))
    if place == project or not place.startswith(f"{project.rstrip('/')}/"):
        raise UsageError(
            f"code.include: {pattern!r} is not inside the project {project}; name files and folders of it"
        )
    return os.path.relpath(place, project)


def _matches(project: str, pattern: str) -> list[str]:
    import glob  # imported late, since few sweeps need it

    exact = [pattern] if os.path.lexists(f"{project}/{pattern}") else []
    tops = exact or sorted(glob.glob(pattern, root_dir=project, recursive=True, include_hidden=True))
    found = [name for top in tops for name in _files(project, top)]
    return [name for name in found if not set(_CACHES) & set(name.split("/"))]


def _files(project: str, name: str) -> Iterator[str]:
    place = f"{project}/{name}"
    if os.path.islink(place) or not os.path.isdir(place):
        yield name
        return
    entries = sorted(os.listdir(place))
    if not entries:
        yield name
    for entry in entries:
        yield from _files(project, f"{name}/{entry}")


def to_name(ignored: Iterable[str], known: Iterable[str], copied: Collection[str]) -> list[str]:
    """Return the ignored names to report as left out: those at the top of the project or in its packages.

    Caches, environments and the outputs of common tools are not reported.

    Args:
        ignored: the names that git ignores.
        known: the names that git knows.
        copied: ignored names that are copied nevertheless.
    """
    packages = {name.rpartition("/")[0] for name in known if name.endswith("/__init__.py")}
    reached = {name[: at + 1] for name in copied for at, char in enumerate(name) if char == "/"}
    return [
        name
        for name in ignored
        if not _is_usual(name) and name not in copied and name not in reached and _is_near(name, packages)
    ]


def _is_near(name: str, packages: Collection[str]) -> bool:
    folder = name.rstrip("/").rpartition("/")[0]
    return not folder or folder in packages


def _is_usual(name: str) -> bool:
    base = name.rstrip("/").rpartition("/")[2]
    return base in _USUAL | _TOOLS or base.endswith(_ENDINGS)
