"""Lines are read a part at a time, and come out as if the whole had been read at once."""

from __future__ import annotations

import io
from typing import Any

import pytest

from sweeper.store import journal_lines

WHOLE = b"".join(journal_lines.line({"is": "paused", "reason": "x" * size}) for size in (0, 3, 90, 1, 400, 2))


def parts(raw: bytes, most: int | None = None) -> tuple[list[Any], int, bytes]:
    """All data, the bytes of their lines, and what follows."""
    found = list(journal_lines.in_parts(io.BytesIO(raw), most))
    assert not any(rest for _, _, rest in found[:-1])
    return [one for data, _, _ in found for one in data], sum(size for _, size, _ in found), found[-1][2]


@pytest.mark.parametrize("block", [1, 2, 7, 64, 100, 1000])
def test_parts_of_any_size_make_the_same_whole(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the file ends, and wherever it is to end."""
    monkeypatch.setattr(journal_lines, "_BLOCK", block)
    for size in range(len(WHOLE) + 1):
        data, end = journal_lines.whole_lines(WHOLE[:size])
        assert parts(WHOLE[:size]) == (data, end, WHOLE[end:size])
        assert parts(WHOLE, size) == (data, end, WHOLE[end:size])


@pytest.mark.parametrize("block", [1, 7, 100, 1000])
def test_behind_a_damaged_line_nothing_is_parsed(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that follows it comes out as it is."""
    monkeypatch.setattr(journal_lines, "_BLOCK", block)
    for at in range(0, len(WHOLE), 5):
        raw = WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :]
        data, end = journal_lines.whole_lines(raw)
        assert parts(raw) == (data, end, raw[end:])


def test_nothing_is_no_line() -> None:
    """An empty file has none, and is not torn."""
    assert parts(b"") == ([], 0, b"")
