"""The scripts that shells load. They ask the `cvsweep` that is typed: each environment answers for itself."""

from __future__ import annotations

from pathlib import Path

_REMOVAL = {
    "bash": "complete -r cvsweep\n",
    "zsh": "compdef -d cvsweep\n",
    "fish": "complete -e -c cvsweep\n",
}


def script(shell: str) -> str:
    """The script of a shell."""
    return Path(__file__).with_name(f"completion.{shell}").read_text(encoding="utf-8")


def removal(shell: str) -> str:
    """What undoes the script."""
    return _REMOVAL[shell]
