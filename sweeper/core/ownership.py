"""Whose sweep it is, and whose files count in it, by the user ids that own them.

These checks stop accidents and other members' mistakes, not malice: see docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Iterable

ROOT = 0
"""The administrator: what root leaves in a sweep counts as the owner's."""

_OTHERS_WRITE = 0o022


def counts(uid: int, owner: int) -> bool:
    """Does a file count that belongs to `uid`, in a sweep that belongs to `owner`?"""
    return uid in (owner, ROOT)


def is_wide(mode: int) -> bool:
    """May others than its owner write to a file or folder of this mode?"""
    return bool(mode & _OTHERS_WRITE)


def wide_warning(sweep: str, folder: str, names: Iterable[str]) -> str:
    """The warning about what others may write to, relative to the folder; empty if there is nothing."""
    found = sorted(names)
    if not found:
        return ""
    return (
        f"others may write to {', '.join(found)} of {sweep} and so change what its trials run:"
        f" cd {folder} && chmod go-w {' '.join(found)}"
    )
