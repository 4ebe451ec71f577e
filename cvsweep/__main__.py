"""`python -m cvsweep`: the command `cvsweep`; see sweeper/__main__.py."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

with suppress(FileNotFoundError):  # the current folder has been removed, so it is not there either
    if not sys.flags.safe_path and sys.path[:1] in ([""], [os.getcwd()]):
        del sys.path[0]

from sweeper.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
