"""The command itself: verbs, help, and outputs that are closed or full."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from sweeper.cli.help import TEXT
from sweeper.cli.main import VERBS
from sweeper.compose import parse_arguments
from sweeper.core.model import Status
from tests.cli.tiny import COMMAND


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["-m", "lr=1,2", "--help"]])
def test_help_is_one_page_on_stdout(tiny, words):
    """Help is plain text on stdout, wherever it is asked for."""
    result = tiny.run(*words)
    assert (result.code, result.out, result.err) == (0, TEXT, "")
    assert max(map(len, TEXT.splitlines())) <= 80


def test_every_option_in_the_help_is_there():
    """What the help promises, the command line takes."""
    options = re.search(r"options of a run:\n(.*?)\n\n", TEXT, re.DOTALL).group(1)
    flags = re.findall(r"^  (-\w), (--[\w-]+)", options, re.MULTILINE)
    assert len(flags) == 4
    for short, long in flags:
        assert parse_arguments([short]) == parse_arguments([long]) != parse_arguments([])
    assert parse_arguments(["--config-dir", "a", "--config-name", "b"]).config_name == "b"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_help_and_has_its_own(tiny, verb):
    """Each verb is in the one page, and its own --help says how it is used, with examples."""
    assert re.search(rf"^  {verb} ", TEXT, re.MULTILINE)
    result = tiny.run(verb, "--help")
    assert result.code == 0
    assert result.out.startswith(f"usage: cvsweep {verb} ")
    assert f"  cvsweep {verb}" in result.out


@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_option_of_a_verb_is_one_line(tiny, verb):
    """A wrong option is one line that names the verb's own help, and exit code 2."""
    result = tiny.run(verb, "--nonsense")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"cvsweep: {verb}: ")
    assert result.err.endswith(f"(cvsweep {verb} --help shows what there is)\n")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("word", "hint"),
    [("statsu", "did you mean: cvsweep status?"), ("resmue", "resume?"), ("xyzzy", "see: cvsweep --help")],
)
def test_an_unknown_verb_is_one_line_with_a_near_match(tiny, word, hint):
    """A first word that is neither verb nor override is exit code 2 with a hint."""
    result = tiny.run(word)
    assert result.code == 2
    assert result.err.startswith(f"cvsweep: '{word}' is neither a verb nor an override (KEY=VALUE); ")
    assert result.err.endswith(f"{hint}\n")
    assert not tiny.sweeps.exists()


def test_the_version_is_reported(tiny):
    """--version says the name and a number."""
    assert re.fullmatch(r"cvsweep \d+\.\d+\.\d+\S*\n", tiny.run("--version").out)


def shell(line):
    """Run `line` by sh, with the command as "$@"."""
    return subprocess.run(["sh", "-c", line, "sh", *COMMAND], capture_output=True, text=True, check=False)


def test_a_reader_that_goes_away_is_no_error(tiny):
    """`cvsweep results | head` prints no traceback and is exit code 0."""
    tiny.run("-m", "x=range(3)", "sweep.name=x", "results.mode=max")
    done = shell('{ "$@" results -o csv; echo "code $?" >&2; } | true')
    assert done.stderr == "code 0\n"


def test_a_reader_of_the_table_that_goes_away_hides_no_failure(tiny):
    """The exit code of a run is that of its trials, also where nobody reads its table."""
    tiny.program("exit 1\n")
    done = shell('{ "$@" sweep.name=x; echo "code $?" >&2; } | true')
    assert done.stderr.endswith("next: cvsweep logs x 0, then cvsweep retry x\ncode 1\n")


def test_a_full_disk_behind_stdout_is_one_line(tiny):
    """Where stdout cannot be written the table is not silently lost: one line, exit code 3."""
    tiny.run("x=1", "sweep.name=x", "results.mode=max")
    done = shell('"$@" results > /dev/full')
    assert done.returncode == 3
    assert done.stderr == "cvsweep: writing the output: No space left on device\n"


@pytest.mark.parametrize("streams", ["2> /dev/full", "2>&-", "2>&- >&-", "<&- >&- 2>&-"])
def test_a_run_needs_no_outputs(tiny, streams):
    """A run whose outputs are closed or full runs all the same."""
    assert shell(f'"$@" -m x=1,2 sweep.name=x {streams}').returncode == 0
    assert tiny.count(Status.COMPLETED) == 2


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("sweeper.cli.main", ["sweeper.cli.common"]),
        ("sweeper.cli.verbs.status", ["sweeper.core.model", "sweeper.compose", "dataclasses", "threading"]),
        ("sweeper.cli.run", ["sweeper.engine", "sweeper.app.create", "sweeper.app.controller"]),
        ("sweeper.cli.run", ["sweeper.core.state", "sweeper.results.readers", "sweeper.clusters.kubernetes"]),
        ("sweeper.app.controller", ["hydra", "omegaconf", "pandas", "kubernetes"]),
        ("sweeper.cli.verbs.resume", ["hydra", "omegaconf", "pandas", "kubernetes"]),
        ("sweeper.cli.verbs.cancel", ["hydra", "omegaconf", "pandas", "kubernetes"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(module: str, without: list[str]) -> None:
    asked = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert module in done.stdout.split()
    assert not set(without) & set(done.stdout.split())
