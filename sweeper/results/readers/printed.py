"""Removes a configuration from a program's output: YAML, JSON, a Namespace, the arguments of a class.

A configuration has named numbers that look like metrics, but are not results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sweeper.core.patterns import lazy
from sweeper.core.printed_names import MEASURE

_ENTRY = lazy(r"\s*(?:- )?['\"]?(?P<name>[A-Za-z_][\w.-]*)['\"]?\s*:(?:\s+(?P<value>\S.*)?)?")
_COUNTER = lazy(r"(?i)(?:\w+_)?(?:epoch|step|iter(?:ation)?)")
_MEASURE = lazy(f"(?i){MEASURE}")
"""Names of measured numbers: a block that contains one is not a configuration."""
_MEASURED = lazy(rf"(?i)(?<![\w.-]){MEASURE}['\"]?\s*[=:]\s*[-+]?\.?\d")
_PAIR = lazy(r"(?<![\w./-])[A-Za-z_][\w./-]*+['\"]?\s*[=:]\s*[-+]?\.?\d")
_BRACES = lazy(r"\s*[\[\]{}(),]+\s*")
_NUMBER = lazy(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?%?|[-+]?(?i:nan|inf)")
_CALL = lazy(r"(?<![\w.])[A-Z]\w*\((?=[^()=]*\w\s*=)[^()]*(?:\([^()]*\)[^()]*)*\)?")
_RESULT = lazy(r"(?i)\w*(?:result|metric|score|output|eval|stat|summary|loss|acc)")
_DICT = lazy(r"\{[^{}]*\}")
_STEP = lazy(r"(?i)['\"](?:\w+_)?(?:epoch|step|iter(?:ation)?)['\"]\s*:")
_TEXT = lazy(r":\s*(?:['\"]|True\b|False\b|None\b|true\b|false\b|null\b|\[|\()")
_MOST = 2000
"""Lines of a block that are held back at most until it is clear whether it is a configuration."""
_FEWEST = 3


def without_configuration(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines without anything that looks like a printed configuration.

    These are:

    - a block of three or more lines `key: value`, of which at least one value is not a number, before the
      first line that looks like a metric;
    - the arguments of a class (`Adam(lr=0.1)`, `Namespace(lr=0.1)`), unless its name suggests results;
    - a dictionary that contains texts or truth values, but no step and no measured number, before the first
      line that looks like a metric.
    """
    block: list[str] = []
    begun = False
    for line in lines:
        entry = not begun and (_entry(line) or (block and _BRACES.fullmatch(line)))
        if entry:
            block.append(line)
            if len(block) < _MOST:
                continue
        if block:
            if len(block) == _MOST or not _is_configuration(block):
                begun = True
                yield from block
            block = []
        if entry:
            continue
        text = _stripped(line, begun)
        begun = begun or _looks_like_progress(text)
        yield text
    if not _is_configuration(block):
        yield from block


def _value(entry: re.Match[str]) -> str:
    return (entry["value"] or "").rstrip().removesuffix(",").rstrip()


def _entry(line: str) -> re.Match[str] | None:
    """Match a line `key: value` of a configuration; None for a line such as `Test: loss=0.5`."""
    found = _ENTRY.fullmatch(line)
    value = _value(found) if found else ""
    return None if value[:1] != "{" and _MEASURED.search(value) else found


def _is_prefixed(block: list[str]) -> bool:
    """Whether these are lines of a log with a common prefix, such as `INFO: step=1 reward=3`."""
    values: dict[str, str] = {}
    for line in block:
        found = _ENTRY.fullmatch(line)
        value = _value(found) if found else ""
        is_line = found and value[:1] != "{" and line[:1].isalpha() and _PAIR.search(value)
        if found and is_line and values.setdefault(found["name"], value) != value:
            return True
    return False


def _is_configuration(block: list[str]) -> bool:
    entries = [(found["name"], _value(found)) for found in map(_ENTRY.fullmatch, block) if found]
    numbers = [name for name, value in entries if _NUMBER.fullmatch(value)]
    if len(entries) < _FEWEST or len(numbers) == len(entries) or _is_prefixed(block):
        return False
    counted = [name for name in numbers if _COUNTER.fullmatch(name)]
    return not any(map(_MEASURE.fullmatch, numbers)) and len(set(counted)) == len(counted)


def _stripped(line: str, begun: bool) -> str:
    if "(" in line:
        line = _CALL.sub(lambda found: found[0] if _RESULT.match(found[0]) else " ", line)
    if not begun and "{" in line:
        line = _DICT.sub(
            lambda found: " " if _TEXT.search(found[0]) and not _is_result(found[0]) else found[0], line
        )
    return line


def _is_result(text: str) -> bool:
    return bool(_STEP.search(text) or _MEASURED.search(text))


def _looks_like_progress(line: str) -> bool:
    return bool(_PROGRESS.search(line))


_PROGRESS = lazy(r"(?i)\b(?:epoch|step|iter(?:ation)?)s?\b\W{0,4}\d|\b\w*(?:loss|acc\w*)\W{1,3}\d")
