"""Explains why a YAML file cannot be read: which line is wrong, and what to write there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sweeper.core.patterns import lazy

_NO_BLANK = lazy(r"[\s-]*([A-Za-z_][\w.-]*):([^\s:/][^:]*)$")
_EQUALS = lazy(r"[\s-]*([A-Za-z_][\w.-]*)\s*=\s*(.*)$")
_SPECIAL = lazy(r"[\s-]*([A-Za-z_][\w.-]*:\s+)?([%@`*&!,\]}].*)$")
_COLON = lazy(r"[\s-]*([A-Za-z_][\w.-]*):\s+([^'\"\[{].*:\s.*)$")
_KNOWN = lazy(r"duplicate key|another document|block end")
_SENTENCES = {
    "duplicate": "the key {key} is there twice; leave one out",
    "another": "a second document begins here; leave it out",
    "block": "it does not fit the lines before: look at its indentation, its quotes and its brackets",
}
_UNCLOSED = lazy(r"expected ',' or|end of stream")
_REFERRING = lazy(r"alias|anchor|\btag\b")


def yaml_mistake(lines: Sequence[str], at: int, problem: str, began: int | None = None) -> tuple[int, str]:
    """Return the line of the mistake, counted from 0, and one sentence that says what is wrong with it.

    Args:
        lines: the lines of the file.
        at: the line at which the parser stopped.
        problem: the parser's message, which is returned for a mistake that is not known here.
        began: the line where an incomplete item begins, if there is one.
    """
    if "another document" in problem and any(line.startswith("apiVersion:") for line in lines):
        return at, "a second document begins here: objects of Kubernetes belong into cluster.pod_template"
    if known := _KNOWN.search(problem):
        return at, _SENTENCES[known[0].split(" ")[0]].format(key=problem.rpartition(" ")[2])
    there = [number for number in (at, began, _before(lines, at, problem)) if number is not None]
    for number in dict.fromkeys(number for number in there if number < len(lines)):
        if found := _of_line(lines[number], problem):
            return number, found
    if "mapping values" in problem and at < len(lines) and re.match(r"\s+\S+:", lines[at]):
        return at, "it is indented further than the line before, which has a value already"
    opened = re.search(r"[\[{'\"]", lines[began]) if began is not None and began < len(lines) else None
    if opened and began is not None and _UNCLOSED.search(problem):
        return began, f"{opened[0]} is not closed" + (", or a comma is missing" if began == at else "")
    return at, problem


def _before(lines: Sequence[str], at: int, problem: str) -> int | None:
    """Return the last non-blank line before, if the parser may notice its mistake only at this line."""
    if "mapping values" not in problem:
        return None
    return next((n for n in range(min(at, len(lines)) - 1, -1, -1) if lines[n].strip()), None)


def _of_line(line: str, problem: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "it is indented with a tab, and YAML takes only blanks"
    if match := _EQUALS.match(line):
        return f"it takes ':', not '=': write {match[1]}: {match[2]}"
    if match := _NO_BLANK.match(line):
        return f"a blank is missing after ':': write {match[1]}: {match[2]}"
    if (match := _SPECIAL.match(line)) and (match[2][0] not in "*&!" or _REFERRING.search(problem)):
        return f"a text that begins with {match[2][0]!r} must be quoted: {match[1] or ''}{_quoted(match[2])}"
    if match := _COLON.match(line):
        return f"a text with ': ' must be quoted: {match[1]}: {_quoted(match[2])}"
    if line.strip() and re.fullmatch(r"\s*[A-Za-z_][\w.-]*\s*", line):
        return f"it has no ':' after {line.strip()}"
    return ""


def _quoted(text: str) -> str:
    inner = text.strip().replace("'", "''")
    return f"'{inner}'"


def not_utf8(data: bytes, at: int) -> str:
    """Explain why a file is not UTF-8, and what to do; `at` is the position of the first wrong byte."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "it is UTF-16, as some Windows programs write; save it as UTF-8"
    number = data.count(b"\n", 0, at) + 1
    return f"line {number} is not UTF-8 (byte 0x{data[at]:02x}); save the file as UTF-8"
