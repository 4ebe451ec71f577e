"""What all verbs share: their parsers, lines for people, and the sweep that a person means."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from sweeper.app.where import Where, where
from sweeper.cli.messages import say as say  # verbs import both from here
from sweeper.cli.messages import show as show
from sweeper.core.errors import UsageError

if TYPE_CHECKING:
    from sweeper.core.model import Trial
    from sweeper.core.paths import SweepPaths
    from sweeper.core.state import State
    from sweeper.store.folder import SweepFolder


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
        from sweeper.core.option_hints import hint

        verb = self.prog.removeprefix("cvsweep ")
        message = hint(message, self._option_string_actions)
        raise UsageError(f"{verb}: {message} (cvsweep {verb} --help shows what there is)")


def verb_parser(name: str, about: str, epilog: str = "") -> argparse.ArgumentParser:
    """A verb's parser: no abbreviations, and a --help whose examples keep their lines."""
    parser = _Parser(
        prog=f"cvsweep {name}",
        description=about,
        epilog=epilog,
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    parser.add_argument("-v", "--verbose", action=_Verbose, nargs=0, help="write to stderr what is done")
    return parser


class _Verbose(argparse.Action):
    """Shows the log from the moment at which the option is read."""

    def __call__(self, *words: object, **more: object) -> None:
        from sweeper.cli.verbose import show_log  # only now: a verb without -v needs no logging

        show_log()


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


def add_trial_arguments(parser: argparse.ArgumentParser) -> None:
    """SWEEP and TRIAL."""
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    parser.add_argument("trial", metavar="TRIAL", help="an index, or the start of a key")


def add_attempt_option(parser: argparse.ArgumentParser) -> None:
    """--attempt N."""
    parser.add_argument("--attempt", type=_attempt, metavar="N", help="default: the latest")


def _attempt(text: str) -> int:
    from sweeper.core.digits import whole_number  # only now: few verbs take it

    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an attempt, which are 1, 2, ...")
    return number


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """--root, for sweeps that lie elsewhere."""
    parser.add_argument(
        "--root",
        help="where the sweeps lie (default: $CVSWEEP_ROOT, ./sweeps, or the project's sweep.root)",
    )


def root_name(given: str | os.PathLike[str] | None) -> str:
    """The folder that holds the sweeps; a message says if it is not the current folder."""
    return _report_found(where(given)).root


def _report_found(place: Where) -> Where:
    if place.found:
        say(place.found)
    return place


def sweep_paths(wanted: str | None, root: str | os.PathLike[str] | None) -> SweepPaths:
    """The sweep that SWEEP and --root mean; UsageError where there is none."""
    from sweeper.store import sweep_index

    place = _report_found(where(root))
    return sweep_index.find(place.root, place.sweep if wanted is None else wanted)


def find_sweep(wanted: str | None, root: str | os.PathLike[str] | None) -> SweepFolder:
    """The same, opened: `status` is spared that."""
    return find_sweeps([wanted] if wanted is not None else [], root)[0]


def find_sweeps(
    wanted: Sequence[str], root: str | os.PathLike[str] | None, *, quiet: bool = False
) -> list[SweepFolder]:
    """The sweeps that these words mean, each once; without any the one that is meant then.

    `quiet`: no message says where they lie.
    """
    from sweeper.store import sweep_index
    from sweeper.store.folder import SweepFolder

    place = where(root) if quiet else _report_found(where(root))
    asked: Sequence[str | None] = wanted or [place.sweep]
    found = [sweep_index.find(place.root, one) for one in asked]
    return [SweepFolder(folder) for folder in dict.fromkeys(paths.folder for paths in found)]


def one_trial(
    sweep: str | None, trial: str, root: str | os.PathLike[str] | None
) -> tuple[SweepFolder, State, Trial]:
    """`[SWEEP] TRIAL`: the sweep, its state and the one trial that a person means."""
    from sweeper.core import selectors

    if sweep is None and not selectors.is_selector(trial) and is_known_sweep(trial, root):
        raise UsageError(f"{trial} is a sweep: name one of its trials as well, as in {trial} 0")
    folder = find_sweep(sweep, root)
    state = folder.state()
    index = selectors.trial(trial, [one.trial.key for one in state.trials])
    return folder, state, state.trials[index].trial


def is_known_sweep(name: str, root: str | os.PathLike[str] | None) -> bool:
    """Is it the name or the path of a sweep?"""
    from sweeper.store import sweep_index

    return sweep_index.is_sweep(os.path.join(where(root).root, name)) or sweep_index.is_sweep(name)
