"""The command: a first word that is a verb goes to that verb, everything else is a run.

Nothing heavy is imported before it is known to be needed: `cvsweep --help` must answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

VERBS = ("init", "ls", "status", "logs", "results", "cancel", "retry", "resume")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code (0, 1, 2, 3 or 130; see `cvsweep --help`)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["-h"], ["--help"], ["help"]):
        from sweeper.cli.help import TEXT

        sys.stdout.write(TEXT)
        return 0
    if arguments[:1] == ["--version"]:
        from importlib.metadata import version

        sys.stdout.write(f"cvsweep {version('cvsweep')}\n")
        return 0
    return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    from sweeper.core.errors import CvsweepError

    try:
        return _dispatch(arguments)
    except CvsweepError as error:
        sys.stderr.write(f"cvsweep: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`cvsweep results | head`): nobody is left to tell.
        sys.stderr.close()
        return 0


def _dispatch(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in VERBS:
        from importlib import import_module

        result: int = import_module(f"sweeper.cli.verbs.{first}").main(arguments[1:])
        return result
    if first and "=" not in first and first[0] not in "-+~":
        from sweeper.cli.help import unknown_verb

        raise unknown_verb(first, VERBS)
    from sweeper.cli.run import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
