"""What is recorded of an ended attempt."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.model import Attempt, Cause, ExitRecord, Finding, Outcome, Phase, Sighting
from sweeper.core.outcome import abandoned, conclude, signature
from sweeper.core.retry import FREE

CUDA = "Traceback (most recent call last):\ntorch.OutOfMemoryError: CUDA out of memory. Tried it.\n"
ABORT = "Traceback (most recent call last):\nRuntimeError: CUDA error\nterminate called\nframe #12\n"
TERM = {"terminated": True}
COUNTED = {"oom_kills": 2}
WORKER = "RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed. \n"
METRICS = {"metrics": {"accuracy": 0.9}}
DELETED = {"message": "its pod was deleted", "interrupted": True}
BARE = {"cause": Cause.ERROR, "message": "exit code 1"}
EXITED = {"exited": True, "message": "exit code 0"}
UNRECORDED = {"cause": Cause.NO_RECORD, "message": "exit.json is a folder"}
HINT = {"cause": Cause.OOM, "message": "the kernel killed it for want of memory"}


def judge(sighting: Sighting, finding: Finding, stop: Cause | None = None, required: bool = False) -> Outcome:
    return conclude(sighting, finding, stop=stop, required=required, seen_at=5020.0, launched_at=5000.0)


@pytest.mark.parametrize(
    ("want", "code", "left", "seen", "stop", "required"),
    [
        # It ended by itself and well.
        (Cause.COMPLETED, 0, {}, {}, None, False),
        (Cause.COMPLETED, 0, METRICS, {}, None, True),
        (Cause.COMPLETED, 0, METRICS, {}, Cause.CANCELLED, False),
        (Cause.COMPLETED, 0, METRICS, {}, Cause.DEADLINE, True),
        (Cause.COMPLETED, 0, METRICS, HINT, None, False),
        (Cause.COMPLETED, 0, METRICS, {"cause": Cause.EVICTED}, None, False),
        (Cause.NO_RESULT, 0, {}, {}, None, True),
        (Cause.COMPLETED, 0, {"problem": "not JSON"}, {}, None, False),
        (Cause.BAD_RESULT, 0, {"problem": "not JSON"}, {}, None, True),
        (Cause.COMPLETED, 0, METRICS | {"warning": "in part"}, {}, None, True),
        # It failed by itself.
        (Cause.ERROR, 1, {}, {}, None, False),
        (Cause.ERROR, 2, METRICS, {}, None, True),
        (Cause.ERROR, 137, {}, {}, None, False),
        (Cause.ERROR, 139, {}, {}, None, False),
        (Cause.CUDA_OOM, 1, {"log_tail": CUDA}, {}, None, False),
        (Cause.CUDA_OOM, 1, {"log_tail": "RuntimeError: CUDA_ERROR_OUT_OF_MEMORY"}, {}, None, False),
        (Cause.ERROR, 1, {"log_tail": "MemoryError: out of memory"}, {}, None, False),
        # The kernel's hint explains a kill, and nothing else.
        (Cause.OOM, 137, {}, HINT, None, False),
        (Cause.ERROR, 1, {}, HINT, None, False),
        (Cause.CUDA_OOM, 1, {"log_tail": CUDA}, HINT, None, False),
        (Cause.OOM, None, {}, HINT, None, False),
        (Cause.DELETED, 143, TERM, HINT, None, False),
        # A worker was killed: the count and the log say so together, never one of them alone.
        (Cause.OOM, 1, {"log_tail": WORKER} | COUNTED, {}, None, False),
        (Cause.OOM, 1, {"log_tail": WORKER}, HINT, None, False),
        (Cause.OOM, 1, {"log_tail": WORKER} | COUNTED, BARE, None, False),
        (Cause.OOM, 247, COUNTED, {}, None, False),
        (Cause.OOM, 137, COUNTED, {}, None, False),
        (Cause.OOM, 137, COUNTED, BARE, None, False),
        (Cause.ERROR, 1, {"log_tail": WORKER}, {}, None, False),
        (Cause.ERROR, 247, {}, {}, None, False),
        (Cause.ERROR, 1, {"log_tail": "ValueError: x"} | COUNTED, {}, None, False),
        (Cause.ERROR, 1, {"log_tail": "ValueError: x"} | COUNTED, HINT, None, False),
        (Cause.CUDA_OOM, 1, {"log_tail": CUDA} | COUNTED, {}, None, False),
        (Cause.COMPLETED, 0, {"log_tail": WORKER} | COUNTED, {}, None, False),
        (Cause.DELETED, 137, TERM | COUNTED, {}, None, False),
        (Cause.DELETED, 143, TERM | {"log_tail": WORKER} | COUNTED, {}, None, False),
        (Cause.EVICTED, 137, COUNTED, {"cause": Cause.EVICTED}, None, False),
        (Cause.CANCELLED, 1, {"log_tail": WORKER} | COUNTED, {}, Cause.CANCELLED, False),
        (Cause.DELETED, 1, {"uid": "another", "log_tail": WORKER} | COUNTED, {}, None, False),
        # Somebody else ended it.
        (Cause.DELETED, 0, TERM | METRICS, {}, None, False),
        (Cause.DELETED, 143, TERM, {}, None, False),
        (Cause.DELETED, 137, TERM, {}, None, False),
        (Cause.DELETED, None, {}, {"message": "exit code 143"}, None, False),
        # It ended by itself, without a record; where there is one after all, that decides.
        (Cause.NO_RECORD, None, {}, EXITED, None, False),
        (Cause.COMPLETED, 0, {}, EXITED, None, False),
        (Cause.DELETED, 0, TERM, EXITED, None, False),
        (Cause.NO_RECORD, None, {}, UNRECORDED, None, False),
        (Cause.COMPLETED, 0, {}, UNRECORDED, None, False),
        (Cause.ERROR, 1, {}, UNRECORDED, None, False),
        (Cause.CANCELLED, None, {}, UNRECORDED, Cause.CANCELLED, False),
        (Cause.DELETED, None, {}, {}, None, False),
        (Cause.ERROR, 1, TERM, {}, None, False),
        (Cause.ERROR, 143, {}, {}, None, False),
        # A backend that knows of a bare failure knows less than the record and the log.
        (Cause.CUDA_OOM, 1, {"log_tail": CUDA}, BARE, None, False),
        (Cause.ERROR, 1, {}, BARE, None, False),
        (Cause.ERROR, 143, TERM, BARE, None, False),
        (Cause.ERROR, None, {"log_tail": CUDA}, BARE, None, False),
        (Cause.COMPLETED, 0, {}, BARE, None, False),
        # We ended it.
        (Cause.CANCELLED, 0, TERM, {}, Cause.CANCELLED, False),
        (Cause.CANCELLED, 143, TERM, {}, Cause.CANCELLED, False),
        (Cause.CANCELLED, 1, {"log_tail": CUDA}, {}, Cause.CANCELLED, False),
        (Cause.CANCELLED, None, {}, {}, Cause.CANCELLED, False),
        (Cause.DEADLINE, 0, TERM, {}, Cause.DEADLINE, True),
        (Cause.DEADLINE, 137, TERM, {}, Cause.DEADLINE, False),
        (Cause.DEADLINE, None, {}, {}, Cause.DEADLINE, False),
        (Cause.DEADLINE, 137, TERM, HINT, Cause.DEADLINE, False),
        # What the backend alone can know.
        (Cause.NODE_LOST, None, {}, {"cause": Cause.NODE_LOST}, None, False),
        (Cause.EVICTED, 143, TERM, {"cause": Cause.EVICTED}, None, False),
        (Cause.PREEMPTED, 0, TERM, {"cause": Cause.PREEMPTED}, None, False),
        # Somebody began to end it, and it left with a code of its own: torchrun's is 1.
        (Cause.DELETED, 1, TERM, DELETED, None, False),
        (Cause.DELETED, 3, TERM | {"log_tail": CUDA}, DELETED, None, False),
        (Cause.DELETED, 1, TERM | {"log_tail": WORKER} | COUNTED, DELETED, None, False),
        (Cause.DELETED, 0, TERM | METRICS, DELETED, None, False),
        (Cause.PREEMPTED, 1, TERM, DELETED | {"cause": Cause.PREEMPTED}, None, False),
        (Cause.CANCELLED, 1, TERM, DELETED, Cause.CANCELLED, False),
        (Cause.DEADLINE, 1, TERM | {"log_tail": CUDA}, DELETED, Cause.DEADLINE, False),
        (Cause.UNSCHEDULABLE, 1, TERM, DELETED, Cause.UNSCHEDULABLE, False),
        # It had ended by itself before that.
        (Cause.ERROR, 1, {}, DELETED, None, False),
        (Cause.CUDA_OOM, 1, {"log_tail": CUDA}, DELETED, None, False),
        (Cause.COMPLETED, 0, METRICS, DELETED, None, False),
        # The record of another process is no proof.
        (Cause.DELETED, 0, {"uid": "another"}, {}, None, False),
        (Cause.DELETED, 1, {"uid": "another", "log_tail": CUDA}, {}, None, False),
        (Cause.OOM, 1, {"uid": "another"}, HINT, None, False),
        (Cause.CANCELLED, 0, {"uid": "another"}, {}, Cause.CANCELLED, False),
    ],
)
def test_causes(make, want, code, left, seen, stop, required):
    """The cause follows from what the attempt left behind, what the backend saw and what we asked for."""
    outcome = judge(make.sighting(**seen), make.finding(code, **left), stop, required)
    assert outcome.cause is want


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("RuntimeError: DataLoader worker (pid 71) is killed by signal: Killed. Details are lost", True),
        ("RuntimeError: DataLoader worker (pid(s) 71, 72) exited unexpectedly", True),
        ("E1129 api.py:881] failed (exitcode: -9) local_rank: 0 (pid: 1312) of binary: python", True),
        ("  exitcode  : -9 (pid: 1312)", True),
        ("  traceback : Signal 9 (SIGKILL) received by PID 1312", True),
        ("subprocess.CalledProcessError: Command '['python']' died with <Signals.SIGKILL: 9>.", True),
        ("ProcessExitedException: process 0 terminated with signal SIGKILL", True),
        ("[ERROR] [launch.py:325] Killing subprocess; exits with return code = -9", True),
        ("CalledProcessError: Command 'x' returned non-zero exit status -9.", True),
        ("mpirun noticed that process rank 0 exited on signal 9 (Killed).", True),
        ("concurrent.futures.process.BrokenProcessPool: A process in the process pool", True),
        ("A process in the process pool was terminated abruptly while the future was running", True),
        ("joblib.externals.loky.process_executor.TerminatedWorkerError: A worker process", True),
        ("One of the subprocesses has abruptly died during map operation.", True),
        ("distributed.scheduler.KilledWorker: Attempted to run task", True),
        ("Killed", True),
        ("./train.sh: line 3:  1312 Killed                  python worker.py", True),
        ("make: *** [Makefile:2: train] Killed", True),
        ("ValueError: boom", False),
        ("exitcode: -90", False),
        ("exited on signal 9000", False),
        ("the dragon was Killed by the knight", False),
        ("exited with code -6 (SIGABRT)", False),
    ],
)
def test_a_killed_child_is_known_by_its_launchers_message(make, line, shown):
    """What launchers and pools of workers print of a killed process, with a count, is an end of memory."""
    left = make.finding(1, log_tail=f"before\n{line}\nafter\n", **COUNTED)
    assert judge(make.sighting(), left).cause is (Cause.OOM if shown else Cause.ERROR)


def test_the_error_says_what_was_killed(make):
    """The program itself, in the words of the backend if it has any, or a process that it had started."""
    worker = make.finding(1, log_tail=WORKER, **COUNTED)
    assert judge(make.sighting(**HINT), worker).error == (
        "the kernel killed a process that it had started, for want of memory"
    )
    killed = make.finding(137, **COUNTED)
    assert judge(make.sighting(), killed).error == "the kernel killed it for want of memory"
    words = make.sighting(cause=Cause.OOM, message="out of memory: killed at its container's limit")
    assert judge(words, killed).error == "out of memory: killed at its container's limit"


CHAINED = """\
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    1 / 0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    raise RuntimeError(words)
RuntimeError: CUDA error: device-side assert triggered
Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.
wandb: cleaning up
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 1, in <module>
  |     raise ExceptionGroup("both", [ValueError("a"), TypeError("b")])
  | ExceptionGroup: both (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +---------------- 2 ----------------
    | TypeError: b
    +------------------------------------
"""
RANK = """\
[rank1]: Traceback (most recent call last):
[rank1]:   File "a.py", line 1, in <module>
[rank0]: hello
[rank1]: ValueError: bad shard
[rank0]: bye
"""
BAR = """\
  0%|      | 0/10 [00:00<?, ?it/s]Traceback (most recent call last):
  File "a.py", line 1, in <module>
ValueError: boom
  0%|      | 0/10 [00:00<?, ?it/s]
"""
HANDLED = "Traceback (most recent call last):\nKeyError: 'x'\n" + "epoch\n" * 200 + "error: disk full\n"
CUT = "Traceback (most recent call last):\n  File "


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (CHAINED, "RuntimeError: CUDA error: device-side assert triggered"),
        (GROUP, "ExceptionGroup: both (2 sub-exceptions): ValueError: a"),
        (RANK, "ValueError: bad shard"),
        (BAR, "ValueError: boom"),
        (HANDLED, "error: disk full"),
        (CUT, "File"),
    ],
)
def test_an_exception_says_more_than_the_last_line(make, log, message):
    """What the last traceback raised is the error, whatever was printed after it."""
    assert judge(make.sighting(), make.finding(1, log_tail=log)).error == message


def test_times_from_the_record(make):
    """With an exit record, run time, end, host and code are its own, rounded to milliseconds."""
    left = make.finding(3, start=1.0, end=3.23456, ended_at=77.12345, host="there", metrics={"a": 1})
    assert judge(make.sighting(node="node"), left) == Outcome(
        Cause.ERROR, 2.235, 77.123, 3, "there", {"a": 1}, "exit code 3, and nothing in the log"
    )


def test_times_without_a_record(make):
    """Without one, they are what the controller saw, and there is no exit code."""
    outcome = judge(make.sighting(node="node"), make.finding(None))
    assert (outcome.seconds, outcome.ended_at, outcome.code, outcome.host) == (20.0, 5020.0, None, "node")


@pytest.mark.parametrize(
    ("seen", "stop"),
    [({"ran": False}, Cause.CANCELLED), ({}, Cause.IMAGE), ({"phase": Phase.REFUSED}, Cause.DEADLINE)],
)
def test_what_never_ran_took_no_time(make, seen, stop):
    """However long it waited for a node, an image or its turn."""
    assert judge(make.sighting(**seen), make.finding(None), stop).seconds == 0.0


@pytest.mark.parametrize(
    ("code", "seen", "left", "stop", "want"),
    [
        (None, {"seconds": 0.0}, {}, None, 0.0),
        (None, {"seconds": 0.8}, {}, None, 0.8),
        (None, {"seconds": 7.0}, {}, Cause.UNSCHEDULABLE, 7.0),
        (None, {}, {"claimed": False}, None, 0.0),
        (0, {"seconds": 99.0}, {}, None, 10.0),
        (None, {}, {}, None, 20.0),
    ],
)
def test_seconds_are_the_programs_own(make, code, seen, left, stop, want):
    """The record knows best, then the container; what was waited for it to turn up is no run time."""
    assert judge(make.sighting(**seen), make.finding(code, **left), stop).seconds == want


def test_how_long_a_place_was_held_is_kept(make):
    """Whatever the program's own time was; nobody can tell it of a process."""
    assert judge(make.sighting(held=21.53333), make.finding()).held == 21.533
    assert judge(make.sighting(), make.finding()).held is None


def test_a_clock_that_stepped_back(make):
    """A wall clock that was set back never makes a run time negative."""
    outcome = conclude(
        make.sighting(), make.finding(None), stop=None, required=False, seen_at=10.0, launched_at=99.0
    )
    assert (outcome.seconds, outcome.ended_at) == (0.0, 10.0)


@pytest.mark.parametrize(
    ("code", "left", "seen", "stop", "required", "want"),
    [
        (0, {"log_tail": "noise"}, {}, None, False, ""),
        (0, {"problem": "metrics.json is no JSON"}, {}, None, True, "metrics.json is no JSON"),
        (0, {}, {}, None, True, "it ended well but left no metrics, and results.required is set"),
        (
            1,
            {"log_tail": "Traceback:\n  ...\nValueError: bad lr\n\n  \n"},
            {},
            None,
            False,
            "ValueError: bad lr",
        ),
        (1, {"log_tail": "x" * 600}, {}, None, False, "x" * 500),
        (1, {"log_tail": " \n"}, {}, None, False, "exit code 1, and nothing in the log"),
        (139, {"log_tail": ""}, {}, None, False, "exit code 139 (SIGSEGV), and nothing in the log"),
        (137, {"log_tail": "epoch 3"}, {}, None, False, "exit code 137 (SIGKILL): epoch 3"),
        (139, {"log_tail": CUDA + "epoch 3"}, BARE, None, False, "exit code 139 (SIGSEGV): epoch 3"),
        (134, {"log_tail": ABORT}, {}, None, False, "exit code 134 (SIGABRT): RuntimeError: CUDA error"),
        (255, {"log_tail": "usage: x"}, {}, None, False, "usage: x"),
        (137, {"log_tail": "epoch 3"}, HINT, None, False, HINT["message"]),
        (None, {}, {"cause": Cause.EVICTED}, None, False, "ended as evicted"),
        (None, {}, {"cause": Cause.EVICTED, "message": "disk"}, None, False, "disk"),
        (None, {}, {}, None, False, "it was ended from outside and left no exit record"),
        (143, TERM | {"log_tail": "epoch 3"}, {}, None, False, "it was ended from outside"),
        (0, TERM, {}, None, False, "it was ended from outside"),
        (1, {"log_tail": "ValueError: bad lr"}, BARE, None, False, "ValueError: bad lr"),
        (None, {"log_tail": "epoch 3"}, BARE, None, False, "exit code 1"),
        (None, {"log_tail": "epoch 3"}, {"cause": Cause.ERROR}, None, False, "epoch 3"),
        (None, {}, {"message": "deleted by alice"}, None, False, "deleted by alice"),
        (143, TERM | {"log_tail": "bye"}, HINT, Cause.DEADLINE, False, "it ran longer than task.time_limit"),
        (1, {"log_tail": CUDA}, {}, None, False, CUDA.splitlines()[-1]),
    ],
)
def test_errors(make, code, left, seen, stop, required, want):
    """The error is the line that best says why, and empty for what succeeded."""
    outcome = judge(make.sighting(**seen), make.finding(code, **left), stop, required)
    assert outcome.error == want


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KeyError: 12", "KeyError: 7"),
        ("at 0x7f00ab", "at 0x7f11cd"),
        ("at 0X7F00AB", "at 0X7F11CD"),
        ("no file '/data/a/1.npy'", "no file '/data/b/22.npy'"),
        ("bad lr=1e-05", "bad lr=0.001"),
        ("loss is -0.25", "loss is 3"),
        ("want 3.5E+8 bytes", "want 12 bytes"),
    ],
)
def test_signatures_alike(one, other):
    """Errors that differ in numbers, addresses and paths alone are alike."""
    assert signature(one) == signature(other)


@pytest.mark.parametrize(("one", "other"), [("KeyError: 'a'", "KeyError: 'b'"), ("", "x"), ("a 1", "b 1")])
def test_signatures_that_differ(one, other):
    """Errors that differ in their words are not alike."""
    assert signature(one) != signature(other)


SEEN = sorted(FREE | {Cause.OOM, Cause.DEADLINE, Cause.UNSCHEDULABLE, Cause.IMAGE, Cause.BAD_SPEC})
EXITS = st.builds(
    ExitRecord,
    uid=st.sampled_from(["mine", "another"]),
    code=st.sampled_from([0, 1, 75, 137, 143]),
    terminated=st.booleans(),
    start=st.just(0.0),
    end=st.just(1.0),
    ended_at=st.just(1.0),
    host=st.just("h"),
)
FINDINGS = st.builds(
    Finding,
    exit=st.none() | EXITS,
    metrics=st.sampled_from([{}, {"a": 1}]),
    problem=st.sampled_from(["", "p"]),
    log_tail=st.sampled_from(["", CUDA]),
)


@settings(deadline=None)
@given(
    FINDINGS,
    st.none() | st.sampled_from(SEEN),
    st.none() | st.sampled_from([Cause.CANCELLED, Cause.DEADLINE]),
    st.booleans(),
)
def test_only_proof_completes(make, finding, seen, stop, required):
    """Its own exit record, with code 0 and without a TERM, completes a trial, and nothing else does."""
    sighting = make.sighting(uid="mine", cause=seen)
    proof = finding.exit
    well = proof is not None and proof.uid == "mine" and proof.code == 0 and not proof.terminated
    good = well and not finding.problem and bool(finding.metrics or not required)
    outcome = judge(sighting, finding, stop, required)
    assert (outcome.cause is Cause.COMPLETED) == good
    assert (outcome.error == "") == good


@pytest.mark.parametrize(
    ("code", "left", "seen", "stop", "want"),
    [
        (None, {}, {}, Cause.UNSCHEDULABLE, (Cause.UNSCHEDULABLE, "no node for it")),
        (143, TERM | {"log_tail": "bye"}, HINT, Cause.DEADLINE, (Cause.DEADLINE, "no node for it")),
        (None, {}, {"cause": Cause.EVICTED, "message": "disk"}, Cause.IMAGE, (Cause.IMAGE, "no node for it")),
        (0, {}, {}, Cause.UNSCHEDULABLE, (Cause.COMPLETED, "")),
        (0, {"problem": "not JSON"}, {}, Cause.UNSCHEDULABLE, (Cause.COMPLETED, "")),
    ],
)
def test_the_message_for_a_stop(make, code, left, seen, stop, want):
    """What ends because we asked it to has the words that we had for it; what ends otherwise has not."""
    times = {"seen_at": 5020.0, "launched_at": 5000.0}
    outcome = conclude(
        make.sighting(**seen),
        make.finding(code, **left),
        stop=stop,
        reason="no node for it",
        required=False,
        **times,
    )
    assert (outcome.cause, outcome.error) == want


@pytest.mark.parametrize(
    ("code", "left", "required", "want"),
    [
        (0, {"problem": "not JSON"}, False, "not JSON"),
        (0, {"problem": "not JSON"}, True, ""),
        (0, METRICS | {"warning": "in part"}, True, "in part"),
        (0, {"warning": "in part", "problem": "not JSON"}, False, "in part; not JSON"),
        (0, {"problem": "a\nb\x1b[2J"}, False, "a\\nb\\x1b[2J"),
        (0, {"problem": "x" * 600}, False, "x" * 499 + "…"),
        (0, {"problem": "not JSON", "uid": "another"}, False, ""),
        (None, {}, False, ""),
    ],
)
def test_what_cannot_be_read_is_a_warning(make, code, left, required, want):
    """A problem with the metrics is a warning of the trial, one short line, or else its error."""
    assert judge(make.sighting(), make.finding(code, **left), None, required).warning == want


def test_a_foreign_record_is_as_good_as_none(make):
    """An exit record of another process changes nothing in the outcome."""
    sighting, left = make.sighting(node="n"), make.finding(0, uid="another")
    assert judge(sighting, left) == judge(sighting, replace(left, exit=None))


def test_an_end_without_a_record_says_what_the_program_must_leave_alone() -> None:
    """What the backend saw of it is told; a pod that ended well says no more than that."""
    seen = Sighting(Attempt(0, 1), Phase.ENDED, "u", 0.0, **UNRECORDED)
    assert judge(seen, Finding(None)).error == "exit.json is a folder"
    error = judge(replace(seen, cause=None, exited=True, message="exit code 0"), Finding(None)).error
    assert error.startswith("exit code 0, and no record of its end is in its folder; a program must leave")


def test_a_program_that_never_started_is_not_told_what_to_leave_alone(make) -> None:
    """What ended was what should have started it: the image's set-up, or a command that swallowed it."""
    never = make.finding(None, claimed=False)
    failed = judge(make.sighting(cause=Cause.ERROR, message="exit code 1: su: no user"), never)
    assert failed.error == "its container ended before the program began: exit code 1: su: no user"
    swallowed = judge(make.sighting(**EXITED), never)
    assert swallowed.cause is Cause.NO_RECORD
    assert swallowed.error.startswith("its container ended before the program began: exit code 0; see clus")
    assert judge(make.sighting(**DELETED), never).error == "its pod was deleted"
    refused = make.sighting(cause=Cause.REJECTED, message="node n: no driver")
    assert judge(refused, never).error == "node n: no driver"


def test_an_abandoned_attempt_has_its_reason_and_no_time() -> None:
    """Nobody knows whether it ran: its end has a cause of its own, and the words that say why."""
    assert abandoned("a folder", 7.5) == Outcome(Cause.NO_RECORD, 0.0, 7.5, error="a folder")


def test_words_of_memory_count_near_the_end_alone(make):
    """More of the log is searched for an exception, but what was printed long before its end is no cause."""
    far = "x" * 16 * 1024
    assert judge(make.sighting(), make.finding(1, log_tail=CUDA + far)).cause is Cause.ERROR
    assert judge(make.sighting(), make.finding(1, log_tail=far + CUDA)).cause is Cause.CUDA_OOM
    killed = make.finding(1, log_tail=f"Killed\n{far}", **COUNTED)
    assert judge(make.sighting(), killed).cause is Cause.ERROR
    lone = make.finding(1, log_tail=f"\udc80{'é' * 8192}Killed\n")
    assert judge(make.sighting(), lone).cause is Cause.ERROR
