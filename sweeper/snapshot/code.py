"""code.json, code.diff and code/: the facts about the code that trials run, and its copy if there is one."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweeper.core.checksum import is_intact, with_checksum
from sweeper.core.errors import UsageError
from sweeper.core.fields import flag, text, texts, whole
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.files.inside import inside
from sweeper.files.regular import read_limited
from sweeper.snapshot import git
from sweeper.snapshot.access import Limit
from sweeper.snapshot.copying import Copy
from sweeper.snapshot.imports import Imports, make_links
from sweeper.snapshot.project import Contents, contents, tracked
from sweeper.snapshot.sums import write_sums

_MB = 1_000_000
_MOST_DIFF = 8 * _MB
_MOST_FACTS = 16 * _MB


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """The content of code.json: which code the trials run. Names are relative to the project.

    Attributes:
        files: the number of copied files.
        bytes: their size.
        commit: the commit of the project; empty if there is none.
        branch: the branch; empty if there is none.
        dirty: whether tracked files differ from the commit; code.diff has the differences.
        new: files of the project that git does not know.
        left_out: names that were not copied, with reasons.
        remarks: lines for the user.
        copied: whether trials run a copy; if not, they run the project itself.
        needed: files that were copied although git ignores them, because a package needs them.
        ignored: names that were not copied because git ignores them.
    """

    files: int
    bytes: int
    commit: str
    branch: str
    dirty: bool
    new: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    copied: bool = True
    needed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def freeze(
    project: Path,
    target: Path,
    *,
    max_bytes: int,
    leave_out: Collection[Path] = (),
    include: Sequence[str] = (),
    imports: Imports | None = None,
    programs: Collection[str] = (),
) -> CodeFacts:
    """Copy the project into a new sweep, and write code.json, code.diff and code.sha256 beside the copy.

    Args:
        project: the folder of the project.
        target: the folder `code` of the sweep.
        max_bytes: the largest size of the copy.
        leave_out: files and folders that are not copied.
        include: patterns of ignored files that are copied, as in `code.include`.
        imports: the import roots of the project, for which links are made.
        programs: paths of programs: relative ones must be in the copy, absolute ones must not be.

    Raises:
        UsageError: the copy would be too large, or trials would not run one of `programs` from it.
        OSError: the copy cannot be written.
    """
    source, paths = os.fspath(project), SweepPaths(os.fspath(target.parent))
    found = contents(source, [os.fspath(place) for place in (*leave_out, target.parent)], include)
    copy = Copy(source, os.fspath(target), found)
    copy.check(max_bytes)
    copy.make()
    for program in programs:
        _check_program(program, source, paths.code)
    if imports:
        make_links(imports, paths)
    return _record(source, paths, found, files=copy.files, size=copy.bytes)


def _check_program(program: str, project: str, copy: str) -> None:
    """Refuse a program that trials would not run from the copy."""
    name = inside(project, os.path.realpath(os.path.join(project, program)))
    if os.path.isabs(program):
        if name and os.path.exists(f"{copy}/{name}"):
            raise UsageError(
                f"task.command: {program} is a file of the project, not of its copy that trials are to run:"
                f" write {name}, or let trials use the project itself with code.mode=in_place"
            )
    elif program.split("/")[0] == os.pardir:
        remedy = f"write {name}" if name else "start it in the folder of the project"
        raise UsageError(
            f"task.command: {program} is not in the project, {project}, whose copy trials run: {remedy},"
            " or let trials use the project itself with code.mode=in_place"
        )
    elif not os.path.exists(f"{copy}/{program}"):
        raise UsageError(
            f"task.command: {program} is not in the copy of the project that trials run, as git ignores"
            f" it: write {os.path.abspath(f'{project}/{program}')}, or add it to code.include"
        )


def describe(project: Path, target: Path, *, leave_out: Collection[Path] = ()) -> CodeFacts:
    """Write the same facts and diff for trials that run the project itself; arguments are as for `freeze`."""
    source, paths = os.fspath(project), SweepPaths(os.fspath(target.parent))
    found = tracked(source, [os.fspath(place) for place in (*leave_out, target.parent)])
    return _record(source, paths, found, copied=False)


def read(paths: SweepPaths) -> CodeFacts | None:
    """Read which code the trials run; None if code.json is missing, as in old sweeps, or damaged."""
    raw = read_limited(paths.code_facts, _MOST_FACTS)
    try:
        return _facts(json.loads(raw)) if raw else None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _facts(data: Mapping[str, Any]) -> CodeFacts:
    if not is_intact(data):
        raise ValueError("the checksum does not match")
    return CodeFacts(
        whole(data, "files"),
        whole(data, "bytes"),
        text(data, "commit"),
        text(data, "branch"),
        flag(data, "dirty"),
        new=texts(data, "new"),
        left_out=tuple((str(name), str(reason)) for name, reason in data["left_out"]),
        remarks=texts(data, "remarks"),
        copied=flag({"copied": True, **data}, "copied"),
        needed=texts(data, "needed", ()),
        ignored=texts(data, "ignored", ()),
    )


def _record(
    project: str, paths: SweepPaths, found: Contents, *, copied: bool = True, files: int = 0, size: int = 0
) -> CodeFacts:
    dirty = _write_diff(project, paths, found)
    head = found.head or git.Head("", "", "")
    facts = CodeFacts(
        files=files,
        bytes=size,
        commit=head.commit,
        branch=head.branch,
        dirty=dirty,
        new=tuple(found.new),
        left_out=tuple(found.left_out) if copied else (),
        remarks=tuple(found.remarks) if copied else (),
        copied=copied,
        needed=tuple(found.needed) if copied else (),
        ignored=tuple(found.ignored) if copied else (),
    )
    write_sums(paths, paths.code if copied else project, found.files, _tracked(found))
    data = json.dumps(with_checksum(asdict(facts)), indent=2, ensure_ascii=False) + "\n"
    atomic.write(paths.code_facts, data.encode(errors="backslashreplace"), sync=False)
    return facts


def _tracked(found: Contents) -> set[str]:
    """Return the files that git tracks."""
    return set(found.files).difference(found.new, found.needed) if found.head else set()


def describe_commit(paths: SweepPaths) -> str:
    """Return the commit from which a sweep was created as text; empty if there is none."""
    facts = read(paths)
    if facts is None or not facts.commit:
        return ""
    branch = f" on {facts.branch}" if facts.branch else ""
    return f"commit {facts.commit[:10]}{branch}{', with changes (code.diff)' if facts.dirty else ''}"


def _write_diff(project: str, paths: SweepPaths, found: Contents) -> bool:
    """Write code.diff if tracked files differ from the commit; return whether they differ."""
    if not (found.head and found.head.commit):
        return found.head is not None
    try:
        diff = git.diff(project, _MOST_DIFF + 1)
    except git.GitError as error:
        found.remarks.append(f"{error}; so there is no code.diff")
        return True
    if len(diff) > _MOST_DIFF:
        diff = (
            diff[:_MOST_DIFF] + b"\n# cut here, since more is too much; the files themselves are in code/\n"
        )
        found.remarks.append(f"code.diff is cut after {_MOST_DIFF // _MB} MB")
    if diff:
        shown = {*found.files, *git.changed(project)}  # the diff shows the whole content of deleted files
        mode = Limit(project, paths.folder).readable(project, shown)
        atomic.write(paths.code_diff, diff, sync=False, mode=mode)
    return bool(diff)
