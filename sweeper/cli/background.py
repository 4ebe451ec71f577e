"""The command as a controller in the background runs it: its output is a file, in UTF-8 in every locale."""

from __future__ import annotations

import logging
import sys

from sweeper.cli import main as command
from sweeper.cli import streams
from sweeper.cli.messages import stamp_lines
from sweeper.cli.verbose import show_log


def main() -> int:
    """Run the command line; return its exit code."""
    streams.set_up()
    streams.use_utf8()
    stamp_lines()
    show_log(logging.INFO)
    return command.main()


if __name__ == "__main__":
    sys.exit(main())
