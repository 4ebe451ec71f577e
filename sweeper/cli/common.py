"""What all verbs share: words for people on stderr, and the sweep that a person means."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from sweeper.cli import streams
from sweeper.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from sweeper.core.model import Trial
    from sweeper.core.state import State
    from sweeper.store.folder import SweepFolder


def say(text: str) -> None:
    """One line for people; data alone goes to stdout."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        streams.hush(sys.stderr)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Asks for the terminal's width itself: argparse would import shutil for it, on every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())


def _width() -> int:
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns - 2 if sys.__stdout__ else 78
    except OSError:
        return 78


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        verb = self.prog.removeprefix("cvsweep ")
        raise UsageError(f"{verb}: {message} (cvsweep {verb} --help shows what there is)")


def verb_parser(name: str, about: str, epilog: str = "") -> argparse.ArgumentParser:
    """A verb's parser: no abbreviations, and a --help whose examples keep their lines."""
    return _Parser(
        prog=f"cvsweep {name}",
        description=about,
        epilog=epilog,
        allow_abbrev=False,
        formatter_class=_Formatter,
    )


def add_sweep_argument(parser: argparse.ArgumentParser) -> None:
    """SWEEP and --root, as every verb takes them."""
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    add_root_option(parser)


def add_sweeps_argument(parser: argparse.ArgumentParser) -> None:
    """SWEEP, any number of them, and --root."""
    parser.add_argument(
        "sweeps", nargs="*", metavar="SWEEP", help="names or paths; several make one table; none: the newest"
    )
    add_root_option(parser)


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """--root, for sweeps that lie elsewhere."""
    parser.add_argument(
        "--root",
        help="where the sweeps lie (default: $CVSWEEP_ROOT, ./sweeps, or the project's sweep.root)",
    )


def root_name(given: str | os.PathLike[str] | None) -> str:
    """The folder that holds the sweeps.

    The project's configuration is asked last, and only where there is no ./sweeps: composing it
    takes longer than everything else that a reading verb does.
    """
    found = given or os.environ.get("CVSWEEP_ROOT")
    if found:
        return os.fspath(found)
    if os.path.isdir("sweeps") or not os.path.isdir("configs"):
        return "sweeps"
    from pathlib import Path

    from sweeper.compose import compose

    composed = compose([], config_dir=None, config_name=None, multirun=False, project=Path.cwd())
    return composed.settings.sweep.root


def sweeps_root(given: str | os.PathLike[str] | None) -> Path:
    """The same as a Path: `status` is spared the import."""
    from pathlib import Path

    return Path(root_name(given))


def find_sweep(wanted: str | None, root: str | os.PathLike[str] | None) -> SweepFolder:
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
