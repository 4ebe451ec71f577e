"""The options of `cvsweep completion`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import verb_parser
from sweeper.core.completion.shells import SHELLS

_EXAMPLES = """\
examples, each for the start-up file of its shell:
  eval "$(cvsweep completion bash)"         in ~/.bashrc
  eval "$(cvsweep completion zsh)"          in ~/.zshrc, behind compinit if you call it there
  cvsweep completion fish | source          in ~/.config/fish/config.fish
or once into a file:
  cvsweep completion bash > ~/.local/share/bash-completion/completions/cvsweep
  cvsweep completion zsh > "${fpath[1]}/_cvsweep"
  cvsweep completion fish > ~/.config/fish/completions/cvsweep.fish

TAB then completes verbs, options and their values, sweeps (newest first), trials, columns, and the config
groups, keys and values of your project. Nothing is shown where nothing can be completed;
CVSWEEP_COMPLETION_LOG=FILE appends the errors to FILE.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("completion", "Print the script that makes a shell complete cvsweep.", _EXAMPLES)
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    return parser
