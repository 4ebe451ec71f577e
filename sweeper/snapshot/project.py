"""Lists the files of a project: those that git knows or, without git, all that may be code."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from sweeper.snapshot import git, ignored

LeftOut = list[tuple[str, str]]
"""Names that are not copied, with reasons."""

_MOST_FILES = 20_000
_NEVER = {"__pycache__": "", "node_modules": "installed packages"}
"""Folders that are never code of the project, with the reason to report; an empty one is not reported."""
_SIGNS = {
    "pyvenv.cfg": "a virtual environment",
    "conda-meta": "a virtual environment",
    "sweep.json": "a sweep",
}
"""Names of files that identify the kind of folder that contains them."""


@dataclass(slots=True)
class Contents:
    """The files to copy, with names relative to the project; an empty folder counts as a file.

    Attributes:
        files: all files to copy, including `new` and `needed`.
        new: files that git does not know.
        needed: files that git ignores, but that a package needs.
        ignored: names that are not copied because git ignores them, as far as they are worth reporting.
        left_out: other names that are not copied, with reasons.
        remarks: lines for the user.
        head: the state of git; None without git.
    """

    files: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    head: git.Head | None = None


def tracked(project: str, leave_out: Collection[str]) -> Contents:
    """Return the files of the project faster than `contents`, for a project that is not copied.

    Ignored files are not listed. Without git, only the first files are.
    """
    avoid = {inside for place in leave_out if (inside := _inside(project, place))}
    with suppress(git.GitError):
        head, listed = git.head(project), git.files(project, wants_ignored=False)
        known, new = _without(listed.tracked, avoid), list(_without(listed.new, avoid))
        return Contents(files=[*known, *new], new=new, head=head)
    return Contents(files=list(islice(_walk(project, "", avoid, []), _MOST_FILES)))


def contents(project: str, leave_out: Collection[str], include: Sequence[str] = ()) -> Contents:
    """Return the files of the project: from git if the project is in a work tree, else from its folder.

    Args:
        project: the folder of the project.
        leave_out: files and folders that are left out.
        include: patterns of further files, as in `code.include`.

    Raises:
        UsageError: a pattern matches nothing, or is not inside the project.
    """
    avoid = {inside for place in leave_out if (inside := _inside(project, place))}
    remarks = []
    try:
        found = _from_git(project, avoid, include)
        if found.files:
            return found
        remarks.append("git knows no file here, so all files are copied")
    except git.GitError as error:
        if str(error):
            remarks.append(f"{error}; all files are copied, those that it ignores as well")
    found = Contents(remarks=remarks)
    found.files.extend(_walk(project, "", avoid, found.left_out))
    found.files.extend(_not_in(ignored.included(project, include, ()), found.files, avoid))
    return found


def _inside(project: str, place: str) -> str:
    """Return the path of `place` relative to the project; empty if it is not inside it."""
    relative = os.path.relpath(os.path.realpath(place), os.path.realpath(project))
    return "" if relative == "." or relative.split("/")[0] == ".." else relative


def _from_git(project: str, avoid: Collection[str], include: Sequence[str]) -> Contents:
    head, listed = git.head(project), git.files(project)
    found = Contents(left_out=listed.missing, head=head)
    if head.prefix:
        found.remarks.append(
            f"the project is the folder {head.prefix} of a repository: only that folder is copied"
        )
    new = list(_without(listed.new, avoid))
    odd = _odd_folders(new)
    found.left_out.extend((f"{name}/", reason) for name, reason in odd.items() if reason)
    found.new = [name for name in new if not _lies_in(name, odd)]
    known = [*_without(listed.tracked, avoid), *found.new]
    hidden = [name for name in listed.ignored if not _lies_in(name.rstrip("/"), avoid)]
    found.needed = ignored.needed(hidden, known)
    asked = _not_in(ignored.included(project, include, hidden), [*known, *found.needed], avoid)
    found.files = [*known, *found.needed, *asked]
    found.ignored = _worth_naming(project, ignored.to_name(hidden, known, {*found.needed, *asked}))
    return found


def _not_in(names: Iterable[str], there: Iterable[str], avoid: Collection[str]) -> list[str]:
    known = set(there)
    return [name for name in _without(names, avoid) if name not in known]


def _worth_naming(project: str, names: Iterable[str]) -> list[str]:
    """Return the names without virtual environments and sweeps, which may have any name."""
    return [
        name
        for name in names
        if not (name.endswith("/") and any(os.path.exists(f"{project}/{name}{sign}") for sign in _SIGNS))
    ]


def _odd_folders(names: Iterable[str]) -> dict[str, str]:
    """Return folders of new files that are not code, with reasons; they are only missing in .gitignore."""
    odd = {}
    for name in names:
        parts = name.split("/")
        for depth, part in enumerate(parts):
            here = "/".join(parts[:depth])
            if part in _NEVER and depth < len(parts) - 1:
                odd[f"{here}/{part}".lstrip("/")] = _NEVER[part]
            elif here and part in _SIGNS:
                odd[here] = _SIGNS[part]
    return odd


def _without(names: Iterable[str], avoid: Collection[str]) -> Iterator[str]:
    return (name for name in names if not _lies_in(name, avoid)) if avoid else iter(names)


def _lies_in(name: str, folders: Collection[str]) -> bool:
    """Whether a name is one of the folders, or inside one of them."""
    while name:
        if name in folders:
            return True
        name = name.rpartition("/")[0]
    return False


def _walk(project: str, prefix: str, avoid: Collection[str], left_out: LeftOut) -> Iterator[str]:
    entries = _entries(f"{project}/{prefix}", prefix, left_out)
    if entries == [] and prefix:
        yield prefix
    for entry in entries or ():
        name = prefix + entry.name
        if name in avoid:
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield name
        elif entry.name in _NEVER or entry.name.startswith("."):
            if reason := _NEVER.get(entry.name, "a hidden folder"):
                left_out.append((f"{name}/", reason))
        else:
            yield from _walk(project, f"{name}/", avoid, left_out)


def _entries(folder: str, prefix: str, left_out: LeftOut) -> list[os.DirEntry[str]] | None:
    """Return the entries of a folder of the project, sorted by name; None if nothing in it is copied."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        left_out.append((prefix, "may not be read"))
        return None
    except (FileNotFoundError, NotADirectoryError):
        return None
    signs = [_SIGNS[entry.name] for entry in entries if entry.name in _SIGNS] if prefix else []
    if signs:
        left_out.append((prefix, signs[0]))
        return None
    return entries
