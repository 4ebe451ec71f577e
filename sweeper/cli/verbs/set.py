"""cvsweep set: change settings of a sweep, also while it runs."""

from __future__ import annotations

from sweeper.app.changing import change
from sweeper.app.owners import require_right_to_ask
from sweeper.cli.common import find_sweep, say
from sweeper.cli.parsers.set import make_parser
from sweeper.cli.printing import printing
from sweeper.compose.changed_settings import read_changes
from sweeper.core.errors import UsageError
from sweeper.core.formatting import escape


def main(argv: list[str]) -> int:
    """Change the settings; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    settings = [word for word in given.words if "=" in word]
    names = [word for word in given.words if "=" not in word]
    if not settings:
        raise UsageError("set: name a setting and its value, as in: cvsweep set cluster.max_parallel=4")
    if len(names) > 1:
        raise UsageError(f"set: one sweep at a time, and a setting has a value: {names[1]}=...")
    folder = find_sweep(names[0] if names else None, given.root)
    require_right_to_ask(folder)
    text = escape(", ".join(settings))
    if change(folder, read_changes(settings), printing()):
        say(f"{folder.name}: from now on {text}")
    else:
        say(f"{folder.name}: {text}: it is so already")
    return 0
