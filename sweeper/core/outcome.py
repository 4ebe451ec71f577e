"""Which outcome an ended attempt gets: its cause, from what was seen of it and what it left behind."""

from __future__ import annotations

import re
from signal import Signals
from sys import intern

from sweeper.core.error_line import LONGEST, error_line
from sweeper.core.formatting import clipped
from sweeper.core.model import Cause, ExitRecord, Finding, Outcome, Phase, Reading, Sighting
from sweeper.core.patterns import lazy
from sweeper.core.retry import NEVER_RAN

CUDA_OOM = lazy(r"CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|torch\.(cuda\.)?OutOfMemoryError")
KILLED = 137
_KILLED_ABOVE = 247
"""What becomes of -9, as Python and its launchers call a killed child, where it is passed to exit()."""

_KILLED_CHILD = lazy(
    r"SIGKILL|[Ss]ignal:? (?:9\b|Killed)|(?:code|status)[\s:=]*-9\b"
    # A shell says it so of a program that it has started, and make of one of a rule.
    r"|^(?:.*: (?:line )?\d+:\s+(?:\d+ )?|.*\] )?Killed\b"
    # Pools of workers do not say how a worker was ended: torch, concurrent.futures, joblib, datasets, dask.
    r"|DataLoader worker \(pid\(s\) [\d, ]+\) exited unexpectedly"
    r"|BrokenProcessPool|process pool was terminated abruptly|TerminatedWorkerError"
    r"|abruptly died|KilledWorker",
    re.MULTILINE,
)
"""Words by which a program tells that a process of its own was killed, or vanished."""

ABORTED = 134  # by a library, after an exception that it could not bear
_REASONS = {
    Cause.NO_RESULT: "it ended well but left no metrics, and results.required is set",
    Cause.DEADLINE: "it ran longer than task.time_limit",
    Cause.CANCELLED: "it was cancelled",
}
_OOM = "the kernel killed it for want of memory"
_CHILD_OOM = "the kernel killed a process that it had started, for want of memory"
_NOT_BEGUN = "its container ended before the program began"
LEAVE_IT = "a program must leave its folder ($CVSWEEP_OUT) where it is, and exit.json in it to cvsweep"
_LONGEST_WARNING = 500
_MEMORY_WORDS = 16 * 1024
_CODE = lazy(r"exit code \d+")
_VARYING = lazy(r"0[xX][0-9a-fA-F]+|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|/[^\s'\",:]*")


def conclude(
    sighting: Sighting,
    finding: Finding,
    *,
    stop: Cause | None,
    reason: str = "",
    required: bool,
    seen_at: float,
    launched_at: float,
) -> Outcome:
    """The outcome of an ended attempt.

    `stop` is the cause under which we asked it to end, if we did, and `reason` the message about it;
    `required` says that a result must be there; `seen_at` and `launched_at` are wall times,
    used where no exit record tells more.
    """
    proof = finding.exit if finding.exit is not None and finding.exit.uid == sighting.uid else None
    cause = _cause(sighting, finding, proof, stop, required)
    never_ran = stop in NEVER_RAN or sighting.phase is Phase.REFUSED
    never_ran = never_ran or not (sighting.ran and finding.claimed)
    return Outcome(
        cause=cause,
        seconds=round(max(0.0, _seconds(proof, sighting, 0.0 if never_ran else seen_at - launched_at)), 3),
        ended_at=round(proof.ended_at if proof else seen_at, 3),
        code=proof.code if proof else None,
        host=intern(proof.host if proof else sighting.node),
        metrics={intern(name): value for name, value in finding.metrics.items()} if proof else {},
        error=_error(cause, reason if cause is stop else "", sighting, finding, proof),
        gpus=sighting.gpus,
        gpu=sighting.gpu,
        warning=_warning(cause, finding) if proof else "",
        held=None if sighting.held is None else round(sighting.held, 3),
    )


def abandoned(reason: str, at: float) -> Outcome:
    """The outcome of an attempt, given up at wall time `at`, of which nobody can tell whether it ran."""
    return Outcome(Cause.NO_RECORD, seconds=0.0, ended_at=at, error=reason)


def _seconds(proof: ExitRecord | None, sighting: Sighting, guess: float) -> float:
    if proof:
        return proof.end - proof.start
    return guess if sighting.seconds is None else sighting.seconds


def _cause(
    sighting: Sighting, finding: Finding, proof: ExitRecord | None, stop: Cause | None, required: bool
) -> Cause:
    if proof and proof.code == 0 and not proof.terminated:
        return _cause_by_results(finding, required)
    if stop:
        return stop
    if proof and _is_out_of_memory(sighting, finding, proof):
        return Cause.OOM
    # A bare failure is explained better by the record and the log that it left, where there are any.
    doubted = proof is not None and sighting.cause in (Cause.OOM, Cause.NO_RECORD)
    doubted = doubted or (sighting.cause is Cause.ERROR and _ended_by_itself(sighting, proof))
    if sighting.cause and not doubted:
        return sighting.cause
    if not _ended_by_itself(sighting, proof):
        if sighting.exited and proof is None:
            return Cause.NO_RECORD
        return Cause.PREEMPTED if sighting.preempted else Cause.DELETED
    return Cause.CUDA_OOM if CUDA_OOM.search(_end(finding)) else Cause.ERROR


def judge_results(found: Reading, *, required: bool) -> tuple[Cause, str, str]:
    """The cause, the error and the warning of a program that ended well, by what was read of its results."""
    cause = _cause_by_results(found, required)
    return cause, _error_by_results(cause, found), _warning(cause, found)


def _cause_by_results(found: Reading | Finding, required: bool) -> Cause:
    # A reader's limit never fails a finished training, unless a result is required.
    if found.metrics or not required:
        return Cause.COMPLETED
    return Cause.BAD_RESULT if found.problem else Cause.NO_RESULT


def _error_by_results(cause: Cause, found: Reading | Finding) -> str:
    return found.problem if cause is Cause.BAD_RESULT else _REASONS.get(cause, "")


def _warning(cause: Cause, finding: Reading | Finding) -> str:
    """The remarks for the row; a problem that is not the attempt's error is one of them."""
    if not finding.warning and not finding.problem:
        return ""
    remarks = (finding.warning, "" if cause is Cause.BAD_RESULT else finding.problem)
    return clipped("; ".join(filter(None, remarks)), _LONGEST_WARNING)


def _is_out_of_memory(sighting: Sighting, finding: Finding, proof: ExitRecord) -> bool:
    """Whether the kernel killed it, or a process that it had started, for want of memory.

    The kernel's counter of such kills is shared with whatever else runs in the cgroup: it explains a
    kill, not an ordinary failure beside one. And a kill without a count was somebody's own.
    """
    counted = sighting.cause is Cause.OOM or proof.oom_kills > 0
    if not counted or (sighting.cause and sighting.cause not in (Cause.OOM, Cause.ERROR)):
        return False
    if proof.code == KILLED:
        return sighting.cause is Cause.OOM or not proof.terminated
    shown = proof.code == _KILLED_ABOVE or _KILLED_CHILD.search(_end(finding))
    return bool(shown) and _ended_by_itself(sighting, proof)


def _end(finding: Finding) -> str:
    """The part of the log in which words of memory count: what stands above may have been survived."""
    return finding.log_tail.encode(errors="replace")[-_MEMORY_WORDS:].decode(errors="replace")


def _ended_by_itself(sighting: Sighting, proof: ExitRecord | None) -> bool:
    """After a TERM that we did not send, or without any record, somebody else ended it.

    Exit code 0 is no proof of work then, since a program may trap TERM and leave politely. Others leave
    with a code of their own (torchrun with 1): if the backend saw who began to end it, no code counts.
    """
    if proof is None or not proof.terminated:
        return proof is not None
    return not (sighting.interrupted or proof.code in (0, KILLED, 143))


def _error(cause: Cause, reason: str, sighting: Sighting, finding: Finding, proof: ExitRecord | None) -> str:
    if cause is Cause.COMPLETED:
        return ""
    if reason:
        return reason
    if cause is Cause.OOM and proof and proof.code != KILLED:
        return _CHILD_OOM
    ended_by_itself = cause is Cause.ERROR and _ended_by_itself(sighting, proof)
    if sighting.message and cause is sighting.cause and not ended_by_itself:
        before = cause is Cause.ERROR and not finding.claimed
        return f"{_NOT_BEGUN}: {sighting.message}" if before else sighting.message
    match cause:
        case Cause.BAD_RESULT | Cause.NO_RESULT:
            return _error_by_results(cause, finding)
        case Cause.OOM:
            return _OOM
        case Cause.DEADLINE | Cause.CANCELLED:
            return _REASONS[cause]
        case Cause.NO_RECORD:
            seen = sighting.message or "it ended by itself"
            if not finding.claimed:
                return f"{_NOT_BEGUN}: {seen}; see cluster.command, and whether pods see this volume"
            return f"{seen}, and no record of its end is in its folder; {LEAVE_IT}"
        case Cause.DELETED | Cause.PREEMPTED:
            unproven = "" if proof else " and left no exit record"
            return sighting.message or f"it was ended from outside{unproven}"
    signal = _signal(proof.code) if proof else ""
    message = error_line(finding.log_tail, killed=bool(signal and proof and proof.code != ABORTED))
    if message:
        return f"{signal}: {message}"[:LONGEST] if signal else message
    return f"{signal or f'exit code {proof.code}'}, and nothing in the log" if proof else f"ended as {cause}"


def _signal(code: int) -> str:
    """The signal that ended a program, as a shell tells it; empty for an exit code of its own."""
    try:
        return f"exit code {code} ({Signals(code - 128).name})"
    except ValueError:
        return ""


def signature(error: str) -> str:
    """An error without what differs from trial to trial (numbers, addresses, paths)."""
    if not error:
        return ""
    code = _CODE.match(error)
    kept = code[0] if code else ""
    return kept + _VARYING.sub("#", error[len(kept) :])
