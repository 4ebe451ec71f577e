"""`--dry-run`: prints which trials a run would have and where it would run them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.app.spec import SweepSpec
from sweeper.cli import streams
from sweeper.cli.describe import describe_trial
from sweeper.cli.printing import printing
from sweeper.core.model import Trial
from sweeper.core.secrets import shown_command
from sweeper.core.varying import Varying

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder

_SHOWN = 5


def show_plan(spec: SweepSpec, existing: SweepFolder | None, *, show_all: bool) -> int:
    """Print the plan, with a line for each of the first trials or of all; return the exit code."""
    trials: Sequence[Trial] = spec.trials
    varying = Varying()
    if existing:
        from sweeper.app.adding import say_what_is_there  # only now: a new sweep needs no journal
        from sweeper.core.state import new_trials

        state = existing.state()
        trials = new_trials(state, spec.trials)
        varying.take(one.trial for one in state.trials)
        say_what_is_there(existing, len(spec.trials), len(trials), printing())
    varying.take(trials)
    name = spec.settings.sweep.name or "<a new name>"
    out = sys.stdout.write
    many = "1 trial" if len(trials) == 1 else f"{len(trials)} trials"
    out(f"{many} would run {clusters.of(spec.settings.cluster).describe()}, into {spec.root / name}\n")
    shown = trials if show_all else trials[:_SHOWN]
    for trial in shown:
        line = f"  {trial.index}: {describe_trial(varying.describe(trial), shown_command(trial))}"
        out(f"{line if len(shown) == 1 else streams.fit(line, sys.stdout)}\n")
    if len(trials) > len(shown):
        out(f"  and {len(trials) - len(shown)} more; --dry-run --all shows them\n")
    return 0
