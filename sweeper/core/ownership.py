"""Decides by user ids whose files a sweep may use.

These checks prevent accidents and mistakes of other users, not attacks: see docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Iterable

ROOT = 0
"""The user id of root, whose files in a sweep count as the owner's."""

_OTHERS_WRITE = 0o022


def counts(uid: int, owner: int) -> bool:
    """Whether a sweep of `owner` may use a file of `uid`."""
    return uid in (owner, ROOT)


def is_wide(mode: int) -> bool:
    """Whether users other than the owner may write to a file or folder of this mode."""
    return bool(mode & _OTHERS_WRITE)


def wide_warning(sweep: str, folder: str, names: Iterable[str]) -> str:
    """Return a warning about the paths that others may write to; empty if there are none."""
    found = sorted(names)
    if not found:
        return ""
    return (
        f"others may write to {', '.join(found)} of {sweep} and so change what its trials run:"
        f" cd {folder} && chmod go-w {' '.join(found)}"
    )
