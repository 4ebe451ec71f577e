"""A run: compose the grid, check everything, make the sweep (or add to it), become its controller.

What only some runs need (a sweep that exists already, a cluster, a named reader) is imported when it is
needed: all of it together takes a tenth of the time of a dry run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sweeper.app.spec import SweepSpec
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.common import say
from sweeper.cli.composing import composed, project_here
from sweeper.cli.help import show_help, show_version
from sweeper.cli.printing import printing
from sweeper.cli.progress import ComposeProgress
from sweeper.compose import Arguments, hand_to_hydra, parse_arguments
from sweeper.core.errors import SweepHeldError, UsageError

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def main(argv: Sequence[str]) -> int:
    """Run the command line of a sweep; return the exit code."""
    arguments = parse_arguments(argv)
    if arguments.help or arguments.version:
        return show_help() if arguments.help else show_version()
    if arguments.verbose:
        from sweeper.cli.verbose import show_log

        show_log()
    if arguments.shell_completion:
        from sweeper.cli.completion.hydra_style import answer

        return answer(arguments.overrides)
    if arguments.handed_to_hydra:
        quiet = "--shell-completion" in arguments.handed or "--hydra-help" in arguments.handed
        return hand_to_hydra(arguments, project=project_here(arguments, quiet=quiet))
    if "" in arguments.overrides:
        raise UsageError("an argument is empty; perhaps it is a shell variable that is not set")
    asked = composed(arguments)
    if arguments.dry_run:
        return _show_plan(arguments, asked)
    return _start(asked, in_background=arguments.detach)


def _show_plan(arguments: Arguments, asked: SweepSpec) -> int:
    from sweeper.app.checking import check
    from sweeper.cli.planned import show_plan

    with ComposeProgress() as progress:
        found = check(asked, printing(), progress.see)
    return show_plan(found.spec, found.existing, show_all=arguments.show_all)


def _start(asked: SweepSpec, *, in_background: bool) -> int:
    """Create the sweep or add to the one that has its name, and have it run; return the exit code."""
    from sweeper.app.joining import join  # only now: a dry run needs none of this

    with ComposeProgress() as progress:
        joined = join(asked, printing(), progress.see)
    folder = joined.folder
    if joined.addition:
        from sweeper.cli.adding import add

        return add(folder, joined.addition, in_background=in_background)
    many = f"{len(joined.spec.trials)} trial{'' if len(joined.spec.trials) == 1 else 's'}"
    say(f"{folder.name}: {many} in {os.path.relpath(folder.paths.folder)}")
    try:
        return _control(folder, in_background=in_background)
    finally:
        if joined.recording:
            joined.recording.wait()


def _control(folder: SweepFolder, *, in_background: bool) -> int:
    """Become the controller of a new sweep, unless another run has become its controller first."""
    from sweeper.cli.controller import control
    from sweeper.cli.detach import detach

    try:
        return detach(folder) if in_background else control(folder)
    except SweepHeldError:
        if not folder.is_held():
            raise
    say(
        f"{folder.name}: another run of it has become its controller, and runs these trials too;"
        f" watch it with: cvsweep status -w {sweep_argument(folder.paths.folder)}"
    )
    return 0
