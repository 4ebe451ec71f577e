"""Splits a log by the rank labels, such as `[rank0]: `, that launchers put before lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sweeper.core.patterns import lazy

HEAD = "Traceback (most recent call last)"
GROUP = "Exception Group "
BOX_HEAD = lazy(rf"(?P<label>[^│|╭+]*)(?:╭─|\+-)[─-]* ?{re.escape(HEAD)} ?[─-]*(?:─╮|-\+)\s*$")
_FRAME = '  File "'
_LONGEST_LABEL = 80

Line = tuple[int, str]
"""The position of a line in the log, and its text after the label."""


def split_streams(lines: Sequence[str]) -> list[tuple[str, list[Line]]]:
    """Return the lines of each label that a traceback in the log has; `""` has the lines without a label."""
    labels = _labels(lines)
    lengths = sorted({len(label) for label in labels}, reverse=True)
    streams: dict[str, list[Line]] = {label: [] for label in ("", *labels)}
    for place, line in enumerate(lines):
        label = _head_label(line) if f"+ {GROUP}{HEAD}" in line else ""
        if label not in labels:
            label = next((line[:length] for length in lengths if line[:length] in labels), "")
        streams[label].append((place, line[len(label) :]))
    return list(streams.items())


def _head_label(line: str) -> str:
    """Return the label of a traceback's first line, in the form that it has before the other lines."""
    return line[: line.index(HEAD)].replace(f"+ {GROUP}", "| ").replace(GROUP, "")


def _labels(lines: Sequence[str]) -> set[str]:
    """Return the labels of tracebacks. A progress bar before one is not a label: no frame has it."""
    frames = {line[: line.index(_FRAME)] for line in lines if _FRAME in line}
    found = {_head_label(line) for line in lines if f"{HEAD}:" in line} & frames
    boxes = {box["label"] for box in map(BOX_HEAD.match, lines) if box}
    return set(_usable(found | boxes))


def _usable(labels: Iterable[str]) -> Iterable[str]:
    # An indented traceback belongs to the text around it.
    return (label for label in labels if label.strip() and len(label) <= _LONGEST_LABEL)
