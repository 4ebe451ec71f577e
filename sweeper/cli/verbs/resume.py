"""cvsweep resume: continue a sweep after an interruption, a crash or a pause."""

from __future__ import annotations

from sweeper.app.environments import check_environment, kept_here
from sweeper.app.introducing import introduce_again
from sweeper.app.moved import check_code, use_code
from sweeper.app.owners import require_own
from sweeper.app.taking import in_pod
from sweeper.cli.common import find_sweep, say
from sweeper.cli.controller import control
from sweeper.cli.detach import detach
from sweeper.cli.parsers.resume import make_parser
from sweeper.cli.printing import printing
from sweeper.core.standing import is_over
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Become the sweep's controller; return the exit code."""
    arguments = make_parser().parse_args(argv)
    folder = find_sweep(arguments.sweep, arguments.root)
    require_own(folder)
    if not (arguments.take_over or in_pod()):
        folder.refuse_if_held()
    if arguments.code is not None:
        use_code(folder, arguments.code, printing(), by_force=arguments.take_over)
    here = kept_here(folder.settings) if arguments.this_environment else None
    if not _is_over(folder):
        check_code(folder)
        if here is None:
            check_environment(folder, printing())
    if arguments.detach:
        return detach(
            folder,
            take_over=arguments.take_over,
            gone=arguments.gone,
            this_environment=arguments.this_environment,
        )
    say(f"{folder.name}: taking it up where it stands")
    introduce_again(folder, printing())
    return control(
        folder, by_force=arguments.take_over, gone=arguments.gone, environment=here, patient=in_pod()
    )


def _is_over(folder: SweepFolder) -> bool:
    """Return True if every trial has ended; read from the snapshot if there is one, else the journal."""
    seen = status_reader.current(folder.paths, held=False)
    return is_over(seen.counts if seen else folder.state().counts)
