"""Patterns for what launchers, shells and loggers print after the error of the program that they ran."""

from __future__ import annotations

import re

from sweeper.core.patterns import lazy

WRAPPER = lazy(
    r"(?:[\w.]*\.)?(?:ChildFailedError|CalledProcessError|ProcessExitedException|ExecutionException"
    r"|TrainingFailedError|UnexpectedExit|ErrorReturnCode\w*|SystemExit)\b"
    r"|.*(?:non-zero (?:exit )?(?:status|code|return)|Pin memory thread exited unexpectedly)"
)
"""An exception that only says that a process failed; the reason was printed before it."""

CONSEQUENCE = lazy(
    r"NCCL|Dist(?:Backend|Network|Store)Error|[Gg]loo\b|Connection (?:reset|closed|refused)|Broken ?[Pp]ipe"
    r"|EOFError|SignalException|KeyboardInterrupt|SIGTERM|[Tt]imed? ?out"
)
"""What the other ranks raise after one of them has failed."""

ROOT_RANK = lazy(r"Root Cause \(first observed failure\):(?:\n.*){1,5}?\n *rank +: (\d+)")
"""The rank that failed first, in torchrun's table."""

ROOT_SIGNAL = lazy(r"\n *traceback : (Signal \d+ \(\w+\))")
ONE_FAILURE = "<NO_OTHER_FAILURES>"

_NOISE = lazy(
    r"[\W_]*$"  # horizontal rules, and the frames of boxes
    r"|wandb:(?! *ERROR)"
    r"|Set the environment variable HYDRA_FULL_ERROR=|Error executing job with overrides"
    r"|[\d.]+user [\d.]+system|\d+inputs\+|(?:real|user|sys)\s+\d+m?[\d.,]+s?$"
    r"|.*(?:resource_tracker|process group has NOT been destroyed|warnings\.warn\()"
    r"|note: run with `RUST_BACKTRACE|Execution halted|Calls: |Node\.js v\d|\++ exit \d+$"
    r"|make(?:\[\d+\])?: (?:Leaving|Entering|Target)"
    r'|\s*File "[^"]*", line \d+ in |Extension modules: |(?:Current t|T)hread 0x'
)

REMARK = lazy(
    r"ERROR conda\.cli\.main_run|.*\(See above for error\)"
    r"|g?make(?:\[\d+\])?: \*\*\* .*Error -?\d+|ninja: build stopped|error: [Rr]ecipe .* failed"
    r"|(?:srun|slurmstepd|salloc): |Primary job +terminated normally"
    r"|a non-zero exit code\. Per user-direction"
    r"|(?:mpirun|mpiexec|prterun)\S* (?:detected|has exited|noticed)|the job to be terminated\. The first"
    r"|\s+(?:Process name: \[|Exit code: +\d|Proc: \[|Errorcode: )|=  |MPI_ABORT was invoked"
    r"|NOTE: invoking MPI_ABORT|You may or may not see output|exactly when Open MPI"
    r"|\[.*\[launch\.py:\d+:\w+\]|[EWI]\d{4} .*torch/distributed/|(?:ERROR|WARNING|INFO):torch\.distributed"
    r"|xargs: .*exited with status|Command exited with non-zero status|nox > |ERROR: failed to reproduce"
    r"|exit status \d+$|.*\bfailed with exit (?:code|status) \d+\.?$"
    r"|.*\bfailed on line \d+ with exit code \d+"
)
"""A launcher's message about the end of what it ran."""

ERROR_WORDS = lazy(
    r"error\b|exception\b|fatal|fail(?:ed|ure)|panic|killed|abort|not (?:found|installed|permitted)|no such"
    r"|can(?:no|')t\b|could not|denied|invalid|unknown|unrecognized|unexpected|missing|required|caused by",
    re.IGNORECASE,
)

FATAL = "Fatal Python error: "
"""The start of the message of Python's fault handler, whatever ended the program."""

ANCHOR = lazy(
    r"panic: |pyenv: |Command '.*' not found|CommandNotFoundError: "
    r"|ERROR: (?:Could not consume arg|The function received no value"
    r"|LoadError: |\w*(?:Error|Exception): )|No version is set for command"
)
"""A line that says what is wrong, and is followed by frames or advice that do not."""


def is_noise(line: str) -> bool:
    """Whether a line never says what went wrong."""
    return _NOISE.match(line) is not None
