"""Scripts that shells load. They call the `cvsweep` on the command line, so each environment has its own."""

from __future__ import annotations

from pathlib import Path

_REMOVAL = {
    "bash": "complete -r cvsweep\n",
    "zsh": "compdef -d cvsweep\n",
    "fish": "complete -e -c cvsweep\n",
}


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    return Path(__file__).with_name(f"completion.{shell}").read_text(encoding="utf-8")


def removal(shell: str) -> str:
    """Return the commands that undo the script."""
    return _REMOVAL[shell]
