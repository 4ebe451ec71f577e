"""cvsweep note: write a note on a sweep, or on some of its trials."""

from __future__ import annotations

from sweeper.app.write_notes import note
from sweeper.cli.chosen import sweep_and_trials
from sweeper.cli.common import say
from sweeper.cli.parsers.note import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import UsageError
from sweeper.core.formatting import clipped, indexes

_SHOWN = 80


def main(argv: list[str]) -> int:
    """Write the note; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    if len(given.words) < 2:
        raise UsageError(
            'note: name the sweep or the trials, then the note, as in: cvsweep note NAME 3 "looks odd"'
            ' ("" removes it)'
        )
    *words, text = given.words
    folder, _, trials = sweep_and_trials(words, given.root)
    note(folder, text, trials, printing())
    where = folder.name if trials is None else f"{folder.name}, {indexes(trials)}"
    say(f"{where}: {clipped(text.strip(), _SHOWN) or 'no note any more'}")
    return 0
