"""metrics.jsonl: an object a line, of which the last one counts; all of them are the curve."""

from __future__ import annotations

from contextlib import suppress

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.json_text import NotJsonError, parse_object, parse_objects
from sweeper.results.readers.lines import last_lines
from sweeper.results.readers.rows import curve_of
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

NAME = "metrics.jsonl"


def metrics(tree: Tree) -> dict[str, Value] | None:
    """The object in the last line of metrics.jsonl; in the last whole one where that is torn."""
    for folder in tree.holding(NAME):
        shown = folder.shown(NAME)
        with folder.open(NAME) as file:
            found = last_lines(file, shown)
        last = f"the last line of {shown}"
        if not found.rest:
            return flat(parse_object(found.whole[-1], last), shown)
        try:
            data = parse_object(found.rest, last)
        except NotJsonError:
            if not found.whole:
                raise
            data = parse_object(found.whole[-1], f"the last whole line of {shown}")
        return flat(data, shown)
    return None


def curve(tree: Tree) -> Curve | None:
    """A row a line; a last line that is torn is left out."""
    for folder in tree.holding(NAME):
        shown = folder.shown(NAME)
        with folder.open(NAME) as file:
            raw = file.whole(shown)
        *lines, rest = raw.split(b"\n")
        rows = parse_objects(lines, shown)
        with suppress(NotJsonError):  # its writer was cut off, or is at it
            rows += parse_objects([rest], shown)
        return curve_of(rows, shown)
    return None
