"""Finds the messages that Hydra prints for an error instead of a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from sweeper.core.launchers import ERROR_WORDS
from sweeper.core.log_streams import HEAD
from sweeper.core.patterns import lazy
from sweeper.core.tracebacks import Raised

_END = "Set the environment variable HYDRA_FULL_ERROR=1"
_JOB = "Error executing job with overrides"
_DETAIL = lazy(r"\s|full_key: |object_type=|reference_type=|See https?:|Available options|Config search path")
_MESSAGE = lazy(
    r"You must specify|not in struct|mismatched|extraneous|no viable|ambiguous|unable", re.IGNORECASE
)
_LONGEST_MESSAGE = 12


def find_hydra_errors(lines: Sequence[str]) -> Iterator[Raised]:
    """Yield each message that Hydra printed without a traceback, with the lines that belong to it."""
    job, traceback = -1, False
    for end, line in enumerate(lines):
        if line.startswith(_JOB):
            job = end
        elif HEAD in line:
            traceback = True
        elif line.startswith(_END):
            start = end if traceback else job + 1 if job >= 0 else _start(lines, end)
            job, traceback = -1, False
            if 0 <= start < end:
                text = lines[start].strip()
                more = lines[start + 1].strip() if text.endswith(":") and start + 1 < end else ""
                yield Raised(f"{text} {more}".strip(), start, end)


def _start(lines: Sequence[str], end: int) -> int:
    """Return the line where the message about a configuration that could not be composed begins."""
    last = end - 1
    while last > end - _LONGEST_MESSAGE and last > 0 and _DETAIL.match(lines[last]):
        last -= 1
    above = range(last, max(-1, last - _LONGEST_MESSAGE), -1)
    own = list(takewhile(lambda at: not _DETAIL.match(lines[at]), above))[::-1]
    messages = (at for at in own if ERROR_WORDS.search(lines[at]) or _MESSAGE.search(lines[at]))
    return next(messages, last)
