"""`python -m sweeper`: the command `cvsweep`.

`python -m` puts the current folder first on sys.path, where a project's `secrets.py` or `yaml/` would replace
what cvsweep imports. The installed command does not see that folder, and neither does this one.
"""

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
