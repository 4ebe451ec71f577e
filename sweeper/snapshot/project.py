"""Which files make up a project: what git knows of it or, without git, all but what is never code."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from sweeper.snapshot import git, ignored

LeftOut = list[tuple[str, str]]
"""Names and reasons."""

_MOST_FILES = 20_000
_NEVER = {"__pycache__": "", "node_modules": "installed packages"}
"""Folders that are no code of the project, and the messages about them."""
_SIGNS = {
    "pyvenv.cfg": "a virtual environment",
    "conda-meta": "a virtual environment",
    "sweep.json": "a sweep",
}
"""Names that tell what the folder is in which they lie."""


@dataclass(slots=True)
class Contents:
    """What is to be copied, relative to the project; an empty folder counts as a file.

    `new` are files that git does not know, `needed` those that it ignores but a package needs; both are
    among `files`. `ignored`: what is not copied since git ignores it, as far as it is worth naming.
    """

    files: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    head: git.Head | None = None


def tracked(project: str, leave_out: Collection[str]) -> Contents:
    """The same as `contents`, but quickly: without what git ignores, and without git only the first files."""
    avoid = {inside for place in leave_out if (inside := _inside(project, place))}
    with suppress(git.GitError):
        head, listed = git.head(project), git.files(project, wants_ignored=False)
        known, new = _without(listed.tracked, avoid), list(_without(listed.new, avoid))
        return Contents(files=[*known, *new], new=new, head=head)
    return Contents(files=list(islice(_walk(project, "", avoid, []), _MOST_FILES)))


def contents(project: str, leave_out: Collection[str], include: Sequence[str] = ()) -> Contents:
    """The files of the project: from git if the project lies in a work tree, else from its folder.

    `include` are patterns of further files, as in `code.include`. UsageError if one matches nothing.
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
    """Where `place` lies in the project; empty where it does not, or is the project itself."""
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
    """Without virtual environments and sweeps, whatever they are called."""
    return [
        name
        for name in names
        if not (name.endswith("/") and any(os.path.exists(f"{project}/{name}{sign}") for sign in _SIGNS))
    ]


def _odd_folders(names: Iterable[str]) -> dict[str, str]:
    """The folders among new files that are no code: nobody thought of ignoring them."""
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
    """Is it one of the folders, or in one?"""
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
    """What lies in a folder of the project, in order of name; None where nothing in it is to be copied."""
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
