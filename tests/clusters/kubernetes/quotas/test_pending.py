"""What the quotas may not show yet, as creates and ends come and go."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas import lag
from sweeper.clusters.kubernetes.quotas.free_capacity import free_capacity
from sweeper.clusters.kubernetes.quotas.lag import INFORMER_LAG, Unshown
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota, charge
from tests.clusters.kubernetes.quotas.builders import GPU, gpus, pod, quota
from tests.clusters.kubernetes.quotas.late_quota import Lab
from tests.clusters.kubernetes.quotas.timeline import play, written

NONE = Policy(GPU)
ONE = Policy(GPU, reserve=1)


def test_the_example_in_the_docstring_is_true() -> None:
    """The module that explains the arithmetic has a timeline; it holds."""
    _, header, rows = (lag.__doc__ or "").partition("    at    event")
    table = header + rows
    assert play(table) == written(table)
    assert len(written(table)) == 11


@pytest.mark.parametrize("delay", [-0.2, 0.1, 0.4], ids=["told before its end", "soon after it", "after it"])
def test_somebody_who_came_unseen_is_noticed_soon(delay: float) -> None:
    """Though a step hid their create behind our pod's end, and our pods go on to end and to be created."""
    pending_charges, now, held = PendingCharges(), 0.0, 8
    # A foreign pod takes its place, in one step: `used` stays at 8.
    pending_charges.released(gpus(1), now)
    held -= 1
    while now < 3 * INFORMER_LAG:
        now += 0.5
        events = [(now, "end"), (now + delay, "fall"), (now + 0.45, "create"), (now + 0.48, "rise")]
        for at, what in sorted(events):
            match what:
                case "end":
                    pending_charges.released(gpus(1), at)
                    held -= 1
                case "fall":
                    pending_charges.saw(quota(8, 8), quota(8, 7), at)
                case "create":
                    pending_charges.created(f"pod-{now}", gpus(1), at)
                    held += 1
                case "rise":
                    pending_charges.saw(quota(8, 7), quota(8, 8), at)
        lab = quota(9, 8)
        live = [charge(pod())] * held
        found = free_capacity([lab], pod(), live, {"lab": pending_charges.unshown("lab", now + 0.49)}, NONE)
        assert found.alone is (now < INFORMER_LAG - 0.49), now


STEPS = st.tuples(
    st.sampled_from(["ask", "created", "dropped", "released", "saw", "listed"]),
    st.sampled_from("abcd"),
    st.integers(0, 5),
    st.floats(0, 3),
)


@given(st.lists(STEPS))
def test_the_pending_charges_add_up(steps: list[tuple[str, str, int, float]]) -> None:
    """Whatever happens, nothing unseen is negative or more than the entries cost, and all of it ends."""
    pending_charges, now, prices, freed = PendingCharges(), 0.0, dict[str, int](), 0
    view = Quota("lab", {}, two(0))
    for what, name, amount, wait in steps:
        now += wait
        match what:
            case "ask":
                pending_charges.ask(name, two(amount), now)
                prices[name] = amount
            case "created":
                pending_charges.created(name, two(amount), now)
                prices[name] = amount
            case "dropped":
                pending_charges.dropped(name)
                prices.pop(name, None)
            case "released":
                pending_charges.released(two(amount), now)
                freed += amount
            case _:
                before, view = view, Quota("lab", {}, two(amount))
                pending_charges.saw(before if what == "saw" else None, view, now)
        unshown = pending_charges.unshown("lab", now)
        for resource, part in two(1).items():
            assert 0 <= unshown.charged.get(resource, 0) <= part * sum(prices.values())
            assert 0 <= unshown.released.get(resource, 0) <= part * freed
    for name in prices:
        pending_charges.created(name, gpus(1), now)
    assert pending_charges.unshown("lab", now + INFORMER_LAG + 0.01) == Unshown()


def two(amount: int) -> Amounts:
    """So many GPUs, and a CPU for three of them."""
    return {GPU: amount, "cpu": Fraction(amount, 3)}


@settings(deadline=None)
@given(st.integers(0), st.integers(1, 6), st.integers(0, 3))
def test_alone_we_are_never_refused(seed: int, hard: int, rivals: int) -> None:
    """While nobody else comes, all that is created has capacity on the server, however late all is told."""
    lab = Lab(Random(seed), hard, min(rivals, hard), lively=False)
    lab.play(NONE, 20)
    assert lab.refused == 0
    assert bool(lab.asked) == (hard > rivals)


@settings(deadline=None)
@given(st.integers(0), st.integers(1, 6), st.integers(0, 3))
def test_rivals_cannot_confuse_the_pending_charges_for_long(seed: int, hard: int, rivals: int) -> None:
    """Whoever came and went, once all is shown nothing is unseen and the capacity is the server's."""
    lab = Lab(Random(seed), hard, min(rivals, hard), lively=True)
    lab.play(ONE, 20)
    lab.pass_time(40)
    assert not any(lab.pending_charges.unshown("lab", lab.now).charged.values())
    assert lab.used == lab.rivals
    assert lab.free(NONE) == hard - lab.used
