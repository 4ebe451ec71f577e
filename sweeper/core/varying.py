"""Describes what distinguishes the trials of a sweep: the choices and parameters that vary."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sweeper.core.formatting import clipped
from sweeper.core.model import Trial, Value
from sweeper.core.secrets import MASK, references
from sweeper.core.values import render_value

_WIDEST = 40
"""The most characters of a name or value: a long one must not hide those after it."""
_REMEMBERED = 1000
"""The most descriptions that are cached: those of running trials are needed again and again."""

_MISSING = object()


class Varying:
    """The choices and parameters that vary among the trials taken so far. A name that varies once stays."""

    def __init__(self) -> None:
        self.taken = 0
        self._first: Trial | None = None
        self._found_choices: dict[str, None] = {}
        self._found_params: dict[str, None] = {}
        self._choices: Sequence[str] = ()
        self._params: Sequence[str] = ()
        self._descriptions: dict[int, str] = {}

    def take(self, trials: Iterable[Trial]) -> Varying:
        """Compare further trials of the sweep; return this object."""
        known = self._count()
        for trial in trials:
            self.taken += 1
            first = self._first = self._first or trial
            if trial.choices != first.choices:
                _add_differing(self._found_choices, first.choices, trial.choices)
            _add_differing(self._found_params, first.params, trial.params)
        if self._first and self._count() > known:
            self._sort(self._first)
        return self

    def _count(self) -> int:
        return len(self._found_choices) + len(self._found_params)

    def _sort(self, first: Trial) -> None:
        self._choices = _as_configured(self._found_choices, first.choices)
        swept = {one.lstrip("+~").partition("=")[0] for one in first.overrides}
        params = _as_configured(self._found_params, first.params)
        self._params = sorted(params, key=lambda name: name not in swept)
        self._descriptions.clear()

    def choices(self, trial: Trial) -> str:
        """Return the varying choices of a trial, as in `model=cnn`."""
        given = trial.choices
        return ", ".join(f"{group}={given[group]}" for group in self._choices if group in given)

    def describe(self, trial: Trial) -> str:
        """Return the varying choices and parameters of a trial, as in `model=cnn, lr=0.1`; else empty.

        They are in the order of the results table, except that parameters without an override (which vary
        with a choice) come last. A secret is masked.
        """
        if trial.index not in self._descriptions:
            if len(self._descriptions) >= _REMEMBERED:
                self._descriptions.clear()
            self._descriptions[trial.index] = self._describe(trial)
        return self._descriptions[trial.index]

    def _describe(self, trial: Trial) -> str:
        params = dict(leaves(trial.params))
        pairs = [(group, trial.choices.get(group, _MISSING)) for group in self._choices]
        pairs += [(name, params.get(name, _MISSING)) for name in self._params]
        hidden = {name for name in trial.secrets if not references(params.get(name))}
        return ", ".join(
            f"{clipped(name, _WIDEST)}={MASK if name in hidden else _text(value)}"
            for name, value in pairs
            if value is not _MISSING
        )


def _as_configured(found: Collection[str], first: Mapping[str, Value]) -> list[str]:
    """Return the names in the order of the first trial, then those that it does not have."""
    known = [name for name, _ in leaves(first)]
    return list(dict.fromkeys(chain((name for name in known if name in found), found)))


def _text(value: Value) -> str:
    return "null" if value is None else clipped(render_value(value), _WIDEST)


def _add_differing(
    found: dict[str, None], first: Mapping[str, Value], other: Mapping[str, Value], prefix: str = ""
) -> None:
    """Add to `found` the dotted names of the values that differ, or that only one of the two has."""
    # This has to be fast for ten thousand trials. Most values are equal, and so are most whole sections.
    for key, value in first.items():
        there = other.get(key, _MISSING)
        if value is there or (value == there and type(value) is type(there)) or f"{prefix}{key}" in found:
            continue
        if type(value) is dict and type(there) is dict and value and there:
            _add_differing(found, value, there, f"{prefix}{key}.")
        elif type(value) is not type(there) or repr(value) != repr(there):  # NaN equals itself
            sides = [side for side in (value, there) if side is not _MISSING]
            found.update((name, None) for side in sides for name, _ in leaves({key: side}, prefix))
    if first.keys() != other.keys():
        more = {key: value for key, value in other.items() if key not in first}
        found.update((name, None) for name, _ in leaves(more, prefix))


def leaves(params: Mapping[str, Value], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Yield nested values under dotted names, as in the results table."""
    for key, value in params.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
