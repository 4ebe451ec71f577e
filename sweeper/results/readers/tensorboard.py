"""TensorBoard event files: the scalars of one run, or of several in folders beside each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from os.path import commonpath
from typing import Any

from sweeper.core.model import Value
from sweeper.results.curve import Curve, Number
from sweeper.results.readers.event_records import event_records
from sweeper.results.readers.listing import BadMetricsError, EmptyError, Listing
from sweeper.results.readers.rows import check_shape
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat, valid_text

MISSING = (
    "TensorBoard's event files take a package to be read: pip install 'cvsweep[tensorboard]', which does for"
    " trials to come; those that are over tell it to: cvsweep results --metric NAME:last"
)
_ALL = "what it told TensorBoard"
_DATED = re.compile(r"[A-Z][a-z]{2}[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}_.*")
"""The folder that torch's SummaryWriter makes where it is given none: May04_22-14-54_myhost."""
_TIMED = re.compile(rf"[0-9]{{9,}}(\.[0-9]+)?|{_DATED.pattern}")
"""That, or the one that its add_hparams makes in it: the seconds since 1970. Neither names a thing."""

_MOST_NAMES = 1000
_MOST_NUMBERS = 1_000_000

Told = tuple[str, int, float]
"""A metric, a step and the value there."""


def metrics(tree: Tree) -> dict[str, Value] | None:
    """The value of every scalar at its last step; BadMetricsError where there are very many."""
    runs = _runs(tree)
    if not runs:
        return None
    last: dict[str, tuple[int, float]] = {}
    for name, step, value in _within_limits(_told(runs)):
        if name not in last or step >= last[name][0]:
            last[name] = step, value
    return flat({name: value for name, (_, value) in last.items()}, _ALL)


def curve(tree: Tree) -> Curve | None:
    """All scalars over the union of their steps; what is told again of a step counts."""
    runs = _runs(tree)
    if not runs:
        return None
    points: dict[str, dict[int, float]] = {}
    for name, step, value in _within_limits(_told(runs)):
        points.setdefault(name, {})[step] = value
    steps = tuple(sorted(set().union(*points.values())))
    check_shape(len(steps), len(points), _ALL)
    series: dict[str, tuple[Number | None, ...]] = {
        name: tuple(map(told.get, steps)) for name, told in points.items()
    }
    return Curve(steps, series)


def is_installed() -> bool:
    """Is the package here that reads event files?"""
    return find_spec("tensorboard") is not None


def _runs(tree: Tree) -> list[Listing]:
    """The folders with event files in them that count."""
    return _latest([folder for folder in tree.folders if _files(folder)])


def _told(runs: Sequence[Listing]) -> Iterator[Told]:
    """The scalars of all runs, in the order in which they were written."""
    parse = _parser()
    for run, prefix in zip(runs, _prefixes(runs), strict=True):
        for file in _files(run):
            with suppress(EmptyError):  # one that was begun, and then another in its place
                for tag, step, value in _scalars(run, file, parse):
                    yield f"{prefix}{valid_text(tag)}", step, value


def _within_limits(told: Iterable[Told]) -> Iterator[Told]:
    """All of it, as long as it is no more than fits into memory and a moment."""
    names = set()
    for count, one in enumerate(told, start=1):
        names.add(one[0])
        if len(names) > _MOST_NAMES:
            raise BadMetricsError(f"{_ALL} is more than {_MOST_NAMES} metrics; it is not read")
        if count > _MOST_NUMBERS:
            raise BadMetricsError(f"{_ALL} is more than {_MOST_NUMBERS} numbers; it is not read")
        yield one


def _files(folder: Listing) -> list[str]:
    """The event files in the order in which they were begun."""
    return sorted(name for name in folder.entries if ".tfevents" in name)


def _latest(runs: Sequence[Listing]) -> list[Listing]:
    """Of runs named by their date and host the newest alone; their files say when they were begun."""
    dated = [run for run in runs if _DATED.fullmatch(_own_name(run))]
    last = max(dated, key=lambda run: (_files(run)[-1], run.place), default=None)
    old = [run.place for run in dated if run is not last]
    return [run for run in runs if not run.place.startswith(tuple(old))]


def _prefixes(runs: Sequence[Listing]) -> list[str]:
    """What tells their scalars apart: where each lies below what all have in common, as in TensorBoard.

    Folders that are named by the time are left out: a metric must have the same name in every trial.
    """
    parts = [[part for part in run.place.split("/") if not _TIMED.fullmatch(part)] for run in runs]
    places = ["/".join(filter(None, one)) for one in parts]
    shared = commonpath(places)
    names = [place[len(shared) :].strip("/") for place in places]
    return [f"{name}/" if name else "" for name in names]


def _own_name(run: Listing) -> str:
    return run.place.rstrip("/").rpartition("/")[2]


def _parser() -> Callable[[bytes], Any]:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
    except ImportError as error:
        raise BadMetricsError(MISSING) from error
    return Event.FromString  # type: ignore[no-any-return]


def _scalars(run: Listing, name: str, parse: Callable[[bytes], Any]) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of every scalar in a file; what cannot be parsed ends it."""
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
    """The number that a summary's value holds: written as such, or as a tensor with one element."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or len(value.tensor.tensor_shape.dim):
        return None
    from tensorboard.util.tensor_util import make_ndarray

    try:
        return float(make_ndarray(value.tensor))
    except (TypeError, ValueError, OverflowError, KeyError):
        return None  # a text, or of a type that only a damaged record has
