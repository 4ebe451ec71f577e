"""Parses the arguments SWEEP and TRIALS of a verb."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sweeper.app.owners import require_right_to_ask
from sweeper.cli.common import find_sweep, is_known_sweep
from sweeper.core.selectors import is_selector, trials
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder


def sweep_and_trials(
    words: Sequence[str], root: Path | None
) -> tuple[SweepFolder, State, tuple[int, ...] | None]:
    """Parse `[SWEEP] [TRIAL ...]`: the first word may name a sweep, the others are trials or ranges (5-8).

    Returns:
        The sweep, its state and the indexes of the chosen trials, None if no trial was named.
    """
    named = bool(words) and (not is_selector(words[0]) or is_known_sweep(words[0], root))
    folder = find_sweep(words[0] if named else None, root)
    require_right_to_ask(folder)
    state = folder.state()
    keys = [one.trial.key for one in state.trials] if words[named:] else []
    chosen = tuple(index for word in words[named:] for index in trials(word, keys))
    return folder, state, chosen or None
