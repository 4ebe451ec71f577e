"""What the word at the cursor is to a command."""

from __future__ import annotations

import pytest

from sweeper.core.completion.command import (
    FILE,
    NOTHING,
    OPTION,
    PROGRAM,
    Command,
    OptionSpec,
    Positional,
    wanted,
)

RESULTS = Command(
    (
        OptionSpec(("-o", "--output"), kinds=("OUTPUT",), choices=("csv", "json")),
        OptionSpec(("-w", "--watch")),
        OptionSpec(("--pivot",), kinds=("DOWN", "ACROSS", "METRIC")),
        OptionSpec(("-i", "--info"), kinds=("INFO",), choices=("all",), optional=True),
        OptionSpec(("-cn", "--config-name"), kinds=("NAME",)),
        OptionSpec(("-c", "--cfg"), kinds=("CFG",)),
    ),
    (Positional("SWEEP", many=True),),
)
LOGS = Command((), (Positional("SWEEP"), Positional("TRIAL")))
SHELL = Command((), (Positional("TRIAL"),), rest=True)


@pytest.mark.parametrize(
    ("command", "words", "current", "kind", "text", "prefix"),
    [
        (RESULTS, [], "", "SWEEP", "", ""),
        (RESULTS, ["a", "b"], "c", "SWEEP", "c", ""),
        (RESULTS, [], "-", OPTION, "-", ""),
        (RESULTS, [], "--out", OPTION, "--out", ""),
        (RESULTS, ["-o"], "c", "OUTPUT", "c", ""),
        (RESULTS, ["-o", "csv"], "c", "SWEEP", "c", ""),
        (RESULTS, ["--output=csv"], "c", "SWEEP", "c", ""),
        (RESULTS, ["-ocsv"], "c", "SWEEP", "c", ""),
        (RESULTS, ["-wo"], "c", "OUTPUT", "c", ""),
        (RESULTS, ["-w", "-z", "--none", "--none=1", "-7"], "c", "SWEEP", "c", ""),
        (RESULTS, [], "--output=c", "OUTPUT", "c", "--output="),
        (RESULTS, [], "--none=c", OPTION, "--none=c", ""),
        (RESULTS, [], "-oc", "OUTPUT", "c", "-o"),
        (RESULTS, [], "-cn", OPTION, "-cn", ""),
        (RESULTS, ["-cn"], "x", "NAME", "x", ""),
        (RESULTS, [], "-wx", OPTION, "-wx", ""),
        (RESULTS, [], "--pivot=x", OPTION, "--pivot=x", ""),
        (RESULTS, ["--pivot", "lr"], "b", "ACROSS", "b", ""),
        (RESULTS, ["--pivot", "lr", "b"], "", "METRIC", "", ""),
        (RESULTS, ["--pivot", "lr", "b", "acc"], "", "SWEEP", "", ""),
        (RESULTS, ["-i"], "a", "INFO", "a", ""),
        (RESULTS, ["-i"], "-o", OPTION, "-o", ""),
        (RESULTS, ["-i", "-o"], "c", "OUTPUT", "c", ""),
        (RESULTS, ["--"], "-o", "SWEEP", "-o", ""),
        (RESULTS, ["--", "-o"], "c", "SWEEP", "c", ""),
        (LOGS, [], "3", "SWEEP TRIAL", "3", ""),
        (LOGS, ["x"], "3", "TRIAL", "3", ""),
        (LOGS, ["x", "3"], "", NOTHING, "", ""),
        (Command(), [], "x", NOTHING, "x", ""),
        (SHELL, ["3", "--"], "", PROGRAM, "", ""),
        (SHELL, ["3", "--", "ls"], "-x", FILE, "-x", ""),
    ],
)
def test_the_word_at_the_cursor_has_a_kind(command, words, current, kind, text, prefix) -> None:
    place = wanted(command, words, current)
    assert (place.kind, place.text, place.prefix) == (kind, text, prefix)


def test_what_stands_before_the_cursor_is_kept() -> None:
    place = wanted(RESULTS, ["a", "-o", "csv", "-w", "--output=json", "--", "-b"], "")
    assert place.positionals == ("a", "-b")
    assert (place.value("--output"), place.value("--watch"), place.value("--info")) == ("json", "", None)
    assert wanted(RESULTS, ["-o"], "").choices == ("csv", "json")
