"""Asks git about a project: which files belong to it, and how they differ from the last commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

# Removed from git's environment: if a git hook started cvsweep, they refer to another repository.
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_GIT = ("git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "diff.relative=false")
_DIFF = ("diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short")
_HIDDEN = ("--others", "--ignored", "--exclude-standard", "--directory", "--no-empty-directory")
_ABSENT = "not a git repository"
_SUBMODULE = "160000"


class GitError(Exception):
    """git cannot answer. The message is a remark for the user, or empty."""


@dataclass(slots=True)
class Files:
    """The files of a work tree, with names relative to the project.

    Attributes:
        wants_ignored: whether ignored files are listed.
        tracked: the files that git tracks.
        new: the files that git does not know and does not ignore.
        ignored: ignored files, and folders in which everything is ignored, with a trailing `/`.
        missing: submodules and repositories whose files cannot be listed, with reasons.
    """

    wants_ignored: bool = True
    tracked: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Head:
    """The commit and the branch of a work tree, empty if there is none, and the project's path in it."""

    commit: str
    branch: str
    prefix: str


def head(project: str) -> Head:
    """Return the head of the project's work tree; GitError if the project is not in one."""
    if not _is_work_tree(project):  # faster than starting a git process
        raise GitError("")
    prefix = _run(project, "rev-parse", "--show-prefix").removesuffix("\n")
    try:
        commit, branch = _run(project, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").splitlines()
    except GitError:
        commit = branch = ""  # nothing has been committed yet
    return Head(commit, "" if branch == "HEAD" else branch, prefix)


def files(project: str, *, wants_ignored: bool = True) -> Files:
    """Return the files of the work tree in the project's folder, including those of inner repositories."""
    found = Files(wants_ignored)
    _list(project, "", found, is_new=False)
    return found


def diff(project: str, most: int) -> bytes:
    """Return the diff of tracked files from the last commit, at most `most` bytes; GitError if git fails."""
    with subprocess.Popen(
        [*_GIT, "-C", project, *_DIFF, "HEAD", "--", "."],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        assert process.stdout
        found = process.stdout.read(most)
        if len(found) == most:
            process.kill()
    if len(found) < most and process.returncode:
        raise GitError("git diff failed")
    return found


def changed(project: str) -> list[str]:
    """Return the files whose changes `diff` shows, including deleted ones; GitError if git fails."""
    names = _run(project, *_DIFF, "--name-only", "--no-renames", "--relative", "-z", "HEAD", "--", ".")
    return names.split("\0")[:-1]


def _list(top: str, prefix: str, found: Files, *, is_new: bool) -> None:
    listed = _run(
        f"{top}/{prefix}", "ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard"
    )
    for entry in listed.split("\0")[:-1]:
        tag, rest = entry[0], entry[2:]
        mode, _, name = ("", "", rest) if tag == "?" else rest.partition("\t")
        if mode.startswith(_SUBMODULE) or name.endswith("/"):
            _list_inner(top, f"{prefix}{name.rstrip('/')}", found, is_new=is_new or tag == "?")
        else:
            (found.new if is_new or tag == "?" else found.tracked).append(prefix + name)
    if found.wants_ignored:
        hidden = _run(f"{top}/{prefix}", "ls-files", "-z", *_HIDDEN)
        found.ignored.extend(prefix + name for name in hidden.split("\0")[:-1])


def _list_inner(top: str, name: str, found: Files, *, is_new: bool) -> None:
    if not os.path.lexists(f"{top}/{name}/.git"):
        found.missing.append((f"{name}/", "a submodule that is not checked out"))
        return
    try:
        _list(top, f"{name}/", found, is_new=is_new)
    except GitError as error:
        found.missing.append((f"{name}/", f"a repository of its own: {error}"))


def _run(folder: str, *arguments: str) -> str:
    command: Sequence[str] = [*_GIT, "-C", folder, *arguments]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False
        )
    except OSError as error:
        raise GitError("git is not installed" if _is_work_tree(folder) else "") from error
    if done.returncode:
        raise GitError(_why(folder, os.fsdecode(done.stderr)))
    return os.fsdecode(done.stdout)


def _why(folder: str, stderr: str) -> str:
    if _ABSENT in stderr:
        return ""
    if "dubious ownership" in stderr or "safe.directory" in stderr:
        trust = f"git config --global --add safe.directory {os.path.abspath(folder)}"
        return f"git does not trust this folder, since another user owns it (see: {trust})"
    return f"git failed: {stderr.strip().splitlines()[0] if stderr.strip() else 'it says no more'}"


def _is_work_tree(folder: str) -> bool:
    place = os.path.realpath(folder)
    while not os.path.lexists(f"{place}/.git"):
        if place == os.path.dirname(place):
            return False
        place = os.path.dirname(place)
    return True


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _PLACES} | _QUIET
