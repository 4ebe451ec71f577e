"""Decides the outcome of an ended attempt, from the backend's sighting and the files that it left."""

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
"""The exit code of a launcher that passes -9, Python's return code of a killed child, to exit()."""

_KILLED_CHILD = lazy(
    r"SIGKILL|[Ss]ignal:? (?:9\b|Killed)|(?:code|status)[\s:=]*-9\b"
    # The message of a shell about a program that it has started, and of make about one of a rule.
    r"|^(?:.*: (?:line )?\d+:\s+(?:\d+ )?|.*\] )?Killed\b"
    # Worker pools do not report how a worker ended: torch, concurrent.futures, joblib, datasets, dask.
    r"|DataLoader worker \(pid\(s\) [\d, ]+\) exited unexpectedly"
    r"|BrokenProcessPool|process pool was terminated abruptly|TerminatedWorkerError"
    r"|abruptly died|KilledWorker",
    re.MULTILINE,
)
"""Messages of a program about a process of its own that was killed or has vanished."""

ABORTED = 134  # SIGABRT: a library aborts after an unhandled exception
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
    """Return the outcome of an ended attempt.

    Args:
        sighting: what the backend shows of it.
        finding: what it left in its folder. An exit record of another identity is ignored.
        stop: the cause with which cvsweep asked it to stop, if it did.
        reason: the message that belongs to `stop`.
        required: a completed program must have left metrics.
        seen_at: the wall time of the observation, used if there is no exit record.
        launched_at: the wall time of the launch, used if the run time is not known.
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
    """Return the outcome of an attempt that is given up at wall time `at`: it is unknown whether it ran."""
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
    # An exit record and the log explain the failure better than these causes of the backend do.
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
    """Return the cause, error and warning for a program that ended with exit code 0, from its results."""
    cause = _cause_by_results(found, required)
    return cause, _error_by_results(cause, found), _warning(cause, found)


def _cause_by_results(found: Reading | Finding, required: bool) -> Cause:
    # Results that cannot be read fail a completed program only if results are required.
    if found.metrics or not required:
        return Cause.COMPLETED
    return Cause.BAD_RESULT if found.problem else Cause.NO_RESULT


def _error_by_results(cause: Cause, found: Reading | Finding) -> str:
    return found.problem if cause is Cause.BAD_RESULT else _REASONS.get(cause, "")


def _warning(cause: Cause, finding: Reading | Finding) -> str:
    """Return the warning for the trial's row; it includes a problem that is not the attempt's error."""
    if not finding.warning and not finding.problem:
        return ""
    remarks = (finding.warning, "" if cause is Cause.BAD_RESULT else finding.problem)
    return clipped("; ".join(filter(None, remarks)), _LONGEST_WARNING)


def _is_out_of_memory(sighting: Sighting, finding: Finding, proof: ExitRecord) -> bool:
    """Whether the kernel's OOM killer ended the program, or a process that it had started.

    The kernel counts such kills in the whole cgroup, which may contain other programs. So the count explains
    a kill, but not an ordinary failure at the same time. A kill without a count had another reason.
    """
    counted = sighting.cause is Cause.OOM or proof.oom_kills > 0
    if not counted or (sighting.cause and sighting.cause not in (Cause.OOM, Cause.ERROR)):
        return False
    if proof.code == KILLED:
        return sighting.cause is Cause.OOM or not proof.terminated
    shown = proof.code == _KILLED_ABOVE or _KILLED_CHILD.search(_end(finding))
    return bool(shown) and _ended_by_itself(sighting, proof)


def _end(finding: Finding) -> str:
    """Return the end of the log, in which messages about memory count: earlier ones may have been handled."""
    return finding.log_tail.encode(errors="replace")[-_MEMORY_WORDS:].decode(errors="replace")


def _ended_by_itself(sighting: Sighting, proof: ExitRecord | None) -> bool:
    """Whether the program ended by itself, and was not ended from outside.

    Without an exit record it was ended from outside; after a SIGTERM, its exit code decides. Codes 0, 137
    and 143 are those of a program that was ended: 0, since a program may handle SIGTERM and exit normally.
    Others exit with a code of their own (torchrun with 1), so no code counts if the backend observed that
    the program was interrupted.
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
    """Return the exit code with the name of its signal; empty if a shell gives this code to no signal."""
    try:
        return f"exit code {code} ({Signals(code - 128).name})"
    except ValueError:
        return ""


def signature(error: str) -> str:
    """Return an error without the parts that vary between trials (numbers, addresses, paths).

    An exit code at its beginning stays.
    """
    if not error:
        return ""
    code = _CODE.match(error)
    kept = code[0] if code else ""
    return kept + _VARYING.sub("#", error[len(kept) :])
