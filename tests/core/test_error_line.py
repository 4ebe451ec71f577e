"""Which line of a failed program's log is its error. The logs in logs/ are what the tools really print."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.error_line import LONGEST, error_line

LOGS = Path(__file__).parent / "logs"
USAGE = "train.py: error: unrecognized arguments: --foo=1"
WRAPPED = "ValueError: bad lr 0.1: this is a long message that a console of eighty columns"
FAILED = "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: train.py FAILED"
HYDRA = "Set the environment variable HYDRA_FULL_ERROR=1\n"
HANDLED = "During handling of the above exception, another exception occurred:"
BOX = "╭─ Traceback (most recent call last) ─╮\n"
FRAMES = '  File "train.py", line 1, in main\n    step()\n'
TRACEBACK = "Traceback (most recent call last):\n" + FRAMES


@pytest.mark.parametrize(
    ("log", "want"),
    [
        # Launchers: the rank or the command that failed, not who noticed it.
        ("torchrun_ranks", "ValueError: bad shard 7"),
        ("torchrun_plain", "ValueError: bad shard 7"),
        ("torchrun_one", "ValueError: bad shard 7"),
        ("torchrun_record", "ValueError: bad shard 7"),
        ("torchrun_usage", USAGE),
        ("torchrun_silent", f"{FAILED}, Signal 6 (SIGABRT)"),
        ("syntax_below", "SyntaxError: invalid syntax"),
        ("accelerate", "RuntimeError: expected scalar type Half but found Float"),
        ("called_process", "train.py: error: argument --lr: invalid float value: 'x'"),
        ("deepspeed", "ValueError: bad shard 7"),
        ("tagged", "ValueError: bad shard 7"),
        ("spawn", "ValueError: bad shard 7"),
        ("ray", "ValueError: bad lr"),
        ("dataloader", "ValueError: bad item 3"),
        ("pool", "ValueError: bad lr"),
        ("make", "error: no such file: train.csv"),
        ("make_silent", "make: *** [Makefile:3: train] Error 1"),
        ("time", "train.py: error: bad lr"),
        # Environments: what could not be found, not the advice.
        ("pyenv", "pyenv: torchrun: command not found"),
        ("pyenv_version", "pyenv: version `3.9.7' is not installed (set by /home/me/.python-version)"),
        ("conda_run", "ValueError: bad lr"),
        ("conda_usage", USAGE),
        (
            "conda_activate",
            "CommandNotFoundError: Your shell has not been properly configured to use 'conda activate'.",
        ),
        ("ubuntu", "Command 'python' not found, did you mean:"),
        ("uv", "error: Failed to spawn: `trian` Caused by: No such file or directory (os error 2)"),
        # Hydra, with its traceback and without.
        ("hydra_job", "ZeroDivisionError: division by zero"),
        ("hydra_instantiate", "Error in call to target '__main__.Foo': ValueError('bad lr')"),
        ("hydra_locate", "Error locating target 'src.models.Net', see chained exception above."),
        ("hydra_override", "Could not override 'y'."),
        ("hydra_group", "In 'config': Could not find 'model/cnnn'"),
        # Boxes.
        ("rich", f"{WRAPPED} cannot hold on one line (caused by KeyError: 'lr')"),
        ("rich_ascii", "ValueError: loss is nan"),
        ("rich_group", "ValueError: bad lr"),
        ("typer_usage", "No such option: --foo"),
        ("loguru", "ZeroDivisionError: division by zero"),
        ("notebook", "ZeroDivisionError: division by zero"),
        # What belongs to an exception, and what was printed after it.
        ("direct_cause", "RuntimeError: the model cannot be built (caused by KeyError: 'lr')"),
        ("task_group", "ValueError: bad 1"),
        (
            "state_dict",
            "RuntimeError: Error(s) in loading state_dict for Net:"
            " size mismatch for fc.weight: copying a param with shape [10, 5]",
        ),
        ("wandb", "ValueError: loss is nan"),
        ("stack_below", "ValueError: loss is nan"),
        ("ignored", "ValueError: loss is nan"),
        ("only_ignored", "AssertionError: can only test a child process"),
        # The log that is read begins in the middle of it.
        ("cut_box", WRAPPED),
        ("cut_frames", "RecursionError: maximum recursion depth exceeded"),
        # Other languages.
        ("java", 'Exception in thread "main" java.lang.RuntimeException: bad lr'),
        ("node", "Error: bad lr"),
        ("rust", "bad lr"),
        ("go", "panic: bad lr"),
        ("julia", "ERROR: LoadError: bad lr"),
        ("r", "Error in train(0.1) : bad lr"),
    ],
)
def test_the_error_is_what_started_it(log, want):
    """Never the frame of a box, a launcher's last line, or the exception of one that only passes it on."""
    assert error_line((LOGS / f"{log}.txt").read_text()) == want


def test_every_log_is_tried():
    """A log that no example names shows nothing."""
    source = Path(__file__).read_text()
    assert [log.name for log in LOGS.iterdir() if not re.search(rf"\b{log.stem}\b", source)] == []


def test_a_signal_is_explained_by_the_fault_handler_alone():
    """An exception from before has not ended the program that a signal has."""
    fault = (LOGS / "fault.txt").read_text()
    assert error_line(fault, killed=True) == "Fatal Python error: Segmentation fault"
    assert error_line(f"{TRACEBACK}ValueError: x\nepoch 3\n", killed=True) == "epoch 3"


@pytest.mark.parametrize(
    ("log", "want"),
    [
        ("", ""),
        (" \n\n", ""),
        ("=====\n-----\n", "-----"),
        ("x" * 600, "x" * LONGEST),
        ("\x1b[31mbad lr\x1b[0m\n", "bad lr"),
        (f"{TRACEBACK}\x1b[1;35mValueError\x1b[0m: \x1b[35mbad\x1b[0m\n", "ValueError: bad"),
        # No more than today's line, where nothing better is near.
        (f"{TRACEBACK}ValueError: x\n" + "epoch\n" * 101 + "error: disk full\n", "error: disk full"),
        (
            f"{TRACEBACK}ValueError: x\n" + "epoch\n" * 41 + f"{TRACEBACK}x.CalledProcessError: y\n",
            "x.CalledProcessError: y",
        ),
        (f"epoch 3\n{TRACEBACK}x.CalledProcessError: y\n", "x.CalledProcessError: y"),
        (f"{TRACEBACK}x.CalledProcessError: y\n", "x.CalledProcessError: y"),
        ("pyenv: x: command not found\n" + "epoch\n" * 16, "epoch"),
        ("start\n  a\n  b\n", "b"),
        ("  a\n  b\n", "b"),
        ("Error: bad\nCaused by:\n    0: x\n", "Error: bad"),
        (
            "srun: error: node01: task 0: Exited with exit code 1\n",
            "srun: error: node01: task 0: Exited with exit code 1",
        ),
        # Boxes of another kind, and unfinished ones.
        ("╭─ Error ─╮\n│ no lr    │\n│ given    │\n╰──────────╯\nepoch\n", "epoch"),
        (f"{BOX}│ x\n", "│ x"),
        (
            f"{BOX}│ x\n{BOX}│ x\nnoise\n╰───────╯\nValueError: y\n",
            "ValueError: y",
        ),
        (
            f"{BOX}│ x\n╰──────╯\nExceptionGroup: y (1 sub-exception)\nbye\n",
            "ExceptionGroup: y (1 sub-exception)",
        ),
        (
            f"{BOX}│ x\n╰──────╯\nExceptionGroup: y (1 sub-exception)\n│ bye\n",
            "ExceptionGroup: y (1 sub-exception)",
        ),
        ("KeyError      Traceback (most recent call last)\nerror: y\n", "error: y"),
        # Frames that are no traceback's.
        (f"Thread 0x1 (most recent call first):\n{FRAMES}error: y\n", "error: y"),
        ('  traceback : Traceback (most recent call last):\n    File "a", line 1\n error: y\n', "error: y"),
        (f"{TRACEBACK}{TRACEBACK}ValueError: x\nbye\n", "ValueError: x"),
        (f"{TRACEBACK}ValueError: x\nThread 0x1 (most recent call first):\n{FRAMES}bye\n", "ValueError: x"),
        (f"{TRACEBACK}hello\n{FRAMES}ValueError: x\nbye\n", "ValueError: x"),
        (f"{TRACEBACK}ValueError:\n=====\n{TRACEBACK}TypeError: y\nbye\n", "TypeError: y"),
        (f"a\nb\n{FRAMES}", "step()"),
        # What is said in more than one line.
        ("error: bad parser:\n  lr is no float: x\n", "error: bad parser: lr is no float: x"),
        (
            "terminate called after an exception\n  what():  bad\n",
            "terminate called after an exception what():  bad",
        ),
        (
            f"{TRACEBACK}pydantic.ValidationError: 1 validation error for Config\nlr\n  Input is no number\n",
            "pydantic.ValidationError: 1 validation error for Config lr Input is no number",
        ),
        (
            "ERROR: Could not consume arg: --foo\nUsage: a.py\n\nrun:\n  a.py --help\n",
            "ERROR: Could not consume arg: --foo",
        ),
        (
            "╭─ Parsing error ─╮\n│ no such: --foo │\n│ ─────── │\n│ run --help │\n╰────────────────╯\n",
            "no such: --foo",
        ),
        # The program was only telling another one, or a launcher, what had been raised.
        (
            f"{TRACEBACK}ValueError: x\n\n{HANDLED}\n\n{TRACEBACK}BrokenPipeError: [Errno 32]\n",
            "ValueError: x",
        ),
        (f"{TRACEBACK}KeyError: x\n\n{HANDLED}\n\n{TRACEBACK}ValueError: y\n", "ValueError: y"),
        (
            f"Error executing job with overrides: []\n{BOX}│ x\n╰─────╯\nValueError: x\n{HYDRA}",
            "ValueError: x",
        ),
        # Hydra without a message, and where the message is all that there is.
        (
            HYDRA,
            "Set the environment variable HYDRA_FULL_ERROR=1",
        ),
        (
            f"hello\nx is ambiguous\n    full_key: x\n{HYDRA}",
            "x is ambiguous",
        ),
        (f"hello\n{HYDRA}", "hello"),
        (
            f"Error executing job with overrides: []\nbad:\n{HYDRA}",
            "bad:",
        ),
    ],
)
def test_odd_ends(log, want):
    """Whatever a log ends with, its error is one of its lines, and empty only if the log is."""
    assert error_line(log) == want


def _group(*inside):
    return "\n".join(
        [
            "  + Exception Group Traceback (most recent call last):",
            '  |   File "train.py", line 8, in main',
            "  | ExceptionGroup: both (2 sub-exceptions)",
            *inside,
            "",
        ]
    )


def test_a_group_is_the_first_exception_in_it():
    """However deep it lies; and if none was raised, the group and the first that it holds."""
    leaf = '{0}| Traceback (most recent call last):\n{0}|   File "a.py", line 3, in f\n{0}| {1}'
    nested = (
        '    | Exception Group Traceback (most recent call last):\n    |   File "a.py", line 3, in f\n'
        "    | ExceptionGroup: inner (1 sub-exception)\n    +-+---------------- 1 ----------------"
    )
    first, second = leaf.format("      ", "ValueError: a"), leaf.format("    ", "TypeError: b")
    outer = "  +-+---------------- 1 ----------------"
    assert error_line(_group(outer, nested, first, "    +----- 2 ------", second)) == "ValueError: a"
    assert error_line(_group(outer, "    | KeyError: c")) == (
        "ExceptionGroup: both (2 sub-exceptions): KeyError: c"
    )
    assert error_line(_group()) == "ExceptionGroup: both (2 sub-exceptions)"
    two = (
        _group(outer, second)
        + _group(outer, leaf.format("    ", "OSError: d"))
        + f"{TRACEBACK}ValueError: e\n"
    )
    assert error_line(two) == "ValueError: e"


@pytest.mark.parametrize(
    ("ranks", "want"),
    [
        (["RuntimeError: NCCL error", "ValueError: x", "EOFError"], "ValueError: x"),
        (["RuntimeError: NCCL error", "EOFError"], "EOFError"),
    ],
)
def test_of_ranks_that_fail_together_it_is_one_that_failed_by_itself(ranks, want):
    """Those that only lost the connection to it are as good as any, if there is no other."""
    parts = [
        "".join(f"[rank{number}]: {line}\n" for line in [*TRACEBACK.splitlines(), text])
        for number, text in enumerate(ranks)
    ]
    assert error_line("".join(parts)) == want


HOSTILE = [
    "Traceback (most recent call last):\n",
    TRACEBACK,
    FRAMES,
    BOX,
    f"{BOX}╰─────╯\nE: x (2 sub-exceptions)\n",
    "╰─────────╯\n",
    "╭─ Error ─╮\n",
    "│ x\n",
    "E      Traceback (most recent call last)\n",
    "\x1b[",
    "\x1b]",
    "x",
    "x ",
    " \n",
    "-",
    HYDRA,
    '  + Exception Group Traceback (most recent call last):\n  |   File "\n  | x\n',
    f"{TRACEBACK}CalledProcessError: x\n",
    f"{TRACEBACK}ChildFailedError: \nFAILED\nRoot Cause (first observed failure):\n",
    "make: *** Error 1\n",
    "pyenv: x\n",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_no_log_takes_long(part):
    """The time grows with the log and not with its square, which would take minutes here."""

    log = part * (64 * 1024 // len(part))
    began = time.process_time()
    error_line(log)
    assert time.process_time() - began < 3


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*HOSTILE, "ValueError: x\n", "[rank1]: ", "\n", "  ", "| "]), max_size=12))
def test_every_log_has_an_error_of_its_own(parts):
    """No mixture of these makes it fail, and what it says is short and not blank."""
    log = "".join(parts)
    shown = error_line(log)
    assert len(shown) <= LONGEST
    assert "\n" not in shown
