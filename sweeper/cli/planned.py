"""`--dry-run`: which trials a run would have, where it would run them, and nothing else."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.backends.local.slots import find_machine
from sweeper.cli import streams
from sweeper.cli.words import told
from sweeper.compose import Composed
from sweeper.core.cluster import LocalSettings
from sweeper.core.model import Trial
from sweeper.core.secrets import shown_command
from sweeper.core.settings import Settings
from sweeper.core.varying import Varying

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder

_SHOWN = 5


def show_plan(root: Path, composed: Composed, existing: SweepFolder | None, *, show_all: bool) -> int:
    """Print the plan, with a line for each of the first trials or of all; return the exit code."""
    trials: Sequence[Trial] = composed.trials
    varying = Varying()
    if existing:
        from sweeper.cli.adding import say_what_is_there  # only now: a new sweep has no journal to read
        from sweeper.core.state import new_trials

        state = existing.state()
        trials = new_trials(state, composed.trials)
        varying.take(one.trial for one in state.trials)
        say_what_is_there(existing, len(composed.trials), len(trials))
    varying.take(trials)
    name = composed.settings.sweep.name or "<a new name>"
    out = sys.stdout.write
    many = "1 trial" if len(trials) == 1 else f"{len(trials)} trials"
    out(f"{many} would run {_where(composed.settings)}, into {root / name}\n")
    shown = trials if show_all else trials[:_SHOWN]
    for trial in shown:
        line = f"  {trial.index}: {told(varying.words(trial), shown_command(trial))}"
        out(f"{line if len(shown) == 1 else streams.fit(line, sys.stdout)}\n")
    if len(trials) > len(shown):
        out(f"  and {len(trials) - len(shown)} more; --dry-run --all shows them\n")
    return 0


def _where(settings: Settings) -> str:
    if not isinstance(settings.cluster, LocalSettings):
        return (
            f"as pods of {settings.cluster.image}; cvsweep doctor with the same words looks whether they can"
        )
    return f"on {socket.gethostname()}, {find_machine(settings.cluster).slots} at a time"
