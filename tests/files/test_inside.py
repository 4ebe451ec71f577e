"""Paths relative to a folder, also through symbolic links."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.files.inside import inside


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("real/a.py", "a.py"),
        ("real/sub/a.py", "sub/a.py"),
        ("real/sub/../a.py", "a.py"),
        ("link/a.py", "a.py"),
        ("link/sub/missing.py", "sub/missing.py"),
        ("real/away.py", "away.py"),
        ("to_a.py", "a.py"),
        ("other.py", ""),
        ("really/a.py", ""),
        ("real", ""),
        ("link", ""),
    ],
)
@pytest.mark.parametrize("folder", ["real", "link"])
def test_a_path_below_a_folder_is_relative_to_it(tmp_path: Path, folder: str, path: str, want: str) -> None:
    """Whether the folder or the path is named by a link, and if a link elsewhere leads into the folder."""
    (tmp_path / "real/sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/a.py").touch()
    (tmp_path / "other.py").touch()
    (tmp_path / "real/away.py").symlink_to("../other.py")
    (tmp_path / "to_a.py").symlink_to("real/a.py")
    assert inside(tmp_path / folder, str(tmp_path / path)) == want
