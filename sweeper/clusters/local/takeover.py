"""Attempts of an earlier controller: their identity, their visibility from here, their live processes."""

from __future__ import annotations

from collections.abc import Collection

from sweeper.clusters import claims
from sweeper.clusters.base import Order
from sweeper.clusters.local import processes
from sweeper.clusters.local.census import MARK, Census
from sweeper.clusters.local.processes import Process, ProcessIdentity
from sweeper.clusters.local.tree import own_session
from sweeper.core.errors import BackendError
from sweeper.core.model import Attempt


def search(order: Order) -> str | None:
    """Return an attempt's identity from its live processes (its shim, claimed or not, or its program)."""
    command = [order.shim, order.trial_dir, str(order.attempt.number)]
    for process in processes.everyone():
        environment = processes.environment(process.pid)
        if environment.get("CVSWEEP_OUT") != order.out:
            continue
        claim = environment.get(MARK, "")
        leads = process.pid == process.session
        if not claim and leads and processes.command_line(process.pid)[1:] == command:
            claim = processes.identity_of(process)
        if claims.is_process(claim):
            return claim
    return None


def read_claim(attempt: Attempt, owner: str) -> ProcessIdentity:
    """Return the process that claimed the attempt; an error if the claim is not a process's."""
    if not claims.is_process(owner):
        raise claims.unfit(attempt, owner, "a process")
    return processes.parse_identity(owner)


def can_see(claim: ProcessIdentity) -> bool:
    """Whether the processes of that attempt, if any are alive, can be seen from here.

    The kernel's boot id tells machines apart; their names may change, and containers have their own.
    Claims of older versions do not name their PID namespace.
    """
    here = processes.here()
    return claim.boot_id == here.boot_id and claim.space in ("", here.space)


def members(census: Census, owner: str, claim: ProcessIdentity, out: str) -> list[Process]:
    """Return the live processes of an attempt that can be seen from here, the oldest first.

    The kernel does not reuse a number that still names a session, so a session with members is the
    attempt's, unless that one died out and its number was reused: then it has another leader, or none of
    its processes has the attempt's folder in its environment.
    """
    seen = census.look({owner: claim.pid})[owner]
    found = own_session(claim.leader, seen.session)
    if claim.leader not in found and not any(_knows(process, out) for process in found):
        found = set()
    return sorted(found | seen.marked, key=lambda process: process.start)


def refuse_elsewhere(attempt: Attempt, claim: ProcessIdentity, gone: Collection[str]) -> None:
    """Raise BackendError if an attempt may be alive where it cannot be seen, unless that place is `gone`."""
    here = processes.here()
    moved = claim.host != here.host
    place = claim.host if moved else claim.place
    if place in gone or claim.place in gone:
        return
    name = f"attempt {attempt.number} of trial {attempt.trial}"
    if moved:
        raise BackendError(
            f"{name} was started on {claim.host}, and this is {here.host}: resume the sweep there, or with"
            f" --gone {place} if that machine is no more"
        )
    raise BackendError(
        f"{name} was started on this machine in another PID namespace (in a container, or outside of this"
        f" one), where it cannot be seen from here: resume the sweep there, or with --gone {place} if"
        " nothing runs there any more"
    )


def _knows(process: Process, out: str) -> bool:
    return processes.environment(process.pid).get("CVSWEEP_OUT") == out
