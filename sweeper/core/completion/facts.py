"""What completion asks of the disk, and what it answers.

Named tuples, not dataclasses: to import those takes a fifth of the time that a TAB may take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from sweeper.core.completion.command import Wanted

Paths = Literal["", "files", "dirs", "commands"]


class Candidate(NamedTuple):
    """A word that is offered. `open`: something follows in the same word, so the shell adds no space."""

    text: str
    help: str = ""
    open: bool = False


class Completion(NamedTuple):
    """Candidates in their order, and the kind of paths that the shell itself is to complete."""

    candidates: tuple[Candidate, ...] = ()
    paths: Paths = ""


class TrialFact(NamedTuple):
    """A trial; `help` is what tells it from others."""

    number: int
    key: str
    state: str
    started: bool
    help: str = ""


class Columns(NamedTuple):
    """The columns of a table: all, the parameters that vary, the metrics."""

    all: tuple[str, ...]
    parameters: tuple[str, ...]
    metrics: tuple[str, ...]


class CompletionFacts(Protocol):
    """`root` is the value of --root; None: it was not given."""

    def sweeps(self, root: str | None) -> Iterable[Candidate]:
        """All sweeps, newest first."""

    def is_sweep(self, word: str, root: str | None) -> bool:
        """Does this word name a sweep?"""

    def trials(self, sweep: str | None, root: str | None) -> Iterable[TrialFact]:
        """The trials of a sweep; None: of the newest."""

    def columns(self, sweeps: Sequence[str], root: str | None) -> Columns:
        """The columns of the table of these sweeps; none: of the newest."""

    def settings(self, sweep: str | None, root: str | None) -> Mapping[str, Sequence[str]]:
        """What can change of a sweep (None: of the newest), with the words that a value is one of."""

    def configs(self, folder: str | None) -> Iterable[str]:
        """The names of configurations, those of --config-dir included."""

    def overrides(self, place: Wanted) -> Iterable[Candidate]:
        """Config groups, keys and values that begin with the text at the cursor."""
