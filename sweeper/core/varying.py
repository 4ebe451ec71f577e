"""What distinguishes the trials of a sweep: choices and parameters that are not the same in all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sweeper.core.formatting import clipped
from sweeper.core.model import Trial, Value
from sweeper.core.secrets import MASK, references
from sweeper.core.values import render_value

_WIDEST = 40
"""Characters of one value: a long one must not hide those behind it."""
_REMEMBERED = 1000
"""Trials whose descriptions are remembered: those that run are asked for again and again."""

_MISSING = object()


class Varying:
    """Finds them as trials are taken in, one after the other. What was found once stays."""

    def __init__(self) -> None:
        self.taken = 0
        self._first: Trial | None = None
        self._found_choices: dict[str, None] = {}
        self._found_params: dict[str, None] = {}
        self._choices: Sequence[str] = ()
        self._params: Sequence[str] = ()
        self._descriptions: dict[int, str] = {}

    def take(self, trials: Iterable[Trial]) -> Varying:
        """Take in further trials of the sweep, and return the object itself."""
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
        """The varying choices of a trial: `model=cnn`."""
        given = trial.choices
        return ", ".join(f"{group}={given[group]}" for group in self._choices if group in given)

    def describe(self, trial: Trial) -> str:
        """The varying choices and parameters of a trial: `model=cnn, lr=0.1`. Empty if nothing varies.

        They are in the order of the results table, but parameters that nobody has overridden, since they
        come with a choice, are last. A secret is masked.
        """
        if trial.index not in self._descriptions:
            if len(self._descriptions) >= _REMEMBERED:
                self._descriptions.clear()
            self._descriptions[trial.index] = self._describe(trial)
        return self._descriptions[trial.index]

    def _describe(self, trial: Trial) -> str:
        params = dict(_leaves(trial.params))
        pairs = [(group, trial.choices.get(group, _MISSING)) for group in self._choices]
        pairs += [(name, params.get(name, _MISSING)) for name in self._params]
        hidden = {name for name in trial.secrets if not references(params.get(name))}
        return ", ".join(
            f"{clipped(name, _WIDEST)}={MASK if name in hidden else _text(value)}"
            for name, value in pairs
            if value is not _MISSING
        )


def _as_configured(found: Collection[str], first: Mapping[str, Value]) -> list[str]:
    """The names in the order of the first trial, then those that it does not have."""
    known = [name for name, _ in _leaves(first)]
    return list(dict.fromkeys(chain((name for name in known if name in found), found)))


def _text(value: Value) -> str:
    return "null" if value is None else clipped(render_value(value), _WIDEST)


def _add_differing(
    found: dict[str, None], first: Mapping[str, Value], other: Mapping[str, Value], prefix: str = ""
) -> None:
    """Add to `found` the dotted names of the values that are not the same, or only in one of the two."""
    # Ten thousand trials come through here: most values are equal, whole sections of a configuration too.
    for key, value in first.items():
        there = other.get(key, _MISSING)
        if value is there or (value == there and type(value) is type(there)) or f"{prefix}{key}" in found:
            continue
        if type(value) is dict and type(there) is dict and value and there:
            _add_differing(found, value, there, f"{prefix}{key}.")
        elif type(value) is not type(there) or repr(value) != repr(there):  # NaN is itself
            sides = [side for side in (value, there) if side is not _MISSING]
            found.update((name, None) for side in sides for name, _ in _leaves({key: side}, prefix))
    if first.keys() != other.keys():
        more = {key: value for key, value in other.items() if key not in first}
        found.update((name, None) for name, _ in _leaves(more, prefix))


def _leaves(params: Mapping[str, Value], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Nested values under dotted names, as in the results table."""
    for key, value in params.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
