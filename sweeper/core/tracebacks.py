"""Finds what the tracebacks in a log raised: Python's own, of any rank and in groups, and those in boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sweeper.core.log_streams import BOX_HEAD, GROUP, HEAD, Line, split_streams
from sweeper.core.patterns import lazy

_SUB_EXCEPTIONS = lazy(r"\(\d+ sub-exceptions?\)$")
_FIRST_OF_GROUP = lazy(r"\+-+ 1 -+$")
_FRAME = lazy(r'(\s*)(?:  |> )File "')
_UNHEADED = ("SyntaxError: ", "IndentationError: ", "TabError: ")
_NOTEBOOK = lazy(rf"([A-Za-z_]\w*) {{2,}}{re.escape(HEAD)}$")
_BOX = ("╭", "│", "╰", "|", "+-")
_BEGINNING = lazy(rf".*{re.escape(HEAD)}|╭|\+-+ \w")
_BOX_END = lazy(r"(?:╰─+╯|\+-{8,}\+)\s*$")
_INNER_END = lazy(r"[│|] (?:╰─+╯|\+-+\+)")
_INSIDE = lazy(r"[│|] ([A-Za-z_].*?)\s*[│|]\s*$")
_LONGEST_CELL = 200
_OF_FIELDS = lazy(r"ValidationError: \d+ validation errors? for \S+$")
_RULE = lazy(r"[\W_]*$")
_CAUSED = "The above exception was the direct cause"
_HANDLED = "During handling of the above exception"
_CLEANING_UP = lazy(r"BrokenPipeError|ConnectionResetError|ConnectionAbortedError|EOFError")
"""Exceptions of code that reports another exception to a process that is gone."""

_HARMLESS = (
    "Exception ignored ",
    "Error in atexit",
    "--- Logging error",
    "Exception in thread ",
    "future: <",
)
"""The start of a line above the traceback of an exception that did not end the program."""

_NEAR = 3
"""The most lines that continue a message, or in which frames follow a stray line."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in a log: the line that says what was raised, and the position of its traceback.

    `head` and `end` are the numbers of the traceback's first line and of the line that says what was
    raised. `label` is the prefix of its lines. `origin` is the exception that it was raised from.
    `harmless`: the program continued after it.
    """

    text: str
    head: int
    end: int
    label: str = ""
    origin: str = ""
    harmless: bool = False
    is_group: bool = False

    @property
    def rank(self) -> str:
        """The last number in the label: the rank whose lines these are; empty if there is none."""
        return next(iter(re.findall(r"\d+", self.label)[::-1]), "")


def find_raised(lines: Sequence[str]) -> list[Raised]:
    """Return what the tracebacks in a log raised, in the order in which they end.

    Of exceptions that were raised while another one was handled, only the last is returned, with its
    `origin` if it was raised from another; of a group, the first exception in it. Those in _CLEANING_UP are
    ignored.
    """
    found = [one for label, stream in split_streams(lines) for one in _in_stream(label, stream)]
    return sorted(_ungrouped(sorted(found, key=lambda one: one.head), lines), key=lambda one: one.end)


def _in_stream(label: str, lines: Sequence[Line]) -> Iterator[Raised]:
    """Yield the last exception of each chain of one writer."""
    last: Raised | None = None
    for one, link in _linked(label, lines):
        if last and not link:
            yield last
        origin = (last.origin or last.text) if last and link == _CAUSED else ""
        if last and link == _HANDLED and _CLEANING_UP.match(one.text):
            last = replace(last, end=one.end)
        else:
            last = replace(one, origin="" if origin == one.text else origin)
    if last:
        yield last


def _linked(label: str, lines: Sequence[Line]) -> Iterator[tuple[Raised, str]]:
    """Yield each traceback of one writer, and the sentence that links it to the one before."""
    link = ""
    one, at = _begun(label, lines)
    while True:
        if one:
            yield one, link
            link = ""
        if at >= len(lines):
            return
        text = lines[at][1]
        if text.startswith((_CAUSED, _HANDLED)):
            link = _CAUSED if text.startswith(_CAUSED) else _HANDLED
        one, at = _traceback(label, lines, at)


def _begun(label: str, lines: Sequence[Line]) -> tuple[Raised | None, int]:
    """Return the traceback whose start was cut off, as in the end of a log, and the line to continue with."""
    for number, (_, text) in enumerate(lines[1:], 1):
        if not text.startswith((*_BOX, " ")):
            before = lines[number - 1][1]
            inside = _BOX_END.match(before) or any(_FRAME.match(line) for _, line in lines[:number])
            if not inside or any(_BEGINNING.match(line) for _, line in lines[: number + 1]):
                return None, 0
            return _raised(label, lines, 0, number), number + 1
    return None, 0


def _traceback(label: str, lines: Sequence[Line], at: int) -> tuple[Raised | None, int]:
    """Return the traceback that starts at this line, if one does, and the line to continue with."""
    text = lines[at][1]
    notebook = _NOTEBOOK.match(text)
    if BOX_HEAD.match(text):
        return _boxed(label, lines, at)
    if notebook:
        ahead = range(at + 1, min(len(lines), at + _LONGEST_CELL))
        end = next((number for number in ahead if lines[number][1].startswith(notebook[1])), None)
        return (None, at + 1) if end is None else (_raised(label, lines, at, end), end + 1)
    if f"{HEAD}:" in text or _FRAME.match(text):
        found, end = _after_frames(lines, at)
        usable = found and (HEAD in text or lines[end][1].startswith(_UNHEADED))
        return (_raised(label, lines, at, end), end + 1) if usable else (None, max(at + 1, end))
    return None, at + 1


def _after_frames(lines: Sequence[Line], at: int) -> tuple[bool, int]:
    """Return whether a line after the frames says what was raised, and the number of that line."""
    frame = _FRAME.match(lines[at + 1][1]) if at + 1 < len(lines) else None
    indent = frame[1] if frame else ""
    for number in range(at + 1, len(lines)):
        text = lines[number][1]
        if HEAD in text or not text.startswith(indent):
            return False, number
        inside = not text[len(indent) :][:1].strip() or _FRAME.match(text)
        if not inside and not _goes_on(lines[number + 1 : number + 1 + _NEAR]):
            return True, number
    return False, len(lines)


def _goes_on(ahead: Iterable[Line]) -> bool:
    """Whether more frames of the same traceback follow, which a stray line only interrupts."""
    for _, text in ahead:
        if "most recent call" in text:
            return False
        if _FRAME.match(text):
            return True
    return False


def _boxed(label: str, lines: Sequence[Line], at: int) -> tuple[Raised | None, int]:
    """Return what was raised: the line after the box, or for a group the text of the next box."""
    ended = False
    for number in range(at + 1, len(lines)):
        text = lines[number][1]
        if BOX_HEAD.match(text):
            return None, number
        if text.startswith(_BOX):
            ended = ended or bool(_BOX_END.match(text))
        elif ended:
            one = _raised(label, lines, at, number)
            leaf = _in_next_box(lines, number + 1) if _SUB_EXCEPTIONS.search(one.text) else ""
            return replace(one, text=leaf or one.text), number + 1
    return None, len(lines)


def _in_next_box(lines: Sequence[Line], at: int) -> str:
    behind = False
    for _, text in lines[at:]:
        inside = _INSIDE.match(text)
        if behind and inside:
            return inside[1]
        if not text.startswith(_BOX):
            break
        behind = bool(_INNER_END.match(text))
    return ""


def _raised(label: str, lines: Sequence[Line], at: int, end: int) -> Raised:
    harmless = any(line.startswith(_HARMLESS) for _, line in lines[max(0, at - 2) : at])
    text = _message([line for _, line in lines[end : end + 1 + _NEAR]], BOX_HEAD.match(lines[at][1]))
    return Raised(text, lines[at][0], lines[end][0], label, "", harmless, GROUP + HEAD in lines[at][1])


def _message(lines: Sequence[str], box: re.Match[str] | None) -> str:
    """Return what was raised, with the next lines if the text is wrapped or if the message begins there."""
    text, *ahead = lines
    if box:
        width = len(box[0].rstrip()) - len(box["label"])
        joined, line = text, text
        for following in ahead:
            if not (line.endswith(" ") or len(line) == width) or following.startswith(
                (*_BOX, _CAUSED, _HANDLED)
            ):
                break
            joined, line = f"{joined.rstrip()} {following}", following
        return joined.strip()
    text = text.strip()
    if _OF_FIELDS.search(text):
        return " ".join([text, *(line.strip() for line in ahead[:2])])
    more = next((line.strip() for line in ahead if not _RULE.match(line)), "")
    return f"{text} {more}" if text.endswith(":") and more and HEAD not in more else text


def _ungrouped(found: Iterable[Raised], lines: Sequence[str]) -> Iterator[Raised]:
    """Yield each group as the first exception in it, and all others unchanged, in order of `head`."""
    group: Raised | None = None
    leaf: Raised | None = None
    for one in found:
        if group and len(one.label) > len(group.label) and one.label.startswith(group.label[:-2]):
            leaf = leaf or (None if one.is_group else one)
            group = replace(group, end=max(group.end, one.end))
            continue
        if group:
            yield _opened(group, leaf, lines)
        group, leaf = (one, None) if one.is_group else (None, None)
        if not one.is_group:
            yield one
    if group:
        yield _opened(group, leaf, lines)


def _opened(group: Raised, leaf: Raised | None, lines: Sequence[str]) -> Raised:
    if leaf:
        return replace(group, text=leaf.text, origin=leaf.origin)
    first, *inside = [*lines[group.end + 1 : group.end + 3], ""]
    known = _FIRST_OF_GROUP.search(first) and inside
    return replace(group, text=f"{group.text}: {inside[0].strip(' |')}") if known else group
