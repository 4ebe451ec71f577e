"""The kinds of claims (the lines in `owner` files): of a process, of a pod, or neither."""

from __future__ import annotations

from sweeper.core.errors import BackendError, CvsweepError, DamagedTrialError
from sweeper.core.model import Attempt
from sweeper.core.patterns import lazy

_PROCESS = lazy(r"[^:\s]*:[0-9a-f-]+:\d+:\d+")
_POD = lazy(r"[0-9a-z]+(?:-[0-9a-z]+){4}")


def is_process(claim: str) -> bool:
    """Whether the claim has the form `host:boot id:pid:start`."""
    return _PROCESS.fullmatch(claim) is not None


def is_pod(claim: str) -> bool:
    """Whether the claim is the UID of a pod."""
    return _POD.fullmatch(claim) is not None


def unfit(attempt: Attempt, claim: str, wanted: str) -> CvsweepError:
    """Return the error for a claim that is not of the kind `wanted` ("a pod").

    An attempt of another kind of backend may be alive, and only that backend can handle it. Any other text
    was written by the program, over the original claim.
    """
    name = f"attempt {attempt.number} of trial {attempt.trial}"
    if is_process(claim) or is_pod(claim):
        return BackendError(f"{name} was not started as {wanted}: its claim is {claim!r}")
    return DamagedTrialError(
        f"the file owner of {name} was overwritten, and now begins with {claim[:80]!r}, so nobody can tell"
        " whether it still runs; see that it does not, then retry the trial"
    )
