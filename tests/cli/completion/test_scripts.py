"""The scripts in real shells. A shell that is not installed is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sweeper.cli.completion.scripts import script

BASH = """\
. ./script
ask() {
    local line="$*"
    COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
    _cvsweep_completion cvsweep "${line##* }" || echo failed
    printf '[%s]' "${COMPREPLY[@]}"; echo
}
ask 'cvsweep status dig'
ask "cvsweep status 'digits "
ask 'cvsweep results --output=c'
ask 'cvsweep shell 3 -- ls scr'
ask 'cvsweep -m lr=1 nonsense'
COMP_LINE='' COMP_WORDS=(cvsweep results --output = j) COMP_CWORD=4
_cvsweep_completion cvsweep j; printf '%s\\n' "${COMPREPLY[@]}"
PATH=/nowhere
ask 'cvsweep sta'
complete -p cvsweep
"""
BASH_SAYS = """\
[digits\\ b][digits-a]
[digits b]
[csv]
[script]
[]
json
[]
complete -o nosort -F _cvsweep_completion cvsweep
"""
ZSH = """\
compdef() { print "compdef $*" }
. ./script
compset() { }
_files() { print "files $*" }
compadd() {
    local -a shown values; zparseopts -D -E V:=x l=x S:=shown d:=x a=x
    (( $#shown )) && print -n "open "
    print "[${(j:][:)${(P)@[-1]}}]"
}
ask() { words=("$@") CURRENT=$# PREFIX=${@[-1]}; _cvsweep || print failed }
ask cvsweep status "'digits"
ask cvsweep status --root=
ask cvsweep collect results.mod
ask cvsweep -m lr=1 nonsense
ask no-such-program sta
"""
ZSH_SAYS = """\
compdef _cvsweep cvsweep
[digits b][digits-a]
files -/
open [results.mode=]
"""
FISH = """\
source ./script
complete -C 'cvsweep sta'
complete -C 'cvsweep status "digits '
complete -C 'cvsweep -m lr=1 nonsense'
"""
FISH_SAYS = """\
status\thow far it is; -w keeps looking
digits b
"""


@pytest.mark.parametrize(
    ("shell", "flags", "program", "says"),
    [
        ("bash", ["--norc"], BASH, BASH_SAYS),
        ("zsh", ["-f"], ZSH, ZSH_SAYS),
        ("fish", ["--no-config"], FISH, FISH_SAYS),
    ],
)
def test_a_shell_completes_by_its_script(sweep, project: Path, shell, flags, program, says) -> None:
    """Newest sweeps first, spaces and open quotes, words with `=`, what follows `--`; and never an error."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    for at, name in enumerate(("digits-a", "digits b")):
        os.utime(sweep(name).paths.manifest, (at + 1, at + 1))
    (project / "script").write_text(script(shell))
    command = project / "bin" / "cvsweep"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sweeper.cli.main "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [shell, *flags],
        input=program,
        cwd=project,
        env={**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (says, "")
