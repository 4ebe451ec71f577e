"""Helpers shared by all verbs: argument parsers, messages, and finding the sweep that was named."""

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
    """Help formatter that reads the terminal width itself, so that argparse need not import shutil."""

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
    """Return the parser of a verb, without abbreviated options; --help keeps the line breaks of examples."""
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
    """Option action that shows the log as soon as the option is parsed."""

    def __call__(self, *words: object, **more: object) -> None:
        from sweeper.cli.verbose import show_log  # imported here: only -v needs logging

        show_log()


def add_sweep_argument(parser: argparse.ArgumentParser) -> None:
    """Add the optional SWEEP argument and --root."""
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    add_root_option(parser)


def add_sweeps_argument(parser: argparse.ArgumentParser) -> None:
    """Add any number of SWEEP arguments and --root."""
    parser.add_argument(
        "sweeps", nargs="*", metavar="SWEEP", help="names or paths; several make one table; none: the newest"
    )
    add_root_option(parser)


def add_trial_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the optional SWEEP argument and the TRIAL argument."""
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    parser.add_argument("trial", metavar="TRIAL", help="an index, or the start of a key")


def add_attempt_option(parser: argparse.ArgumentParser) -> None:
    """Add the option --attempt N."""
    parser.add_argument("--attempt", type=_attempt, metavar="N", help="default: the latest")


def _attempt(text: str) -> int:
    from sweeper.core.digits import whole_number  # imported here: few verbs need it

    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an attempt, which are 1, 2, ...")
    return number


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """Add the option --root, the folder that holds the sweeps."""
    parser.add_argument(
        "--root",
        help="where the sweeps lie (default: $CVSWEEP_ROOT, ./sweeps, or the project's sweep.root)",
    )


def root_name(given: str | os.PathLike[str] | None) -> str:
    """Return the folder that holds the sweeps; print how it was found, if `where` reports that."""
    return _report_found(where(given)).root


def _report_found(place: Where) -> Where:
    if place.found:
        say(place.found)
    return place


def sweep_paths(wanted: str | None, root: str | os.PathLike[str] | None) -> SweepPaths:
    """Return the paths of the sweep that SWEEP and --root select.

    Raises:
        UsageError: there is no such sweep.
    """
    from sweeper.store import sweep_index

    place = _report_found(where(root))
    return sweep_index.find(place.root, place.sweep if wanted is None else wanted)


def find_sweep(wanted: str | None, root: str | os.PathLike[str] | None) -> SweepFolder:
    """Return the opened folder of the sweep that SWEEP and --root select (`status` needs only its paths)."""
    return find_sweeps([wanted] if wanted is not None else [], root)[0]


def find_sweeps(
    wanted: Sequence[str], root: str | os.PathLike[str] | None, *, quiet: bool = False
) -> list[SweepFolder]:
    """Return the selected sweeps without duplicates.

    Args:
        wanted: names or paths of sweeps; if empty, the default sweep is returned.
        root: the folder that holds the sweeps, None for the default.
        quiet: do not print where the sweeps were found.
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
    """Return the sweep, its state and the trial that the arguments `[SWEEP] TRIAL` select."""
    from sweeper.core import selectors

    if sweep is None and not selectors.is_selector(trial) and is_known_sweep(trial, root):
        raise UsageError(f"{trial} is a sweep: name one of its trials as well, as in {trial} 0")
    folder = find_sweep(sweep, root)
    state = folder.state()
    index = selectors.trial(trial, [one.trial.key for one in state.trials])
    return folder, state, state.trials[index].trial


def is_known_sweep(name: str, root: str | os.PathLike[str] | None) -> bool:
    """Return True if `name` is the name or the path of a sweep."""
    from sweeper.store import sweep_index

    return sweep_index.is_sweep(os.path.join(where(root).root, name)) or sweep_index.is_sweep(name)
