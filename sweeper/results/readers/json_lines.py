"""metrics.jsonl: one object per line; the last one has the final metrics, and all of them are the curve."""

from __future__ import annotations

from contextlib import suppress

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.curve import Curve
from sweeper.results.readers.json_text import NotJsonError, parse_object, parse_objects
from sweeper.results.readers.line_files import last_lines
from sweeper.results.readers.listing import Listing
from sweeper.results.readers.metric_values import FOLD, flatten_metrics, say_folds
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import curve_of
from sweeper.results.readers.runs import curve_of_runs, final_of
from sweeper.results.readers.tree import Outputs

NAME = "metrics.jsonl"
_FOLDS = lazy(rf'"(?:{"|".join(FOLD)})"\s*:\s*("[^"]*"|[^\s,}}]+)'.encode())


def metrics(tree: Outputs, remark: Remark, name: str = NAME) -> dict[str, Value] | None:
    """Return the object in the last line of metrics.jsonl, or in the line before if the last is cut off."""
    return final_of(tree.outermost(name), lambda folder: final(folder, name, remark), remark)


def curve(tree: Outputs, remark: Remark, name: str = NAME) -> Curve | None:
    """Return the curve in metrics.jsonl, without a last line that is cut off."""
    return curve_of_runs(tree.outermost(name), lambda folder: trace(tree, folder, name, remark))


def final(folder: Listing, name: str, remark: Remark) -> dict[str, Value]:
    """Return the metrics in the last line of a file."""
    shown = folder.shown(name)
    with folder.open(name) as file:
        found = last_lines(file, shown)
    last = found.rest or found.whole[-1]
    if _FOLDS.search(last):
        say_folds((fold for line in (*found.whole, last) for fold in _FOLDS.findall(line)), shown, remark)
    where = f"the last line of {shown}"
    if not found.rest:
        return flatten_metrics(parse_object(found.whole[-1], where, remark), shown, remark)
    try:
        data = parse_object(found.rest, where, remark)
    except NotJsonError:
        if not found.whole:
            raise
        data = parse_object(found.whole[-1], f"the last whole line of {shown}", remark)
    return flatten_metrics(data, shown, remark)


def trace(tree: Outputs, folder: Listing, name: str, remark: Remark) -> Curve:
    """Return the curve in the lines of a file."""
    shown = folder.shown(name)
    with folder.open(name) as file:
        raw = file.whole(shown)
    *lines, rest = raw.split(b"\n")
    rows = parse_objects(lines, shown)
    with suppress(NotJsonError):  # the writer was stopped, or has not finished the line yet
        rows += parse_objects([rest], shown)
    return curve_of(rows, shown, remark, tree.wanted)
