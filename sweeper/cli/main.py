"""The command: a first word that is a verb goes to that verb, everything else is a run.

Nothing heavy is imported before it is known to be needed: `cvsweep --help` must answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sweeper.cli import streams

VERBS = (
    "init", "ls", "status", "wait", "logs", "shell", "results", "report", "note", "tag", "set", "stop",
    "cancel", "retry", "collect", "resume", "rename", "clean", "rm", "doctor", "quota", "diagnose",
    "completion",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code (0, 1, 2, 3 or 130; see `cvsweep --help`)."""
    if os.getpid() == 1:
        from sweeper.cli.first_process import run_below

        return run_below(lambda: _run(argv))
    return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    streams.set_up()
    if arguments[:1] == ["__complete"]:
        from sweeper.cli.completion.answer import main as complete

        return complete(arguments[1:])
    try:
        return _guarded(arguments)
    finally:
        streams.finish(sys.stdout)
        streams.finish(sys.stderr)


def _guarded(arguments: list[str]) -> int:
    from sweeper.core.errors import CvsweepError

    code = 0
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except CvsweepError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`cvsweep results | head`), and needs no more of it.
        streams.hush(sys.stdout)
    except OSError as error:
        _say(f"{error.filename or 'writing the output'}: {error.strerror or error}")
        streams.hush(sys.stdout)
        return 3
    return code


def _say(text: str) -> None:
    from sweeper.cli.messages import say

    say(f"cvsweep: {text}")


def _dispatch(arguments: list[str]) -> int:
    if arguments[:1] == ["help"] and arguments[1:] and arguments[1] in VERBS:
        arguments = [arguments[1], "--help"]
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help", "help", "--version"):
        from sweeper.cli.help import show_help, show_version

        return show_version() if first == "--version" else show_help()
    if first in VERBS:
        from importlib import import_module

        result: int = import_module(f"sweeper.cli.verbs.{first}").main(arguments[1:])
        return result
    if first and "=" not in first and first[0] not in "-+~":
        from sweeper.cli.help import unknown_verb

        raise unknown_verb(arguments, VERBS)
    from sweeper.cli.run import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
