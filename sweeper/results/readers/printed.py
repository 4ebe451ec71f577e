"""A program's configuration in what it prints: YAML, JSON, a Namespace, the arguments of a class.

It holds numbers with names, as metrics are printed, and none of them is a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sweeper.core.patterns import lazy
from sweeper.core.printed_names import MEASURE

_ENTRY = lazy(r"\s*(?:- )?['\"]?(?P<name>[A-Za-z_][\w.-]*)['\"]?\s*:(?:\s+(?P<value>\S.*)?)?")
_COUNTER = lazy(r"(?i)(?:\w+_)?(?:epoch|step|iter(?:ation)?)")
_MEASURE = lazy(f"(?i){MEASURE}")
"""Names of what is measured: a block with such a number is no configuration."""
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
"""Lines of a block that are held back until it is clear what it is."""
_FEWEST = 3


def without_configuration(lines: Iterable[str]) -> Iterator[str]:
    """The lines without what looks like a printed configuration.

    That is a block of three or more lines `key: value`, one of which has something else than a number, before
    anything else that looks like a metric was printed; the arguments of a class (`Adam(lr=0.1)`,
    `Namespace(lr=0.1)`) unless its name says that it holds results; and a dictionary with texts or truth
    values in it that counts no step and measures nothing, before any other metric.
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
    """The key and value of a configuration; `Test: loss=0.5` is none."""
    found = _ENTRY.fullmatch(line)
    value = _value(found) if found else ""
    return None if value[:1] != "{" and _MEASURED.search(value) else found


def _is_prefixed(block: list[str]) -> bool:
    """Are these lines of a log, which begin alike: `INFO: step=1 reward=3`?"""
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
