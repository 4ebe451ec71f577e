"""command.sh, run by real shells."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sweeper.core.model import Trial
from sweeper.core.script import command_script

SHELLS = [["dash"], ["bash"], ["busybox", "sh"]]
NASTY = [
    "two words",
    "it's",
    'say "hi"',
    "$HOME `id` $(id)",
    "back\\slash\\n",
    "-n",
    "a;b&c|d#e*f?g[h]",
    "Größe",
    "line\nexit 3\nline",
    " ",
]
# What the program is told, as a program sees it.
_TELLER = """
import json, os
ours = {name: value for name, value in os.environ.items() if name.startswith('CVSWEEP_')}
with open('told.json', 'w') as file:
    json.dump([os.getcwd(), ours], file)
"""
TELL = f"exec {shlex.quote(sys.executable)} -ISc {shlex.quote(_TELLER)}"


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request):
    """Each shell that this machine has."""
    if not shutil.which(request.param[0]):
        pytest.skip(f"no {request.param[0]} here")
    return request.param


@pytest.fixture
def place(tmp_path):
    """A trial's folder, deep in names that a careless script trips over."""
    folder = tmp_path / "the sweep's $HOME" / "trials" / "00003-0123456789ab"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def code(tmp_path):
    """A project's folder with a name of that kind."""
    folder = tmp_path / 'it\'s "code" `id` $HOME\nand more'
    folder.mkdir()
    return folder


def write(place: Path, code: Path, sweep: str = "digits", command: str = TELL, cwd: str = "code") -> Path:
    file = place / "command.sh"
    file.write_text(command_script(sweep, Trial(3, "0123456789ab", {}, command, cwd), str(code)))
    return file


def run(words, cwd, **environment) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CVSWEEP_", "PYTHONPATH"))
    }
    return subprocess.run(
        words, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=20, check=False
    )


def started(folder: Path) -> tuple[str, dict[str, str]]:
    where, environment = json.loads((folder / "told.json").read_text())
    return where, environment


def by_hand(place: Path, code: Path, sweep: str = "digits") -> dict[str, str]:
    return {
        "CVSWEEP_SWEEP": sweep,
        "CVSWEEP_TRIAL": "3",
        "CVSWEEP_CODE": str(code),
        "CVSWEEP_ATTEMPT": "0",
        "CVSWEEP_TRIAL_DIR": str(place),
        "CVSWEEP_PARAMS": f"{place}/params.json",
        "CVSWEEP_OUT": f"{place}/by-hand",
        "CVSWEEP_CHECKPOINT_DIR": f"{place}/by-hand/checkpoints",
    }


def test_by_hand(shell, place, code, tmp_path):
    """Run by hand, a trial finds its project, and writes to by-hand/ and never into an attempt."""
    done = run([*shell, str(write(place, code))], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert started(code) == (str(code), by_hand(place, code))
    assert (place / "by-hand" / "checkpoints").is_dir()
    assert sorted(file.name for file in place.iterdir()) == ["by-hand", "command.sh"]


@pytest.mark.parametrize("inside", ["", "..", "../.."])
def test_by_hand_from_anywhere(shell, place, code, inside):
    """By hand it can be named by a relative path, also where CDPATH would lead `cd` elsewhere."""
    start = (place / inside).resolve()
    file = os.path.relpath(write(place, code), start)
    done = run([*shell, file], start, CDPATH=f"{start}:/")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert started(code) == (str(code), by_hand(place, code))


def test_by_hand_from_a_folder_like_an_option(shell, tmp_path, code):
    """A folder whose name begins with a dash is a folder all the same."""
    place = tmp_path / "-P"
    place.mkdir()
    write(place, code)
    # `./` or `--` must come from whoever types it: `sh -P/command.sh` is an option to every shell.
    done = run([*shell, "--", "-P/command.sh"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert started(code) == (str(code), by_hand(place, code))


def test_by_hand_twice(shell, place, code, tmp_path):
    """It can be repeated as often as one likes, and an empty CVSWEEP_OUT is none."""
    file = write(place, code, cwd="out")
    for _ in range(2):
        assert run([*shell, str(file)], tmp_path, CVSWEEP_OUT="").returncode == 0
    assert started(place / "by-hand") == (f"{place}/by-hand", by_hand(place, code))


@pytest.mark.parametrize("cwd", ["code", "out"])
def test_in_an_attempt(shell, place, code, tmp_path, cwd):
    """In an attempt it uses what the shim has set, makes nothing itself, and runs where the trial says."""
    out = place / "attempts" / "2"
    out.mkdir(parents=True)
    given = {
        "CVSWEEP_TRIAL_DIR": str(place),
        "CVSWEEP_ATTEMPT": "2",
        "CVSWEEP_OUT": str(out),
        "CVSWEEP_CHECKPOINT_DIR": f"{place}/checkpoints",
        "CVSWEEP_PARAMS": f"{place}/params.json",
    }
    file = write(place, code, cwd=cwd)
    # The shim sources it, so that no second shell is needed; `$0` is the shim's name then.
    done = run([*shell, "-c", '(. "$1")', "shim.sh", str(file)], tmp_path, **given)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    folder = code if cwd == "code" else out
    own = {"CVSWEEP_SWEEP": "digits", "CVSWEEP_TRIAL": "3", "CVSWEEP_CODE": str(code)}
    assert started(folder) == (str(folder), given | own)
    assert not (place / "by-hand").exists()


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names(shell, place, tmp_path, name):
    """Whatever the names of sweep and project hold reaches the program as it is, and no shell reads it."""
    code = tmp_path / "projects" / name
    code.mkdir(parents=True)
    done = run([*shell, str(write(place, code, sweep=name))], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert started(code) == (str(code), by_hand(place, code, name))


@pytest.mark.parametrize("status", [0, 1, 42])
def test_exit_status(shell, place, code, tmp_path, status):
    """It ends as its program does."""
    assert run([*shell, str(write(place, code, command=f"exit {status}"))], tmp_path).returncode == status


def test_no_project(shell, place, tmp_path):
    """Where the project's folder is gone the program is not run elsewhere."""
    file = write(place, tmp_path / "gone", command="echo ran")
    done = run([*shell, str(file)], tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "gone" in done.stderr


@pytest.mark.parametrize("before", [None, "", "/theirs:/others"])
def test_import_roots_come_first(shell, place, code, tmp_path, before):
    """PYTHONPATH begins with the given folders, whatever their names hold; what it had follows."""
    roots = [f"{code}/it's src", f"{code}/$HOME"]
    file = place / "command.sh"
    trial = Trial(3, "0123456789ab", {}, 'printf "%s" "$PYTHONPATH"')
    file.write_text(command_script("digits", trial, str(code), roots))
    done = run([*shell, str(file)], tmp_path, **({} if before is None else {"PYTHONPATH": before}))
    assert done.stdout == ":".join([*roots, *([before] if before else [])])


def test_text(place, code):
    """The script says what it is, and ends with the trial's command."""
    text = write(place, code).read_text()
    assert text.startswith("#!/bin/sh\n# Trial 3 of sweep 'digits'. To repeat it by hand: sh command.sh\n")
    assert text.endswith(f"\n{TELL}\n")
