"""The data that completion reads from the disk, and the candidates that it returns.

Named tuples, not dataclasses: importing `dataclasses` takes a fifth of the time that a completion may take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from sweeper.core.completion.command import Wanted

Paths = Literal["", "files", "dirs", "commands"]


class Candidate(NamedTuple):
    """An offered word. `open`: more text follows in the same word, so the shell adds no space."""

    text: str
    help: str = ""
    open: bool = False


class Completion(NamedTuple):
    """The candidates in order, and the kind of paths that the shell itself completes."""

    candidates: tuple[Candidate, ...] = ()
    paths: Paths = ""


class TrialFact(NamedTuple):
    """A trial; `help` is what distinguishes it from other trials."""

    number: int
    key: str
    state: str
    started: bool
    help: str = ""


class Columns(NamedTuple):
    """The columns of a table: all of them, the parameters that vary, and the metrics."""

    all: tuple[str, ...]
    parameters: tuple[str, ...]
    metrics: tuple[str, ...]


class CompletionFacts(Protocol):
    """Reads from the disk what completion needs. `root` is the value of --root, or None without it."""

    def sweeps(self, root: str | None) -> Iterable[Candidate]:
        """Return all sweeps, newest first."""

    def is_sweep(self, word: str, root: str | None) -> bool:
        """Whether this word names a sweep."""

    def trials(self, sweep: str | None, root: str | None) -> Iterable[TrialFact]:
        """Return the trials of a sweep; None stands for the newest sweep."""

    def columns(self, sweeps: Sequence[str], root: str | None) -> Columns:
        """Return the columns of the table of these sweeps; without any, of the newest sweep."""

    def settings(self, sweep: str | None, root: str | None) -> Mapping[str, Sequence[str]]:
        """Return the changeable settings of a sweep (None: the newest), and their values if these are few."""

    def configs(self, folder: str | None) -> Iterable[str]:
        """Return the names of configurations, including those of --config-dir."""

    def overrides(self, place: Wanted) -> Iterable[Candidate]:
        """Return config groups, keys and values that begin with the text at the cursor."""
