"""Whose sweep it is, and whose files count in it."""

from __future__ import annotations

import pytest

from sweeper.core.ownership import counts, is_wide, wide_warning


@pytest.mark.parametrize(("uid", "owner", "expected"), [
    (1000, 1000, True),
    (0, 1000, True),
    (0, 0, True),
    (1001, 1000, False),
    (1000, 0, False),
])  # fmt: skip
def test_a_file_counts_if_it_is_the_owners_or_roots(uid: int, owner: int, expected: bool) -> None:
    """Root's files count in everybody's sweep, and nobody else's in root's."""
    assert counts(uid, owner) is expected


@pytest.mark.parametrize(("mode", "expected"), [(0o755, False), (0o775, True), (0o646, True), (0o700, False)])
def test_a_mode_is_wide_if_others_may_write(mode: int, expected: bool) -> None:
    """The group counts as others, too."""
    assert is_wide(mode) is expected


def test_the_warning_names_what_is_wide() -> None:
    """And what to type; there is none if nothing is wide."""
    assert wide_warning("night", "/data/night", []) == ""
    assert wide_warning("night", "/data/night", ["shim.sh", "."]) == (
        "others may write to ., shim.sh of night and so change what its trials run:"
        " cd /data/night && chmod go-w . shim.sh"
    )
