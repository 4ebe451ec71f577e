"""Completes a command line for a shell. It imports as little as possible; no error reaches the prompt.

cvsweep __complete bash BREAKS LINE               LINE is the command line up to the cursor
cvsweep __complete bash BREAKS --pieces WORD ...  the same, split at BREAKS; the cursor is in the last
cvsweep __complete zsh|fish WORD ...              the words behind `cvsweep`, the last one as it is typed
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sweeper.cli.completion.disk import Disk
from sweeper.cli.help import TEXT
from sweeper.cli.main import VERBS
from sweeper.core.completion.candidates import complete
from sweeper.core.completion.command import Command
from sweeper.core.completion.facts import Completion
from sweeper.core.completion.line import PartialLine, join_pieces, read_line, unquoted
from sweeper.core.completion.shells import lines

_LOG = "CVSWEEP_COMPLETION_LOG"


def main(argv: Sequence[str]) -> int:
    """Print the candidates, one on each line; the exit code is 0 whatever happens."""
    with _silence():
        shell, *question = argv
        line = _line(shell, question)
        _print(lines(shell, _answer(line), line))
    return 0


def texts(typed: str) -> list[str]:
    """Return the candidates for a command line up to the cursor, as texts."""
    with _silence():
        line = read_line(typed)
        return [one.text for one in _answer(line._replace(words=line.words[1:])).candidates]
    return []


@contextmanager
def _silence() -> Iterator[None]:
    """Suppress every error: an incomplete command line may be invalid in any way."""
    try:
        yield
    except (Exception, SystemExit) as error:  # noqa: BLE001  # logged if requested
        with suppress(OSError):
            _log(error)


def _answer(line: PartialLine) -> Completion:
    return complete(line.words, line.current, verbs(), _command_of, Disk())


def _command_of(verb: str) -> Command:
    from sweeper.cli.completion.options import command_of  # only now: to complete a verb takes no parser

    return command_of(verb)


def _line(shell: str, question: Sequence[str]) -> PartialLine:
    if shell == "bash":
        breaks, *rest = question
        line = join_pieces(rest[1:], breaks) if rest[0] == "--pieces" else read_line(rest[0], breaks)
        return line._replace(words=line.words[1:])
    *before, current = question
    return PartialLine(tuple(before), unquoted(current))


def verbs() -> dict[str, str]:
    """Return each verb with its description in the help."""
    found = (re.search(rf"^  {verb} .*?  +(.*)$", TEXT, re.MULTILINE) for verb in VERBS)
    return {verb: match[1] if match else "" for verb, match in zip(VERBS, found, strict=True)}


def _print(found: Iterable[str]) -> None:
    encoding = sys.getfilesystemencoding()
    for line in found:
        try:
            data = line.encode(encoding, "surrogateescape")
        except UnicodeEncodeError:
            continue  # this terminal could not show it
        sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def _log(error: BaseException) -> None:
    """Append the traceback to the file that CVSWEEP_COMPLETION_LOG names, if it is set."""
    name = os.environ.get(_LOG)
    if name:
        import traceback

        with open(name, "a", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
