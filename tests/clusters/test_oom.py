"""The kernel's count of kills for want of memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.clusters.local import oom


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 1\n", 2),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", 7),
        ("low 0\n", 0),
        ("", 0),
    ],
    ids=["version 2", "version 1", "old kernel", "empty"],
)
def test_kills_are_counted(tmp_path: Path, text: str, want: int) -> None:
    """The count is read in either version's file, and is 0 where nobody counts."""
    path = tmp_path / "events"
    path.write_text(text)
    assert oom.kills(str(path)) == want


def test_nobody_counts_where_there_is_no_file(tmp_path: Path) -> None:
    """Without a file, or with one that has gone, there are no kills."""
    assert oom.kills(None) == 0
    assert oom.kills(str(tmp_path / "gone")) == 0


@pytest.mark.parametrize(
    ("membership", "there", "want"),
    [
        ("0::/user.slice/a.scope\n", ["user.slice/a.scope/memory.events"], 0),
        ("0::/\n", ["memory.events"], 0),
        ("0::/kubepods/pod1\n", ["memory.events"], 0),
        ("5:cpu:/x\n4:memory:/x\n0::/\n", ["cpu/x/memory.oom_control", "memory/x/memory.oom_control"], 1),
        ("3:hugetlb,memory:/docker/1\n", ["memory/memory.oom_control"], 0),
        ("0::/\n", [], None),
        ("4:memory:/x\n", ["memory.events"], None),
    ],
    ids=["version 2", "its root", "a container", "version 1", "its container", "none", "not that one"],
)
def test_the_file_is_found(tmp_path: Path, membership: str, there: list[str], want: int | None) -> None:
    """Our cgroup's counter is found in either version, seen from outside of a container or inside."""
    for name in there:
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).touch()
    (tmp_path / "membership").write_text(membership)
    found = oom.events_file(str(tmp_path / "membership"), str(tmp_path / "groups"))
    assert found == (None if want is None else f"{tmp_path}/groups/{there[want]}")


def test_a_system_without_cgroups_has_no_file(tmp_path: Path) -> None:
    """Where the kernel tells no cgroup there is none."""
    assert oom.events_file(str(tmp_path / "none")) is None
