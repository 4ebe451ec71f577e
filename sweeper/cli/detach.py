"""`--detach`: starts a controller in the background and prints the commands to watch and end it."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.app.start import start
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.common import say
from sweeper.cli.printing import printing
from sweeper.store.folder import SweepFolder


def detach(
    folder: SweepFolder,
    *,
    take_over: bool = False,
    gone: Sequence[str] = (),
    this_environment: bool = False,
) -> int:
    """Start the sweep's controller in the background; return the exit code once it holds the sweep."""
    found = start(folder, printing(), take_over=take_over, gone=gone, this_environment=this_environment)
    if found.code is not None:
        for line in found.output:
            say(line)
        return found.code
    name = sweep_argument(folder.paths.folder)
    say(f"{folder.name} runs in the background (process {found.pid}); its log: {found.log}")
    say(f"watch it with: cvsweep status -w {name}    end it with: cvsweep cancel {name}")
    return 0
