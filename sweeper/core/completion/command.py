"""What a command takes, and what it expects at the cursor: an option, a value, or a positional argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

OPTION, NOTHING = "option", "nothing"
"""The kind of an option's name, and the kind of a word that the command does not take."""
PROGRAM, FILE = "program", "file"
"""The kinds of the words of another program's command line."""


class OptionSpec(NamedTuple):
    """An option; `kinds` holds the metavar of each value that follows it."""

    names: tuple[str, ...]
    help: str = ""
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    optional: bool = False
    repeats: bool = False

    @property
    def name(self) -> str:
        return self.names[-1]


class Positional(NamedTuple):
    """A positional argument by its metavar; `many`: it takes all following words, too."""

    kind: str
    choices: tuple[str, ...] = ()
    many: bool = False


class Command(NamedTuple):
    """A verb, or a run. `rest`: the words after `--` are the command line of another program."""

    options: tuple[OptionSpec, ...] = ()
    positionals: tuple[Positional, ...] = ()
    rest: bool = False

    def option(self, name: str) -> OptionSpec | None:
        return next((one for one in self.options if name in one.names), None)


class Wanted(NamedTuple):
    """What the command expects at the cursor: `text` is to be completed, and `prefix` stays before it.

    `positionals` and `given` (pairs of an option's last name and a value) come from the words before it.
    """

    kind: str
    text: str
    prefix: str = ""
    choices: tuple[str, ...] = ()
    positionals: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    def value(self, option: str) -> str | None:
        """Return the last value of an option: empty for one without values, None if it was not given."""
        return next((value for name, value in reversed(self.given) if name == option), None)


class _Reading:
    """The meaning of the words before the cursor.

    `open` is an option that still lacks values, and `values` the number of values that it has. `literal`:
    `--` was given. `others` counts the words of another program's command line.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self.positionals: list[str] = []
        self.given: list[tuple[str, str]] = []
        self.open: OptionSpec | None = None
        self.values = 0
        self.literal = False
        self.others = 0

    def take(self, word: str) -> None:
        if self.open and not (self.open.optional and word.startswith("-")):
            self.given[-1] = (self.open.name, word)
            self._await(self.open, self.values + 1)
        elif self.literal and self.command.rest:
            self.others += 1
        elif self.literal or word in ("", "-") or not word.startswith("-"):
            self.positionals.append(word)
        elif word == "--":
            self.literal = True
        else:
            self._take_option(word)

    def _take_option(self, word: str) -> None:
        self.open = None
        option, value = _split_option(self.command, word)
        if option is None:
            if word[1].isdigit():
                self.positionals.append(word)
            return
        self.given.append((option.name, value or ""))
        self._await(option, 0 if value is None else 1)

    def _await(self, option: OptionSpec, values: int) -> None:
        self.open, self.values = (option, values) if values < len(option.kinds) else (None, 0)


def _split_option(command: Command, word: str) -> tuple[OptionSpec | None, str | None]:
    """Return the option that a word names, and the value attached to it: `--top=3`, `-ojson`."""
    exact = command.option(word)
    if exact:
        return exact, None
    if word.startswith("--"):
        name, _, value = word.partition("=")
        return (command.option(name), value) if "=" in word else (None, None)
    short = command.option(word[:2])
    if short is None or short.kinds:
        return short, word[2:]
    return _split_option(command, f"-{word[2:]}")  # several flags in one word: -wo


def wanted(command: Command, words: Sequence[str], current: str) -> Wanted:
    """Return what the command expects at the cursor, after these words."""
    reading = _Reading(command)
    for word in words:
        reading.take(word)
    kind, text, prefix, choices = _expected(reading, current)
    return Wanted(kind, text, prefix, choices, tuple(reading.positionals), tuple(reading.given))


def _expected(reading: _Reading, current: str) -> tuple[str, str, str, tuple[str, ...]]:
    option = reading.open
    if option and not (option.optional and current.startswith("-")):
        return option.kinds[reading.values], current, "", option.choices
    if not reading.literal and current.startswith("-"):
        return _expected_option(reading.command, current)
    if reading.literal and reading.command.rest:
        return FILE if reading.others else PROGRAM, current, "", ()
    return _expected_positional(reading, current)


def _expected_option(command: Command, current: str) -> tuple[str, str, str, tuple[str, ...]]:
    attached = any(name.startswith(current) for one in command.options for name in one.names)
    option, value = (None, None) if attached or len(current) < 2 else _split_option(command, current)
    if option is None or value is None or len(option.kinds) != 1:
        return OPTION, current, "", ()
    return option.kinds[0], value, current[: len(current) - len(value)], option.choices


def _expected_positional(reading: _Reading, current: str) -> tuple[str, str, str, tuple[str, ...]]:
    places = reading.command.positionals
    count = len(reading.positionals)
    if count < len(places):
        # In `[SWEEP] TRIAL`, the first word may be either, since the sweep is optional.
        kinds = " ".join(one.kind for one in places[count:]) if count == 0 else places[count].kind
        return kinds, current, "", places[count].choices
    if places and places[-1].many:
        return places[-1].kind, current, "", places[-1].choices
    return NOTHING, current, "", ()
