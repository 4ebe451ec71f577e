"""code/: what a copy of the project holds, what it says about the rest, and that nothing reaches it later."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Trial
from sweeper.core.paths import SweepPaths
from sweeper.snapshot import code, copying, git
from sweeper.snapshot.code import CodeFacts, freeze
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder, SweepWriter

PLENTY = 100_000_000
Tree = dict[str, str]


@pytest.fixture(autouse=True)
def _nobodys_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A git that knows a name, no settings of this machine, and no repository around the tests."""
    (tmp_path / "gitconfig").write_text(
        '[user]\nname = x\nemail = x@y\n[protocol "file"]\nallow = always\n[init]\ndefaultBranch = main\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without git."""
    return plant(tmp_path / "project", {"train.py": "print(1)\n", "lib/model.py": "x = 1\n"})


@pytest.fixture
def repo(project: Path) -> Path:
    """The same, all of it committed."""
    commit(project)
    return project


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes."""
    (tmp_path / "sweep").mkdir()
    return tmp_path / "sweep" / "code"


def plant(folder: Path, files: Tree) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run_git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", os.fspath(folder), *words], capture_output=True, text=True, check=True
    ).stdout


def commit(folder: Path) -> None:
    if not (folder / ".git").exists():
        run_git(folder, "init", "-q")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "x")


def names(folder: Path) -> list[str]:
    """Every file in the folder, and every empty folder."""
    found = [
        path
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    ]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def copied(project: Path, target: Path, **options: object) -> CodeFacts:
    return freeze(project, target, **{"max_bytes": PLENTY, **options})  # type: ignore[arg-type]


def test_a_work_tree_is_copied_as_it_is(repo: Path, target: Path) -> None:
    """Tracked files with their changes, new ones, none that is deleted or ignored; the facts say so."""
    plant(repo, {"gone.py": "", ".gitignore": "*.log\nout/\n"})
    commit(repo)
    (repo / "gone.py").unlink()
    plant(repo, {"train.py": "print(2)\n", "new.py": "y = 2\n", "a.log": "", "out/big": ""})
    frozen = copied(repo, target)
    assert names(target) == [".gitignore", "lib/model.py", "new.py", "train.py"]
    assert (target / "train.py").read_text() == "print(2)\n"
    assert frozen == CodeFacts(
        files=4,
        bytes=sum(path.stat().st_size for path in target.rglob("*") if path.is_file()),
        commit=run_git(repo, "rev-parse", "HEAD").strip(),
        branch="main",
        dirty=True,
        new=("new.py",),
        left_out=(),
        remarks=(),
        ignored=("out/",),
    )
    diff = (target.parent / "code.diff").read_text()
    assert "-print(1)\n+print(2)\n" in diff
    assert "deleted file mode" in diff
    assert code.read(SweepPaths(os.fspath(target.parent))) == frozen


def test_the_diff_makes_the_copy_from_the_commit(repo: Path, target: Path, tmp_path: Path) -> None:
    """Commit and diff together are the tracked files again, bytes that are no text as well."""
    (repo / "weights").write_bytes(bytes(range(256)))
    commit(repo)
    (repo / "weights").write_bytes(bytes(range(255, -1, -1)))
    copied(repo, target)
    run_git(tmp_path, "clone", "-q", os.fspath(repo), "again")
    run_git(tmp_path / "again", "apply", os.fspath(target.parent / "code.diff"))
    assert (tmp_path / "again" / "weights").read_bytes() == (target / "weights").read_bytes()


def test_a_clean_work_tree_leaves_no_diff(repo: Path, target: Path) -> None:
    """Nothing changed and nothing new: not dirty, and no code.diff; off a branch there is none to name."""
    run_git(repo, "checkout", "-q", "--detach")
    frozen = copied(repo, target)
    assert (frozen.dirty, frozen.new, frozen.branch) == (False, (), "")
    assert sorted(os.listdir(target.parent)) == ["code", "code.json", "code.sha256"]


def test_before_the_first_commit_all_is_new(project: Path, target: Path) -> None:
    """A repository without a commit is copied as well."""
    run_git(project, "init", "-q")
    run_git(project, "add", "train.py")
    frozen = copied(project, target)
    assert names(target) == ["lib/model.py", "train.py"]
    assert (frozen.commit, frozen.branch, frozen.dirty, frozen.new) == ("", "", True, ("lib/model.py",))


def test_modes_and_times_are_kept(repo: Path, target: Path) -> None:
    """What is executable stays so, what is private does too, and a file is as old as it was."""
    for name, mode in {"train.py": 0o755, "lib/model.py": 0o600}.items():
        (repo / name).chmod(mode)
        os.utime(repo / name, ns=(1_600_000_000_000_000_001, 1_500_000_000_000_000_003))
    (repo / "lib").chmod(0o700)
    copied(repo, target)
    for name in ("train.py", "lib/model.py", "lib"):
        assert (target / name).stat().st_mode == (repo / name).stat().st_mode
    assert (target / "train.py").stat().st_mtime_ns == 1_500_000_000_000_000_003


def test_no_mode_is_wider_than_the_umask(project: Path, target: Path) -> None:
    """What the process would not make for everybody the copy does not make either."""
    (project / "train.py").chmod(0o777)
    before = os.umask(0o077)
    try:
        copied(project, target)
    finally:
        os.umask(before)
    assert (target / "train.py").stat().st_mode & 0o777 == 0o700
    assert target.stat().st_mode & 0o777 == 0o700


def test_a_part_of_a_repository_is_copied_alone(repo: Path, target: Path) -> None:
    """A project that is a folder of a repository is that folder, and the user is told."""
    plant(repo, {"lib/model.py": "x = 2\n", "train.py": "print(2)\n", "new.py": "", "lib/new.py": ""})
    frozen = copied(repo / "lib", target)
    assert names(target) == ["model.py", "new.py"]
    assert (frozen.new, frozen.dirty) == (("new.py",), True)
    assert frozen.remarks == ("the project is the folder lib/ of a repository: only that folder is copied",)
    assert "train.py" not in (target.parent / "code.diff").read_text()


def test_submodules_and_repositories_inside_come_along(repo: Path, target: Path, tmp_path: Path) -> None:
    """Code that other repositories bring is code of the project; one that was not checked out is named."""
    other = plant(tmp_path / "other", {"o.py": "", ".gitignore": "*.log\n"})
    commit(other)
    for name in ("sub", "hollow"):
        run_git(repo, "submodule", "--quiet", "add", os.fspath(other), name)
    commit(repo)
    run_git(repo, "submodule", "--quiet", "deinit", "hollow")
    plant(repo, {"sub/o.py": "changed", "sub/new.py": "", "sub/a.log": "", "loose/l.py": ""})
    commit(repo / "loose")
    frozen = copied(repo, target)
    assert {"sub/o.py", "sub/new.py", "loose/l.py", "train.py"} < set(names(target))
    assert "sub/a.log" not in names(target)
    assert (target / "sub/o.py").read_text() == "changed"
    assert set(frozen.new) == {"sub/new.py", "loose/l.py"}
    assert frozen.left_out == (("hollow/", "a submodule that is not checked out"),)
    assert frozen.dirty


def test_without_git_all_files_are_copied(project: Path, target: Path) -> None:
    """All but what is never code; empty folders as well, since a program may want to write there."""
    extra = {
        ".env": "A=1",
        ".cache/x": "",
        "lib/__pycache__/m.pyc": "",
        "env/pyvenv.cfg": "",
        "env/bin/python": "",
        "web/node_modules/x/y.js": "",
        "old/sweep.json": "{}",
        "old/trials/1": "",
    }
    plant(project, extra)
    (project / "logs").mkdir()
    frozen = copied(project, target)
    assert names(target) == [".env", "lib/model.py", "logs", "train.py"]
    assert dict(frozen.left_out) == {
        ".cache/": "a hidden folder",
        "env/": "a virtual environment",
        "web/node_modules/": "installed packages",
        "old/": "a sweep",
    }
    assert (frozen.commit, frozen.branch, frozen.dirty, frozen.new, frozen.remarks) == ("", "", False, (), ())


def test_what_nobody_thought_of_ignoring_is_left_out(repo: Path, target: Path) -> None:
    """New files of a virtual environment, a cache or a sweep are no code, though git lists them."""
    extra = {"env/pyvenv.cfg": "", "env/bin/python": "", "lib/__pycache__/m.pyc": "", "s/x/sweep.json": "{}"}
    plant(repo, {**extra, "s/x/trials/1": "", "s/mine.py": ""})
    frozen = copied(repo, target)
    assert names(target) == ["lib/model.py", "s/mine.py", "train.py"]
    assert dict(frozen.left_out) == {"env/": "a virtual environment", "s/x/": "a sweep"}
    assert frozen.new == ("s/mine.py",)


@pytest.mark.parametrize("in_git", [False, True])
def test_the_sweeps_in_the_project_do_not_travel(project: Path, in_git: bool) -> None:
    """Neither their root nor the sweep that is being made, even if tracked or reached by a link."""
    plant(project, {"sweeps/old/code/x.py": "", "sweeps-mine/y.py": ""})
    if in_git:
        commit(project)
    target = project / ".made.tmp" / "code"
    plant(project, {"sweeps/older/z": "", ".made.tmp/shim.sh": ""})
    link = project.parent / "link"
    link.symlink_to(project)
    frozen = copied(project, target, leave_out=[link / "sweeps", project, project.parent])
    assert names(target) == ["lib/model.py", "sweeps-mine/y.py", "train.py"]
    assert frozen.new == ()


@pytest.mark.parametrize("in_git", [False, True])
def test_links_stay_links(project: Path, target: Path, in_git: bool) -> None:
    """One that leads out of the project is kept, and the user is told that its end is not frozen."""
    links = {
        "lib/in": "../train.py",
        "folder": "lib",
        "dead": "nowhere",
        "lib/out": "../../data",
        "abs": "/etc/hostname",
    }
    for name, end in links.items():
        (project / name).symlink_to(end)
    if in_git:
        commit(project)
    frozen = copied(project, target)
    assert {name: os.readlink(target / name) for name in links} == links
    assert dict(frozen.left_out) == {
        "lib/out": "a link to ../../data: what lies there is not frozen",
        "abs": "a link to /etc/hostname: what lies there is not frozen",
    }
    assert frozen.files == 7


@pytest.mark.parametrize("in_git", [False, True])
def test_what_is_no_file_is_skipped(
    project: Path, target: Path, in_git: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FIFO or a socket is left out and named, and nothing waits for it."""
    plant(project, {"pipe": "", "socket": ""})
    if in_git:
        commit(project)
    (project / "pipe").unlink()
    (project / "socket").unlink()
    os.mkfifo(project / "pipe")
    monkeypatch.chdir(project)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("socket")
        frozen = copied(project, target)
    assert names(target) == ["lib/model.py", "train.py"]
    assert dict(frozen.left_out) == {"pipe": "no regular file", "socket": "no regular file"}


def test_odd_names_are_copied(repo: Path, target: Path) -> None:
    """Whatever a file may be called, it is copied and its name survives in the facts."""
    odd = ["a b", "-x", 'q"', "tab\t", "line\nbreak", "ü 💥", os.fsdecode(b"\xff"), "[x]*?"]
    for name in odd:
        (repo / name).write_text(name, errors="surrogateescape")
    frozen = copied(repo, target)
    assert set(odd) < set(names(target))
    facts = code.read(SweepPaths(os.fspath(target.parent)))
    assert facts is not None
    assert set(facts.new) == set(frozen.new) == set(odd)


def test_too_much_is_one_line_that_says_what(project: Path, target: Path) -> None:
    """Beyond the limit nothing is copied; the line names the total, the largest and the remedies."""
    plant(project, {"data/a": "x" * 900_000, "data/b": "x" * 2_000_000, "big.bin": "x" * 700_000})
    plant(project, {f"many/{number}": "x" * 10_000 for number in range(40)})
    with pytest.raises(UsageError) as caught:
        copied(project, target, max_bytes=1_000_000)
    assert str(caught.value) == (
        f"code: a copy of {project} would hold 4 MB, the limit is 1 MB"
        " (largest: data/b 2 MB, big.bin 0.7 MB, many/ 0.4 MB); keep what is no code in another place,"
        " or use git and a .gitignore, allow it with code.max_mb=5,"
        " or let trials use the project itself with code.mode=in_place"
    )
    assert os.listdir(target.parent) == []
    commit(project)
    with pytest.raises(UsageError, match=r"keep what is no code in \.gitignore, allow"):
        copied(project, target, max_bytes=1_000_000)


def test_just_enough_is_allowed(project: Path, target: Path) -> None:
    """A copy may hold exactly what the limit says; an empty project is a project."""
    assert copied(project, target, max_bytes=15).bytes == 15
    empty = project.parent / "empty"
    empty.mkdir()
    (target.parent / "other").mkdir()
    assert copied(empty, target.parent / "other" / "code").files == 0
    assert os.listdir(target.parent / "other" / "code") == []


@pytest.mark.parametrize("in_git", [False, True])
def test_what_goes_meanwhile_is_no_error(
    project: Path, target: Path, in_git: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, a link or a whole folder that vanishes, or turns into something else, is just not copied."""
    plant(project, {"dir/x": "", "turns/x": "", "file": "", "swapped": ""})
    (project / "link").symlink_to("train.py")
    if in_git:
        commit(project)

    def vanish(copy: copying.Copy, most: int) -> None:
        (project / "dir" / "x").unlink()
        (project / "dir").rmdir()
        (project / "turns").rename(project / "turned")
        (project / "turns").symlink_to("turned")
        (project / "file").unlink()
        (project / "link").unlink()
        (project / "swapped").unlink()
        (project / "swapped").symlink_to("/etc/hostname")

    monkeypatch.setattr(copying.Copy, "check", vanish)
    assert copied(project, target).files == 2
    assert [name for name in names(target) if name != "turns"] == ["lib/model.py", "train.py"]


@pytest.mark.parametrize("name", ["lstat", "open"])
def test_what_may_not_be_read_is_left_out(
    project: Path, target: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial could not read it either; any other trouble of the disk is an error."""
    really, number = getattr(os, name), errno.EACCES

    def refuse(path: object, *rest: object, **options: object) -> object:
        if str(path) == f"{project}/train.py":
            raise OSError(number, os.strerror(number))
        return really(path, *rest, **options)

    monkeypatch.setattr(os, name, refuse)
    assert copied(project, target).left_out == (("train.py", "may not be read"),)
    number = errno.EIO
    (target.parent / "again").mkdir()
    with pytest.raises(OSError, match="Input/output"):
        copied(project, target.parent / "again" / "code")


def test_a_disk_that_is_full_is_an_error(project: Path, target: Path, fail: Callable[..., None]) -> None:
    """Where the copy cannot be made it is not made by halves."""
    fail("mkdir")
    with pytest.raises(OSError, match="No space left"):
        copied(project, target)


def test_git_that_does_not_trust_the_folder(
    repo: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of another user git refuses: all files are copied, and the remedy is told."""
    plant(repo, {".gitignore": "*.log\n", "a.log": ""})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    frozen = copied(repo, target)
    assert names(target) == [".gitignore", "a.log", "lib/model.py", "train.py"]
    assert frozen.remarks == (
        "git does not trust this folder, since another user owns it (see: git config --global --add"
        f" safe.directory {repo}); all files are copied, those that it ignores as well",
    )


@pytest.mark.parametrize("in_git", [False, True])
def test_a_machine_without_git(
    project: Path, target: Path, in_git: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a project that lies in a work tree has a reason to hear of it."""
    if in_git:
        commit(project)
    monkeypatch.setenv("PATH", "/nowhere")
    frozen = copied(project / "lib", target)
    assert names(target) == ["model.py"]
    shown = "git is not installed; all files are copied, those that it ignores as well"
    assert frozen.remarks == ((shown,) if in_git else ())


def test_a_broken_repository_is_copied_by_its_files(repo: Path, target: Path) -> None:
    """Where git fails its own words are passed on."""
    (repo / ".git" / "index").write_bytes(b"damaged")
    frozen = copied(repo, target)
    assert names(target) == ["lib/model.py", "train.py"]
    assert frozen.remarks[0].startswith("git failed: ")


def test_a_broken_repository_in_the_project_is_named(repo: Path, target: Path) -> None:
    """The rest is copied as git says, and what is missing is told with git's own words."""
    commit(plant(repo / "inner", {"i.py": ""}))
    (repo / "inner" / ".git" / "index").write_bytes(b"damaged")
    frozen = copied(repo, target)
    assert names(target) == ["lib/model.py", "train.py"]
    ((name, reason),) = frozen.left_out
    assert name == "inner/"
    assert reason.startswith("a repository of its own: git failed: ")


@pytest.mark.parametrize(
    ("number", "message"), [(errno.EACCES, (("lib/", "may not be read"),)), (errno.ENOENT, ())]
)
def test_a_folder_that_cannot_be_listed(
    project: Path, target: Path, number: int, message: tuple[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that may not be read is named, one that has just gone is not."""
    really = os.scandir

    def refuse(path: str) -> object:
        if path == f"{project}/lib/":
            raise OSError(number, os.strerror(number))
        return really(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert copied(project, target).left_out == message
    assert names(target) == ["train.py"]


def test_a_project_that_its_repository_ignores(repo: Path, target: Path) -> None:
    """A folder of which a repository further up wants to know nothing is copied by its files."""
    plant(repo, {".gitignore": "/mine/\n", "mine/a.py": ""})
    frozen = copied(repo / "mine", target)
    assert names(target) == ["a.py"]
    assert frozen.remarks == ("git knows no file here, so all files are copied",)


def test_no_program_of_the_repository_is_run(repo: Path, target: Path, tmp_path: Path) -> None:
    """No monitor, pager, diff program or converter that it names is started."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "pager.diff", "diff.external", "diff.x.textconv"):
        run_git(repo, "config", key, os.fspath(trap))
    plant(repo, {".gitattributes": "*.py diff=x\n", "train.py": "print(3)\n"})
    (tmp_path / "sprung").unlink(missing_ok=True)
    assert copied(repo, target).dirty
    assert not (tmp_path / "sprung").exists()


def test_a_hook_may_start_us(
    repo: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What git sets for its hooks does not make another repository of the project's."""
    other = plant(tmp_path / "other", {"o.py": ""})
    commit(other)
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other / ".git" / "index"))
    copied(repo, target)
    assert names(target) == ["lib/model.py", "train.py"]


def test_a_long_diff_is_cut(repo: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files themselves are in the copy, so a huge diff is not worth its place."""
    monkeypatch.setattr(code, "_MOST_DIFF", 10_000)
    plant(repo, {"train.py": "x\n" * 100_000})
    frozen = copied(repo, target)
    diff = (target.parent / "code.diff").read_bytes()
    assert diff[10_000:] == b"\n# cut here, since more is too much; the files themselves are in code/\n"
    assert frozen.dirty
    assert frozen.remarks == ("code.diff is cut after 0 MB",)


def test_a_diff_that_fails_is_reported(repo: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is there all the same."""
    monkeypatch.setattr(git, "_DIFF", ("no-such-command",))
    frozen = copied(repo, target)
    assert frozen.remarks == ("git diff failed; so there is no code.diff",)
    assert sorted(os.listdir(target.parent)) == ["code", "code.json", "code.sha256"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 1}'])
def test_facts_that_cannot_be_read_are_none(target: Path, text: str) -> None:
    """A sweep without a copy, or with damaged facts about it, has no facts."""
    paths = SweepPaths(os.fspath(target.parent))
    assert code.read(paths) is None
    Path(paths.code_facts).write_text(text)
    assert code.read(paths) is None


def test_editing_the_project_later_changes_nothing(folder: SweepFolder, repo: Path) -> None:
    """A trial that was queued when its project was edited runs what was there when the sweep was made."""
    root = Path(folder.paths.folder).parent
    manifest = replace(
        folder.manifest, name="made", code=os.fspath(repo), start=os.fspath(root / "made" / "code")
    )
    trial = Trial(0, "key", {}, "cat train.py lib/model.py")
    made = create(root, manifest, [trial], partial(freeze, repo, max_bytes=PLENTY, leave_out=[root]))
    plant(repo, {"train.py": "print(2)\n", "lib/model.py": "x = 2\n"})
    writer = SweepWriter.take(made)
    try:
        assert writer.prepare(trial, Attempt(0, 1))
    finally:
        writer.release()
    script = made.paths.trial(trial).command
    done = subprocess.run(["sh", script], capture_output=True, text=True, check=True)
    assert done.stdout == "print(1)\nx = 1\n"
    facts = code.read(made.paths)
    assert facts is not None
    assert facts.commit == run_git(repo, "rev-parse", "HEAD").strip()
    assert json.loads(Path(made.paths.manifest).read_text())["start"] == made.paths.code


def test_what_a_package_needs_is_copied_though_it_is_ignored(repo: Path, target: Path) -> None:
    """Generated modules in packages, and extension modules beside tracked files; no other ignored file."""
    plant(repo, {".gitignore": "_version.py\n*_pb2.py\n*.so*\next.py\nbuilt/\n", "src/pkg/__init__.py": ""})
    plant(repo, {"src/plain/mod.py": ""})
    commit(repo)
    kept = ["lib/fast.so.1.2", "src/pkg/_version.py", "src/pkg/x_pb2.py", "src/pkg/y.cpython-311.so"]
    kept.append("src/plain/_version.py")
    dropped = ["ext.py", "src/pkg/built/z.py", "other/_version.py", "other/a.so", "src/plain/x_pb2.py"]
    plant(repo, dict.fromkeys([*kept, *dropped], "z = 1\n"))
    facts = copied(repo, target)
    assert sorted(facts.needed) == sorted(kept)
    assert set(kept) <= set(names(target))
    assert not set(dropped) & set(names(target))
    assert facts.ignored == ("ext.py", "other/", "src/pkg/built/")


def test_what_git_ignores_at_the_top_is_named(repo: Path, target: Path) -> None:
    """What the program may read is; caches, environments, sweeps and outputs of tools are not."""
    plant(repo, {".gitignore": "*\n!.gitignore\n!lib/\n!lib/*.py\n"})
    commit(repo)
    usual = ("__pycache__/a.pyc", ".venv/x", "wandb/x", "outputs/x", "run.log", "pkg.egg-info/x", ".git2/x")
    plant(repo, dict.fromkeys(usual[:-1], ""))
    plant(repo, {"myenv/pyvenv.cfg": "", "old-sweeps/sweep.json": "", "lib/__pycache__/x.pyc": ""})
    plant(repo, {"data/x.bin": "", ".env": "A=1\n", "ext.py": "", "lib/generated/a.py": ""})
    assert copied(repo, target).ignored == (".env", "data/", "ext.py")


def test_what_is_asked_for_is_copied(repo: Path, target: Path) -> None:
    """Paths and patterns of `code.include`, folders as a whole, links as links, and nothing twice."""
    plant(repo, {".gitignore": "data/\n.env\next.py\n*.bin\n"})
    commit(repo)
    plant(repo, {"data/a/x.csv": "1\n", "data/y.csv": "2\n", "data/__pycache__/z.pyc": "", ".env": "A=1\n"})
    plant(repo, {"ext.py": "", "lib/w.bin": "", "lib/deep/w.bin": ""})
    (repo / "data" / "link").symlink_to("/elsewhere")
    facts = copied(repo, target, include=["data", ".env", "**/*.bin", "lib", "train.py"])
    asked = {"data/a/x.csv", "data/y.csv", "data/link", ".env", "lib/w.bin", "lib/deep/w.bin"}
    assert asked < set(names(target))
    assert not {"ext.py", "data/__pycache__/z.pyc"} & set(names(target))
    assert facts.ignored == ("ext.py",)
    assert facts.left_out == (("data/link", "a link to /elsewhere: what lies there is not frozen"),)
    assert facts.files == len(names(target))


@pytest.mark.parametrize("in_git", [True, False])
def test_an_include_that_matches_nothing_is_refused(project: Path, target: Path, in_git: bool) -> None:
    """One line names it; with git also what may have been meant."""
    plant(project, {".gitignore": "data/\n"})
    if in_git:
        commit(project)
    plant(project, {"data/x": ""})
    with pytest.raises(UsageError) as caught:
        copied(project, target, include=["dta"])
    near = " (did you mean data?)" if in_git else ""
    assert str(caught.value) == f"code.include: 'dta' matches nothing in {project}{near}"


@pytest.mark.parametrize("place", ["..", "/etc/hostname", ".", "", "lib/../.."])
def test_an_include_outside_of_the_project_is_refused(project: Path, target: Path, place: str) -> None:
    """Only what lies in the project can have a place in its copy."""
    with pytest.raises(UsageError, match="is not inside the project"):
        copied(project, target, include=[place])


def test_an_include_counts_in_the_limit(repo: Path, target: Path) -> None:
    """A data folder that is asked for may be too much, as everything else."""
    plant(repo, {".gitignore": "data\n"})
    commit(repo)
    plant(repo, {"data/x": "z" * 2_000_000})
    with pytest.raises(UsageError, match=r"would hold 2 MB, the limit is 1 MB \(largest: data/"):
        freeze(repo, target, max_bytes=1_000_000, include=["data"])


@pytest.mark.parametrize(
    ("closed", "expected"),
    [("", 0o644), ("home", 0o600), ("project", 0o600), ("lib", 0o600), ("file", 0o600)],
)
def test_nothing_is_more_readable_than_it_was(tmp_path: Path, closed: str, expected: int) -> None:
    """Neither the copy nor the diff, whether a file, its folder, the project or one above it is closed."""
    repo = plant(tmp_path / "home" / "project", {"lib/secret.py": "A = 1\n"})
    commit(repo)
    plant(repo, {"lib/secret.py": "A = 2\n"})
    places = {"home": repo.parent, "project": repo, "lib": repo / "lib", "file": repo / "lib" / "secret.py"}
    for name, place in places.items():
        mode = 0o755 if place.is_dir() else 0o644
        place.chmod(mode & 0o700 if name == closed else mode)
    (tmp_path / "sweep").mkdir()
    target = tmp_path / "sweep" / "code"
    copied(repo, target)
    assert (target.parent / "code.diff").stat().st_mode & 0o777 == expected
    inner = [target, target / "lib", target / "lib" / "secret.py"]
    assert any(not place.stat().st_mode & 0o004 for place in inner) == (expected == 0o600)


@pytest.mark.parametrize("gone", ["lib/secret.py", "lib"])
def test_the_diff_of_a_file_that_is_gone_is_for_nobody_else(repo: Path, target: Path, gone: str) -> None:
    """The diff shows all that was in it, and nobody can tell any more who could read it."""
    plant(repo, {"lib/secret.py": "A = 1\n"})
    commit(repo)
    shutil.rmtree(repo / "lib") if gone == "lib" else (repo / gone).unlink()
    code.describe(repo, target)
    diff = target.parent / "code.diff"
    assert "-A = 1" in diff.read_text()
    assert diff.stat().st_mode & 0o777 == 0o600


def test_the_diff_is_as_private_as_a_file_that_is_left_out_of_the_copy(repo: Path, target: Path) -> None:
    """What lies in the sweeps' folder is not copied, but git may know it."""
    plant(repo, {"sweeps/notes": "1\n"})
    commit(repo)
    plant(repo, {"sweeps/notes": "2\n"})
    (repo / "sweeps" / "notes").chmod(0o600)
    code.describe(repo, target, leave_out=[repo / "sweeps"])
    assert (target.parent / "code.diff").stat().st_mode & 0o777 == 0o600


def test_the_copy_is_for_nobody_else_to_write(project: Path, target: Path) -> None:
    """Whatever the modes in the project are."""
    for place in (project, project / "train.py"):
        place.chmod(0o777)
    before = os.umask(0)
    try:
        copied(project, target)
    finally:
        os.umask(before)
    assert [place.stat().st_mode & 0o777 for place in (target, target / "train.py")] == [0o755, 0o755]


def test_the_project_itself_is_described_too(repo: Path, target: Path) -> None:
    """In place there is no copy, but commit, branch and diff are recorded all the same."""
    plant(repo, {"train.py": "print(2)\n"})
    facts = code.describe(repo, target)
    assert (facts.copied, facts.files, facts.branch, facts.dirty) == (False, 0, "main", True)
    assert facts.commit == run_git(repo, "rev-parse", "HEAD").strip()
    assert "+print(2)" in (target.parent / "code.diff").read_text()
    assert code.read(SweepPaths(os.fspath(target.parent))) == facts
    assert not target.exists()


def test_facts_of_an_older_version_are_read(repo: Path, target: Path) -> None:
    """A sweep that was made before there was more to say has a copy all the same."""
    facts = copied(repo, target)
    path = target.parent / "code.json"
    old = json.loads(path.read_text())
    for name in ("copied", "needed", "ignored", "checksum"):
        del old[name]
    path.write_text(json.dumps(old))
    assert code.read(SweepPaths(os.fspath(target.parent))) == facts


def test_a_copy_that_is_too_large_leaves_no_sweep(folder: SweepFolder, repo: Path) -> None:
    """The refusal comes before anything is seen of the sweep."""
    root = Path(folder.paths.folder).parent
    with pytest.raises(UsageError, match=r"^code: a copy of .* would hold"):
        create(root, replace(folder.manifest, name="made"), [], partial(freeze, repo, max_bytes=3))
    assert os.listdir(root) == ["played"]
