"""`-sc install=bash`, as in every Hydra program, with the scripts and candidates of `completion`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sweeper.cli.completion.answer import texts
from sweeper.cli.completion.scripts import removal, script
from sweeper.core.completion.shells import SHELLS
from sweeper.core.errors import UsageError


def answer(words: Sequence[str]) -> int:
    """Print the script of a shell, or the candidates that Hydra's script queries; return the exit code."""
    action, _, shell = words[0].partition("=") if len(words) == 1 else ("", "", "")
    if shell not in SHELLS or action not in ("install", "uninstall", "query"):
        raise UsageError(
            "-sc takes install=bash, zsh or fish (or uninstall=); the same is: cvsweep completion bash"
        )
    if action == "query":
        sys.stdout.write(" ".join(texts(os.environ.get("COMP_LINE", ""))) + "\n")
    else:
        sys.stdout.write(script(shell) if action == "install" else removal(shell))
    return 0
