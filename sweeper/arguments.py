"""The command line of a run: one parser, a superset of Hydra's own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sweeper.core.errors import UsageError
from sweeper.core.mistyped import dashed
from sweeper.core.option_hints import hint
from sweeper.core.patterns import lazy

_EXPLICIT = lazy(r"argument (\S+): ignored explicit argument '(.*)'")
_INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")


@dataclass(frozen=True)
class Arguments:
    """What the command line of a run says. `handed` are the options that Hydra itself answers."""

    overrides: tuple[str, ...] = ()
    multirun: bool = False
    dry_run: bool = False
    show_all: bool = False
    detach: bool = False
    config_dir: Path | None = None
    config_name: str | None = None
    help: bool = False
    shell_completion: bool = False
    verbose: bool = False
    version: bool = False
    handed: tuple[str, ...] = ()

    @property
    def handed_to_hydra(self) -> bool:
        """Whether this is a question to Hydra (`--cfg`, `--info`, ...) instead of a run."""
        return bool(self.handed)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        message = hint(message, self._option_string_actions, run=True)
        if match := _EXPLICIT.fullmatch(message):
            message = f"{match[1]} takes no value: put {match[2].strip()!r} into a word of its own"
        raise UsageError(f"{message} (cvsweep --help shows what there is)")


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Options and overrides in any order, as in `lr=1,2 -m seed=3`."""
    parser = make_parser()
    found, unknown = parser.parse_known_intermixed_args(list(argv))
    if unknown:
        raise UsageError(_unknown(argv, unknown, parser))
    if found.config_path is not None:
        raise UsageError(
            f"there is no --config-path: -cd {found.config_path} adds this folder to ./configs, and is the"
            " one to start from where there is no ./configs"
        )
    handed = _handed(found)
    if not handed and (found.resolve or found.package):
        raise UsageError("--resolve and --package go with --cfg")
    if found.all and not found.dry_run:
        raise UsageError("--all goes with --dry-run: it shows every trial instead of the first few")
    return Arguments(
        overrides=tuple(found.overrides),
        multirun=found.multirun,
        dry_run=found.dry_run,
        show_all=found.all,
        detach=found.detach,
        config_dir=Path(found.config_dir) if found.config_dir is not None else None,
        config_name=found.config_name,
        help=found.help,
        shell_completion=found.shell_completion,
        verbose=found.verbose,
        version=found.version,
        handed=handed,
    )


def _unknown(argv: Sequence[str], unknown: Sequence[str], parser: argparse.ArgumentParser) -> str:
    message = f"unrecognized arguments: {' '.join(unknown)}"
    hinted = hint(message, parser._option_string_actions, run=True)
    if hinted != message:
        return hinted
    meant = dashed(argv, unknown[0])
    if meant:
        return f"{message} (a parameter has no dashes in front, as in {meant})"
    return f"{message} (cvsweep --help shows what there is)"


def make_parser() -> argparse.ArgumentParser:
    """The parser itself, for its help text."""
    parser = _Parser(prog="cvsweep", add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="Hydra overrides: lr=0.1, model=a,b")
    parser.add_argument("-h", "--help", action="store_true", help="show this help")
    parser.add_argument("--version", action="store_true", help="show the version")
    parser.add_argument("-m", "--multirun", action="store_true", help="run every point of a grid")
    parser.add_argument("-r", "--run", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-n", "--dry-run", action="store_true", help="show what would run, and run nothing")
    parser.add_argument("--all", action="store_true", help="with --dry-run: show every trial")
    parser.add_argument("-d", "--detach", action="store_true", help="let it run in the background")
    parser.add_argument("-v", "--verbose", action="store_true", help="write to stderr what is done")
    parser.add_argument("-cn", "--config-name", metavar="NAME", help="the configuration to start from")
    parser.add_argument(
        "-cd", "--config-dir", metavar="DIR", help="a further folder of configurations, after ./configs"
    )
    parser.add_argument(
        "-cp", "--config-path", help=argparse.SUPPRESS
    )  # Hydra's, to say what there is instead
    parser.add_argument("-sc", "--shell-completion", action="store_true", help=argparse.SUPPRESS)
    _add_questions(parser)
    return parser


def _add_questions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("answered by Hydra")
    group.add_argument("-c", "--cfg", choices=("job", "hydra", "all"), help="show the configuration")
    group.add_argument("--resolve", action="store_true", help="with --cfg: resolve interpolations")
    group.add_argument("-p", "--package", metavar="KEY", help="with --cfg: show this part of it")
    group.add_argument("-i", "--info", nargs="?", const="all", choices=_INFO, help="show what Hydra knows")
    group.add_argument("--hydra-help", action="store_true", help="show Hydra's own help")


def _handed(found: argparse.Namespace) -> tuple[str, ...]:
    words: list[str] = []
    if found.cfg:
        words += ["--cfg", found.cfg]
    if found.info:
        words += [f"--info={found.info}"]
    if found.hydra_help:
        words += ["--hydra-help"]
    if words and found.resolve:
        words += ["--resolve"]
    if words and found.package:
        words += ["--package", found.package]
    return tuple(words)
