"""TensorBoard event files: the scalars of one run, or of several runs in separate folders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from os.path import commonpath
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.curve import Curve, Number
from sweeper.results.readers.event_records import event_records
from sweeper.results.readers.listing import BadMetricsError, EmptyError, Listing
from sweeper.results.readers.metric_values import flatten_metrics, valid_text
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import check_shape
from sweeper.results.readers.runs import TIMED, labels, say_repeated
from sweeper.results.readers.tree import Outputs, outermost

MISSING = (
    "TensorBoard's event files take a package to be read: pip install 'cvsweep[tensorboard]', which does for"
    " trials to come; those that are over tell it to: cvsweep results --metric NAME:last"
)
_ALL = "what it told TensorBoard"
_VERSION = lazy(r"version_[0-9]+")
_SPLITS = lazy(r"(train|training|val|valid|validation|eval|evaluation|test)", re.IGNORECASE)
"""Folders of several writers that belong to one run, as in Keras."""

_MOST_NUMBERS = 1_000_000

Tag = tuple[int, str]
"""The index of a run, and a tag in it."""
ScalarPoint = tuple[Tag, int, float]
"""A tag, a step and the value at this step."""


def metrics(tree: Outputs, remark: Remark) -> dict[str, Value] | None:
    """Return the value of every scalar at its last step; BadMetricsError if there are too many numbers."""
    points = _points(tree, remark)
    if points is None:
        return None
    return flatten_metrics({name: by_tag[max(by_tag)] for name, by_tag in points.items()}, _ALL, remark)


def curve(tree: Outputs, remark: Remark) -> Curve | None:
    """Return all scalars over the union of their steps; the last of several values at a step counts."""
    points = _points(tree, remark)
    if points is None:
        return None
    steps = tuple(sorted(set().union(*points.values())))
    series: dict[str, tuple[Number | None, ...]] = {
        name: tuple(map(points[name].get, steps))
        for name in check_shape(len(steps), points, tree.wanted, _ALL, remark)
    }
    return Curve(steps, series)


def is_installed() -> bool:
    """Whether the package that reads event files is installed."""
    return find_spec("tensorboard") is not None


def _points(tree: Outputs, remark: Remark) -> dict[str, dict[int, float]] | None:
    """Return the values of every scalar by name and step; None if there is no event file."""
    runs = sorted((folder for folder in tree.folders if _files(folder)), key=lambda run: _files(run)[0])
    runs.sort(key=lambda run: run.place.count("/"))
    if not runs:
        return None
    by_tag: dict[Tag, dict[int, float]] = {}
    for count, (tag, step, value) in enumerate(_read_runs(runs, remark), start=1):
        if count > _MOST_NUMBERS:
            raise BadMetricsError(f"{_ALL} is more than {_MOST_NUMBERS} numbers; it is not read")
        by_tag.setdefault(tag, {})[step] = value
    points: dict[str, dict[int, float]] = {}
    for tag, name in _named(runs, list(by_tag), remark).items():
        points[name] = points.get(name, {}) | by_tag[tag]
    return points


def _read_runs(runs: Sequence[Listing], remark: Remark) -> Iterator[ScalarPoint]:
    """Yield the scalars run by run, in the order of their event files."""
    parse, problems, known = _parser(), list[BadMetricsError](), False
    for place, run in enumerate(runs):
        for file in _files(run):
            try:
                for tag, step, value in _scalars(run, file, parse):
                    yield (place, valid_text(tag)), step, value
                known = True
            except EmptyError:
                known = True  # a file without events, which the writer has replaced by another
            except BadMetricsError as problem:
                problems.append(problem)
    if problems and not known:
        raise problems[0]
    for one in problems:
        remark(str(one))


def _files(folder: Listing) -> list[str]:
    """Return the event files in the order of their start times, which their names contain."""
    return sorted(name for name in folder.entries if ".tfevents" in name)


def _named(runs: Sequence[Listing], tags: Sequence[Tag], remark: Remark) -> dict[Tag, str]:
    """Return the name of each scalar: the path of its run below the common folder, then its tag.

    TensorBoard uses the same names. But folders that are named by a time or numbered (version_0) are left
    out, unless runs in different such folders have the same scalar.
    """
    tops = [run.place for run in outermost(runs)]
    owners = [next(top for top in tops if run.place.startswith(top)) for run in runs]
    short = _prefixes([[part for part in _parts(run.place) if not _VERSION.fullmatch(part)] for run in runs])
    tops_short = dict(zip(tops, labels(tops), strict=True))
    groups: dict[str, set[str]] = {}
    for place, tag in tags:
        groups.setdefault(f"{short[place]}{tag}", set()).add(owners[place])
    named: dict[Tag, str] = {}
    for place, tag in tags:
        name = f"{short[place]}{tag}"
        top = owners[place]
        below = [tops_short[top], *_parts(runs[place].place[len(top) :]), tag]
        named[place, tag] = "/".join(filter(None, below)) if len(groups[name]) > 1 else name
    _say_several(tops, owners, named, remark)
    return named


def _say_several(
    tops: Sequence[str], owners: Sequence[str], named: Mapping[Tag, str], remark: Remark
) -> None:
    """Add a remark on scalars that several runs have, unless their folders are train, test and the like."""
    if len(tops) > 1 and not all(_SPLITS.fullmatch(label) for label in labels(tops)):
        first: dict[tuple[str, str], str] = {}
        for (place, tag), name in named.items():
            first.setdefault((owners[place], tag), name)
        times = Counter(tag for _, tag in first)
        say_repeated([{tag: name} for (_, tag), name in first.items() if times[tag] > 1], remark)


def _parts(place: str) -> list[str]:
    return [part for part in place.split("/") if part and not TIMED.fullmatch(part)]


def _prefixes(parts: Sequence[Sequence[str]]) -> list[str]:
    places = ["/".join(one) for one in parts]
    shared = commonpath(places)
    names = [place[len(shared) :].strip("/") for place in places]
    return [f"{name}/" if name else "" for name in names]


def _parser() -> Callable[[bytes], Any]:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
    except ImportError as error:
        raise BadMetricsError(MISSING) from error
    return Event.FromString  # type: ignore[no-any-return]


def _scalars(run: Listing, name: str, parse: Callable[[bytes], Any]) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of every scalar in a file; BadMetricsError at a record that is not valid."""
    from google.protobuf.message import DecodeError

    shown = run.shown(name)
    with run.open(name) as file:
        known = False
        for record in event_records(file):
            try:
                event = parse(record)
            except DecodeError as error:
                raise BadMetricsError(f"{shown} is no TensorBoard event file, or damaged") from error
            known = known or event.file_version.startswith("brain.Event:")
            for value in event.summary.value:
                number = _number(value)
                if number is not None:
                    yield value.tag, event.step, number
    if not known:
        raise BadMetricsError(f"{shown} is no TensorBoard event file, or damaged")


def _number(value: Any) -> float | None:
    """Return the number in a value of a summary, stored directly or as a tensor with one element."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or len(value.tensor.tensor_shape.dim):
        return None
    from tensorboard.util.tensor_util import make_ndarray

    try:
        return float(make_ndarray(value.tensor))
    except (TypeError, ValueError, OverflowError, KeyError):
        return None  # a text, or a type that occurs only in a damaged record
