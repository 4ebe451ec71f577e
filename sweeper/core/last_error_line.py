"""Finds the log line that best explains a failure when the log shows no exception."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from sweeper.core.launchers import ERROR_WORDS, REMARK, is_noise
from sweeper.core.patterns import lazy

_ERROR_BOX = lazy(r"(?:╭─|\+-) (?:Errors?|[\w ]+ (?:errors?|options)) [─-]*(?:─╮|-\+)\s*$")
_SIDES = ("│", "|")
_MOST_DETAILS = 50


def last_error_line(lines: Sequence[str]) -> str:
    """Return the last line that can say why the program ended; a launcher's only if no other line can."""
    rest = [line for line in lines if not is_noise(line)]
    if not rest:
        return lines[-1].strip()
    remarks = len(list(takewhile(REMARK.match, reversed(rest))))
    own = rest[: len(rest) - remarks]
    message = _in_box(lines) or _without_details(own)
    return message if own and (not remarks or ERROR_WORDS.search(message)) else rest[-remarks].strip()


def error_before(lines: Sequence[str], at: int, most: int) -> str:
    """Return the last line about an error among the `most` lines before line `at`; empty if there is none."""
    above = [line for line in lines[max(0, at - most) : at] if not (is_noise(line) or REMARK.match(line))]
    message = _in_box(lines[:at]) or _without_details(above)
    return message if ERROR_WORDS.search(message) or _in_box(lines[:at]) else ""


def _in_box(lines: Sequence[str]) -> str:
    """Return the text of an error box, as typer and tyro draw it, if the log ends with one; else empty."""
    heads = [at for at, line in enumerate(lines) if _ERROR_BOX.match(line)]
    if not heads:
        return ""
    inside = list(takewhile(lambda line: line.startswith(_SIDES), lines[heads[-1] + 1 :]))
    behind = lines[heads[-1] + len(inside) + 2 :]
    if not all(is_noise(line) or REMARK.match(line) for line in behind):
        return ""
    texts = (line.strip().strip("│|").strip() for line in inside)
    return " ".join(takewhile(re.compile(r"\w").search, texts))


def _without_details(lines: Sequence[str]) -> str:
    """Return the last line; if indented details end the log, the line about an error that they belong to."""
    if not lines:
        return ""
    last = lines[-1].strip()
    above = lines[: -_MOST_DETAILS - 1 : -1]
    details = list(takewhile(_is_detail, above))
    head = above[len(details)].strip() if len(details) < len(above) else ""
    if not (details and ERROR_WORDS.search(head)):
        return last
    stripped = [line.strip() for line in reversed(details)]
    causes = [line for line in stripped if line.startswith(("Caused by: ", "what(): "))]
    return " ".join([head, *(stripped[:1] if head.endswith(":") else causes)])


def _is_detail(line: str) -> bool:
    return line[:1].isspace() or line.strip() == "Caused by:"
