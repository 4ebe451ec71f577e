"""Whether the code that trials run is still what it was when the sweep was made."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from sweeper.core.paths import SweepPaths
from sweeper.core.records import Edited, Paused
from sweeper.snapshot import code, sums
from sweeper.snapshot import watch as watching
from sweeper.snapshot.watch import CodeWatch


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two modules, a configuration that git does not know, and a data file."""
    (tmp_path / "project").mkdir()
    for name in ("a.py", "b.py", "c.yaml", "d.bin"):
        (tmp_path / "project" / name).write_text(f"{name}\n")
    return tmp_path / "project"


@pytest.fixture
def paths(tmp_path: Path) -> SweepPaths:
    """A sweep's folder."""
    (tmp_path / "sweep").mkdir()
    return SweepPaths(os.fspath(tmp_path / "sweep"))


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look is put off."""
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(watching, "SHARE", 1e9)


def described(project: Path, paths: SweepPaths, *records: Edited | Paused) -> CodeWatch:
    code.describe(project, Path(paths.code))
    return CodeWatch(paths, os.fspath(project), records)


def test_the_digests_are_what_sha256sum_reads(project: Path, paths: SweepPaths) -> None:
    """Anybody can check by hand whether the code is still the same."""
    described(project, paths)
    done = subprocess.run(
        ["sha256sum", "-c", paths.code_sums], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout == "a.py: OK\nb.py: OK\n"


def test_an_edit_is_seen_once_and_so_is_its_end(project: Path, paths: SweepPaths) -> None:
    """Changed, removed, changed back: each look tells what is new, and the same code is the same version."""
    seen = described(project, paths)
    assert seen.look() is None
    (project / "a.py").write_text("edited\n")
    first = seen.look()
    assert first
    assert (first.files, len(first.version)) == (("a.py",), 8)
    assert seen.look() is None
    (project / "b.py").unlink()
    second = seen.look()
    assert second
    assert second.files == ("a.py", "b.py")
    (project / "b.py").write_text("b.py\n")
    assert seen.look() == first
    (project / "a.py").write_text("a.py\n")
    assert seen.look() == Edited("")
    os.utime(project / "a.py", (1, 1))
    assert seen.look() is None


def test_another_controller_goes_on_from_what_the_journal_says(project: Path, paths: SweepPaths) -> None:
    """An edit between two controllers is seen, one that is known is no news."""
    described(project, paths)
    (project / "a.py").write_text("edited\n")
    edited = CodeWatch(paths, os.fspath(project), [Paused("x")]).look()
    assert edited
    assert CodeWatch(paths, os.fspath(project), [edited]).look() is None


def test_what_programs_write_is_no_edit(project: Path, paths: SweepPaths) -> None:
    """New files, and files that git does not know and that are no source, may change as they like."""
    seen = described(project, paths)
    for name in ("c.yaml", "d.bin", "results.csv", "new.py"):
        (project / name).write_text("other\n")
    assert seen.look() is None


def test_a_copy_is_watched_in_its_place(project: Path, paths: SweepPaths) -> None:
    """Mending the copy is an edit; editing the project is none."""
    code.freeze(project, Path(paths.code), max_bytes=10**6)
    seen = CodeWatch(paths, os.fspath(project), [])
    (project / "a.py").write_text("edited\n")
    assert seen.look() is None
    Path(paths.code, "a.py").write_text("mended\n")
    edited = seen.look()
    assert edited
    assert edited.files == ("a.py",)


def test_a_sweep_of_an_older_version_is_not_watched(project: Path, paths: SweepPaths) -> None:
    """It has no digests to compare with."""
    seen = CodeWatch(paths, os.fspath(project), [])
    assert seen.look() is None
    (project / "a.py").write_text("edited\n")
    assert seen.look() is None
    code.describe(project, Path(paths.code))
    os.unlink(paths.code_sums)
    assert CodeWatch(paths, os.fspath(project), []).look() is None


def test_looks_are_rare(project: Path, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most one a second, and so seldom that they take a hundredth of the time."""
    seen = described(project, paths)
    monkeypatch.setattr(watching, "LOOK_EVERY", 3600.0)
    seen.look()
    (project / "a.py").write_text("edited\n")
    assert seen.look() is None


def test_what_is_too_much_is_left_out(
    project: Path, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large files are data, and of very many the first ones count."""
    (project / "large.py").write_bytes(b"x" * 1_000_001)
    (project / "odd\nname.py").touch()
    assert list(sums.read_sums(paths)) == []
    described(project, paths)
    assert list(sums.read_sums(paths)) == ["a.py", "b.py"]
    monkeypatch.setattr(sums, "_MOST_FILES", 1)
    code.describe(project, Path(paths.code))
    assert list(sums.read_sums(paths)) == ["a.py"]


@pytest.mark.parametrize("what", ["stat", "open"])
def test_code_that_cannot_be_read_for_a_moment_has_not_changed(
    project: Path, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nothing is noted of it; an edit is seen as soon as the file can be looked at again."""
    seen = described(project, paths)
    (project / "a.py").write_text("edited\n")

    def failing(path: object, *_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle", path)

    with monkeypatch.context() as patch:
        if what == "stat":
            patch.setattr(os, "stat", failing)
        else:
            patch.setattr(sums, "open", failing, raising=False)
        assert seen.look() is None
    found = seen.look()
    assert found is not None
    assert found.files == ("a.py",)
