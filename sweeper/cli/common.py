"""What all verbs share: words for people on stderr, and the sweep that a person means."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.core.errors import UsageError

if TYPE_CHECKING:
    from sweeper.core.model import Trial
    from sweeper.core.state import State
    from sweeper.store.folder import SweepFolder


def say(text: str) -> None:
    """One line for people; data alone goes to stdout."""
    sys.stderr.write(f"{text}\n")


def verb_parser(name: str, about: str, epilog: str = "") -> argparse.ArgumentParser:
    """A verb's parser: no abbreviations, and a --help whose examples keep their lines."""
    return argparse.ArgumentParser(
        prog=f"cvsweep {name}",
        description=about,
        epilog=epilog,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_sweep_argument(parser: argparse.ArgumentParser) -> None:
    """SWEEP and --root, as every verb takes them."""
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    add_root_option(parser)


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """--root, for sweeps that lie elsewhere."""
    parser.add_argument(
        "--root",
        type=Path,
        help="where the sweeps lie (default: $CVSWEEP_ROOT, ./sweeps, or the project's sweep.root)",
    )


def sweeps_root(given: Path | None) -> Path:
    """The folder that holds the sweeps.

    The project's configuration is asked last, and only where there is no ./sweeps: composing it
    takes longer than everything else that a reading verb does.
    """
    if given is not None:
        return given
    if "CVSWEEP_ROOT" in os.environ:
        return Path(os.environ["CVSWEEP_ROOT"])
    default = Path("sweeps")
    if default.is_dir() or not Path("configs").is_dir():
        return default
    from sweeper.compose import compose

    composed = compose([], config_dir=None, config_name=None, multirun=False, project=Path.cwd())
    return Path(composed.settings.sweep.root)


def find_sweep(wanted: str | None, root: Path | None) -> SweepFolder:
    """The sweep that SWEEP and --root mean; UsageError where there is none."""
    from sweeper.store.folder import find

    return find(sweeps_root(root), wanted)


def find_trial(state: State, text: str) -> Trial:
    """The trial that a person means: its index, or the start of its key."""
    if text.isdigit() and int(text) < len(state.trials):
        return state.trials[int(text)].trial
    matches = [one.trial for one in state.trials if one.trial.key.startswith(text)] if len(text) >= 4 else []
    if len(matches) == 1:
        return matches[0]
    raise UsageError(f"there is no trial {text!r}; they are numbered from 0 to {len(state.trials) - 1}")
