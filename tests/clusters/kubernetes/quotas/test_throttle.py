"""How many more pods may be created now."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota, Scope, charge
from sweeper.clusters.kubernetes.quotas.throttle import (
    LINGER,
    PLENTY,
    Headroom,
    Ledger,
    Manners,
    Unshown,
    headroom,
    never_fits,
)

GPU = "requests.nvidia.com/gpu"
NONE = Manners(GPU)
ONE = Manners(GPU, reserve=1)


def pod(gpus: int = 1, **requests: str) -> dict[str, Any]:
    """A pod that asks for so much."""
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {"spec": {"containers": [{"resources": {"limits": limits, "requests": requests}}]}}


def quota(
    hard: float, used: float = 0, key: str = GPU, name: str = "lab", scopes: tuple[Scope, ...] = ()
) -> Quota:
    """A quota on one resource."""
    return Quota(name, {key: Fraction(hard)}, {key: Fraction(used)}, scopes)


@pytest.mark.parametrize(
    ("quotas", "one", "ours", "unseen", "manners", "room", "reason"),
    [
        pytest.param([], pod(), 3, {}, ONE, PLENTY, "", id="nothing limits"),
        pytest.param(
            [quota(8, 7)],
            pod(),
            0,
            {},
            ONE,
            0,
            f"quota lab: 7 of 8 {GPU} are used and 1 is left for others",
            id="kept",
        ),
        pytest.param(
            [quota(8, 3)],
            pod(),
            0,
            {},
            Manners(GPU, reserve=2),
            3,
            f"quota lab: 3 of 8 {GPU} are used and 2 are left for others",
            id="some room",
        ),
        pytest.param([quota(8, 8)], pod(), 0, {}, ONE, 0, f"quota lab: 8 of 8 {GPU} are used", id="full"),
        pytest.param([quota(8, 9)], pod(), 0, {}, ONE, 0, f"quota lab: 9 of 8 {GPU} are used", id="shrunken"),
        pytest.param(
            [quota(8, 5)],
            pod(2),
            0,
            {},
            NONE,
            1,
            f"quota lab: 5 of 8 {GPU} are used; a trial takes 2",
            id="whole pods",
        ),
        pytest.param(
            [quota(1)],
            pod(),
            0,
            {},
            ONE,
            1,
            f"quota lab: 0 of 1 {GPU} are used",
            id="the reserve never stops us all",
        ),
        pytest.param(
            [quota(5)],
            pod(4),
            0,
            {},
            Manners(GPU, reserve=3),
            1,
            f"quota lab: 0 of 5 {GPU} are used and 1 is left for others; a trial takes 4",
            id="nor does a large one",
        ),
        pytest.param(
            [quota(8, 2)],
            pod(),
            0,
            {"lab": {GPU: Fraction(3)}},
            NONE,
            3,
            f"quota lab: 5 of 8 {GPU} are used",
            id="what is not shown yet counts",
        ),
        pytest.param(
            [quota(8, 2)],
            pod(),
            6,
            {"lab": {GPU: Fraction(3)}},
            NONE,
            2,
            f"quota lab: 6 of 8 {GPU} are used",
            id="our own count holds where it is higher",
        ),
        pytest.param(
            [quota(8, 2), quota(9, 2, name="other")],
            pod(),
            0,
            {"elsewhere": {GPU: Fraction(3)}},
            NONE,
            6,
            f"quota lab: 2 of 8 {GPU} are used",
            id="the tightest quota",
        ),
        pytest.param(
            [quota(1, 1, scopes=(Scope("Terminating"),)), quota(8, 2, name="other")],
            pod(),
            0,
            {},
            NONE,
            6,
            f"quota other: 2 of 8 {GPU} are used",
            id="a quota for other pods",
        ),
        pytest.param([quota(0, key="secrets")], pod(), 0, {}, ONE, PLENTY, "", id="a quota on other things"),
        pytest.param([quota(0)], pod(0), 0, {}, ONE, PLENTY, "", id="no GPU is asked for"),
        pytest.param(
            [quota(10, 3, key="pods")],
            pod(),
            0,
            {},
            ONE,
            7,
            "quota lab: 3 of 10 pods are used",
            id="a quota on pods",
        ),
        pytest.param(
            [quota(2**36, 2**35, key="requests.memory")],
            pod(0, memory="24Gi"),
            0,
            {},
            ONE,
            1,
            "quota lab: 32Gi of 64Gi requests.memory are used; a trial takes 24Gi",
            id="memory has no reserve",
        ),
        pytest.param(
            [Quota("lab", {"pods": Fraction(3)}, {})], pod(), 0, {}, ONE, 3, "quota lab: 0 of 3 pods are used"
        ),
        pytest.param([quota(2 * PLENTY, key="pods")], pod(), 0, {}, ONE, PLENTY, "", id="more than plenty"),
        pytest.param(
            [],
            pod(),
            3,
            {},
            replace(ONE, max_gpus=4),
            1,
            "cluster.max_gpus=4: this sweep holds 3",
            id="max_gpus",
        ),
        pytest.param(
            [],
            pod(2),
            3,
            {},
            replace(ONE, max_gpus=4),
            0,
            "cluster.max_gpus=4: this sweep holds 6; a trial takes 2",
        ),
        pytest.param([], pod(0), 3, {}, replace(ONE, max_gpus=0), PLENTY, "", id="max_gpus is about GPUs"),
        pytest.param(
            [],
            pod(),
            3,
            {},
            replace(ONE, max_parallel=5),
            2,
            "cluster.max_parallel=5: this sweep has 3",
            id="max_parallel",
        ),
        pytest.param(
            [],
            pod(),
            3,
            {},
            replace(ONE, max_parallel=1),
            0,
            "cluster.max_parallel=1: this sweep has 3",
            id="lowered",
        ),
    ],
)
def test_the_room(
    quotas: Sequence[Quota],
    one: dict[str, Any],
    ours: int,
    unseen: dict[str, Amounts],
    manners: Manners,
    room: int,
    reason: str,
) -> None:
    """There is room for as many pods as the tightest limit allows, and it is named."""
    unshown = {name: Unshown(amounts) for name, amounts in unseen.items()}
    found = headroom(quotas, one, [charge(one)] * ours, unshown, manners)
    assert (found.room, found.slots, found.reason) == (room, ours + room, reason)


OWED = Manners(GPU, reserve=1, owed=1)


@pytest.mark.parametrize(
    ("one", "of", "ours", "manners", "room"),
    [
        pytest.param(pod(), quota(8, 7), 0, OWED, 1, id="a member's first GPU may be the reserve's"),
        pytest.param(pod(), quota(8, 7), 1, OWED, 0, id="not the second"),
        pytest.param(pod(), quota(8, 8), 0, OWED, 0, id="nor one that is not there"),
        pytest.param(pod(), quota(8, 5), 0, OWED, 2, id="with room beside the reserve it stays free"),
        pytest.param(pod(2), quota(8, 6), 0, OWED, 1, id="the first of two GPUs"),
        pytest.param(pod(3), quota(8, 6), 0, OWED, 0, id="but only the first"),
        pytest.param(pod(3), quota(8, 5), 0, replace(OWED, reserve=2), 0, id="of a larger reserve too"),
        pytest.param(pod(), quota(8, 6), 0, replace(OWED, reserve=3), 1, id="one of three"),
        pytest.param(pod(), quota(8, 7), 0, ONE, 0, id="whoever holds some elsewhere is owed nothing"),
        pytest.param(pod(0, cpu="1"), quota(8, 8, key="cpu"), 0, OWED, 0, id="it is about GPUs"),
    ],
)
def test_the_reserve_binds_only_beyond_the_first_gpu(
    one: dict[str, Any], of: Quota, ours: int, manners: Manners, room: int
) -> None:
    """Everyone can use at least one GPU: a member who holds none may take one that is left for others."""
    assert headroom([of], one, [charge(pod())] * ours, {}, manners).room == room


def test_a_cap_of_our_own_is_named_as_such() -> None:
    """It holds only if nothing else limits the pods, and never blames a setting that nobody made."""
    few = replace(ONE, fallback=8, why="nothing limits these pods, so 8")
    full = headroom([], pod(), [charge(pod())] * 8, {}, few)
    assert (full.room, full.slots, full.reason) == (0, 8, "nothing limits these pods, so 8")
    assert headroom([], pod(), [], {}, few).room == 8
    assert headroom([quota(20)], pod(), [], {}, few).room == 19
    assert headroom([], pod(), [], {}, replace(few, max_parallel=30)).room == 30
    assert headroom([], pod(), [], {}, replace(few, max_gpus=12)).room == 12
    assert headroom([quota(20)], pod(0), [], {}, few).room == 8


def test_every_limit_is_told() -> None:
    """The log can show what each limit alone would allow."""
    both = Quota("lab", {GPU: Fraction(8), "pods": Fraction(5)}, {GPU: Fraction(6), "pods": Fraction(1)})
    manners = Manners(GPU, reserve=1, max_gpus=9, max_parallel=7)
    assert headroom([both], pod(), [charge(pod())], {}, manners) == Headroom(
        room=1,
        slots=2,
        reason=f"quota lab: 6 of 8 {GPU} are used and 1 is left for others",
        bounds={"quota lab " + GPU: 1, "quota lab pods": 4, "cluster.max_gpus": 8, "cluster.max_parallel": 6},
    )


@pytest.mark.parametrize(
    ("quotas", "one", "manners", "want"),
    [
        pytest.param([], pod(), ONE, "", id="nothing limits"),
        pytest.param([quota(8, 8)], pod(8), ONE, "", id="full is not for ever"),
        pytest.param([quota(1)], pod(), ONE, "", id="the reserve never forbids"),
        pytest.param(
            [quota(2)], pod(4), ONE, f"quota lab allows 2 {GPU} and one trial asks for 4", id="too large"
        ),
        pytest.param(
            [quota(0)], pod(), ONE, f"quota lab allows 0 {GPU} and one trial asks for 1", id="nothing allowed"
        ),
        pytest.param([quota(0, scopes=(Scope("Terminating"),))], pod(), ONE, "", id="a quota for other pods"),
        pytest.param([quota(0)], pod(0), ONE, "", id="no GPU is asked for"),
        pytest.param(
            [quota(2**36, key="requests.memory")],
            pod(memory="65Gi"),
            ONE,
            "quota lab allows 64Gi requests.memory and one trial asks for 65Gi",
            id="memory",
        ),
        pytest.param(
            [quota(9, key="limits.memory")],
            pod(memory="1"),
            ONE,
            "quota lab needs limits.memory of every container: set cluster.memory",
            id="memory is mandatory",
        ),
        pytest.param(
            [quota(9, key="limits.cpu")],
            pod(cpu="1"),
            ONE,
            "quota lab needs limits.cpu of every container: set cluster.limits.cpu",
            id="cpu sets a request alone",
        ),
        pytest.param(
            [Quota("lab", {"cpu": Fraction(9), "requests.cpu": Fraction(9), "memory": Fraction(9)}, {})],
            pod(),
            ONE,
            "quota lab needs cpu, memory, requests.cpu of every container: set cluster.cpu, cluster.memory",
            id="several",
        ),
        pytest.param([], pod(2), replace(ONE, max_gpus=2), "", id="max_gpus takes one"),
        pytest.param(
            [],
            pod(2),
            replace(ONE, max_gpus=1),
            f"cluster.max_gpus=1: one trial asks for 2 {GPU}",
            id="max_gpus",
        ),
        pytest.param([], pod(0), replace(ONE, max_gpus=0), "", id="max_gpus is about GPUs"),
        pytest.param([], pod(), replace(ONE, max_parallel=1), "", id="one at a time"),
        pytest.param(
            [],
            pod(),
            replace(ONE, max_parallel=0),
            "cluster.max_parallel=0: nothing could ever run; give at least 1",
            id="none at a time",
        ),
    ],
)
def test_what_never_fits(quotas: Sequence[Quota], one: dict[str, Any], manners: Manners, want: str) -> None:
    """What could not be created in an empty namespace is said before anybody waits for it."""
    assert never_fits(quotas, one, manners) == want


SMALL = st.integers(0, 12)
PODS = st.builds(lambda gpus, cpu: pod(gpus, cpu=f"{cpu}00m"), st.integers(0, 3), SMALL)
QUOTAS = st.lists(
    st.builds(
        lambda name, hard, used: Quota(
            name,
            {key: Fraction(most) for key, most in hard.items()},
            {key: Fraction(amount) for key, amount in used.items()},
        ),
        st.sampled_from(["a", "b"]),
        st.dictionaries(st.sampled_from([GPU, "cpu", "pods", "count/pods"]), SMALL),
        st.dictionaries(st.sampled_from([GPU, "cpu", "pods"]), SMALL),
    ),
    max_size=2,
    unique_by=lambda quota: quota.name,
)
LIMITS = st.none() | SMALL
MANNERS = st.builds(Manners, st.just(GPU), SMALL, LIMITS, LIMITS)
LIVE = st.lists(PODS.map(charge), max_size=4)


@given(QUOTAS, PODS, LIVE, MANNERS)
def test_no_quota_is_ever_exceeded(
    quotas: list[Quota], one: dict[str, Any], live: list[Amounts], manners: Manners
) -> None:
    """All room taken, no quota is used beyond what it allows less the reserve, and no own limit is passed."""
    room = headroom(quotas, one, live, {}, manners).room
    assert room >= 0
    if not room:
        return
    each = charge(one)
    held = sum((pod.get(GPU, Fraction(0)) for pod in live), Fraction(0))
    for quota in quotas:
        for key, hard in quota.hard.items():
            ours = sum((pod.get(key, Fraction(0)) for pod in live), Fraction(0))
            kept = min(Fraction(manners.reserve), hard - each[key]) if key == GPU and each.get(key) else 0
            if each.get(key):
                assert max(quota.used.get(key, Fraction(0)), ours) + room * each[key] <= hard - kept
    assert manners.max_parallel is None or len(live) + room <= manners.max_parallel
    assert manners.max_gpus is None or not each.get(GPU) or held + room * each[GPU] <= manners.max_gpus


@given(QUOTAS, PODS, LIVE, MANNERS, st.sampled_from([GPU, "cpu", "pods"]), SMALL)
def test_more_use_is_never_more_room(
    quotas: list[Quota], one: dict[str, Any], live: list[Amounts], manners: Manners, key: str, more: int
) -> None:
    """Where more is used, or more may be, there is as much room or less."""
    before = headroom(quotas, one, live, {}, manners).room
    fuller = [
        replace(quota, used={**quota.used, key: quota.used.get(key, Fraction(0)) + more}) for quota in quotas
    ]
    unshown = {quota.name: Unshown({key: Fraction(more)}) for quota in quotas}
    assert headroom(fuller, one, live, {}, manners).room <= before
    assert headroom(quotas, one, live, unshown, manners) == headroom(fuller, one, live, {}, manners)


@given(QUOTAS, PODS, st.integers(0, 4), MANNERS)
def test_a_pod_takes_the_room_of_one(
    quotas: list[Quota], one: dict[str, Any], ours: int, manners: Manners
) -> None:
    """After a create there is room for exactly one pod less, however the quota is told."""
    live = [charge(one)] * ours
    room = headroom(quotas, one, live, {}, manners).room
    if not 0 < room < PLENTY:
        return
    unshown = {quota.name: Unshown(charge(one)) for quota in quotas}
    assert headroom(quotas, one, [*live, charge(one)], unshown, manners).room == room - 1


@pytest.mark.parametrize(
    ("quotas", "ours", "unshown", "alone"),
    [
        pytest.param([], 0, {}, False, id="no quota tells"),
        pytest.param([quota(8, key="secrets")], 0, {}, False, id="none that counts pods does"),
        pytest.param([quota(8)], 0, {}, True, id="nobody"),
        pytest.param([quota(8, 1)], 0, {}, False, id="another"),
        pytest.param([quota(8, 3)], 3, {}, True, id="all of it is ours"),
        pytest.param([quota(8, 4)], 3, {}, False, id="not all of it"),
        pytest.param([quota(8, 2)], 3, {"lab": Unshown({GPU: 1})}, True, id="one is not shown yet"),
        pytest.param([quota(8, 3)], 3, {"lab": Unshown({GPU: 1})}, False, id="nor is another's own"),
        pytest.param([quota(8, 3)], 2, {"lab": Unshown({}, {GPU: 1})}, True, id="one has just ended"),
        pytest.param([quota(8, 4)], 2, {"lab": Unshown({}, {GPU: 1})}, False, id="but another has not"),
        pytest.param([quota(8, 3)], 2, {"other": Unshown({}, {GPU: 1})}, False, id="in another quota"),
        pytest.param([quota(8), quota(8, 1, name="other")], 0, {}, False, id="in one quota of two"),
        pytest.param(
            [quota(8), quota(8, 1, name="other", scopes=(Scope("Terminating"),))],
            0,
            {},
            True,
            id="in one that counts other pods",
        ),
    ],
)
def test_alone(quotas: list[Quota], ours: int, unshown: dict[str, Unshown], alone: bool) -> None:
    """We are alone where every quota that counts our pods counts none but ours, as far as we know."""
    assert headroom(quotas, pod(), [charge(pod())] * ours, unshown, NONE).alone is alone


@given(QUOTAS, PODS, MANNERS)
def test_what_can_never_fit_has_no_room(quotas: list[Quota], one: dict[str, Any], manners: Manners) -> None:
    """In an empty namespace there is room for one unless it is said that it never fits."""
    empty = [replace(quota, used={}) for quota in quotas]
    assert bool(never_fits(quotas, one, manners)) == (headroom(empty, one, [], {}, manners).room == 0)


def used(amount: int, name: str = "lab") -> Quota:
    """The quota as it shows this use."""
    return quota(8, amount, name=name)


def gpus(amount: int) -> dict[str, Fraction]:
    """So many GPUs."""
    return {GPU: Fraction(amount)}


Step = Callable[[Ledger], None]


@pytest.mark.parametrize(
    ("steps", "at", "want"),
    [
        pytest.param([], 0, 0, id="nothing was asked for"),
        pytest.param(
            [lambda it: it.ask("a", gpus(2), 0)], 9e9, 2, id="what is asked for counts until it is answered"
        ),
        pytest.param([lambda it: it.ask("a", gpus(2), 0), lambda it: it.dropped("a")], 0, 0, id="refused"),
        pytest.param([lambda it: it.dropped("a")], 0, 0, id="refused, and never asked for"),
        pytest.param([lambda it: it.created("a", gpus(2), 5)], 5 + LINGER, 2, id="created, not shown yet"),
        pytest.param(
            [lambda it: it.created("a", gpus(2), 5)], 5.01 + LINGER, 0, id="shown by now, whatever we saw"
        ),
        pytest.param(
            [lambda it: it.ask("a", gpus(2), 0), lambda it: it.saw(used(1), used(3), 1)],
            1,
            0,
            id="shown before the answer",
        ),
        pytest.param(
            [
                lambda it: it.ask("a", gpus(2), 0),
                lambda it: it.saw(used(1), used(3), 1),
                lambda it: it.created("a", gpus(2), 2),
            ],
            2,
            0,
            id="and not counted again after it",
        ),
        pytest.param(
            [
                lambda it: it.ask("a", gpus(2), 0),
                lambda it: it.saw(used(1), used(4), 1),
                lambda it: it.created("a", gpus(3), 2),
            ],
            2,
            1,
            id="the server made it dearer",
        ),
        pytest.param(
            [
                lambda it: it.ask("a", gpus(3), 0),
                lambda it: it.saw(used(1), used(4), 1),
                lambda it: it.created("a", gpus(1), 2),
                lambda it: it.ask("b", gpus(2), 3),
            ],
            3,
            2,
            id="cheaper, which pays for no other",
        ),
        pytest.param(
            [lambda it: it.created("a", gpus(2), 0), lambda it: it.saw(used(1), used(2), 1)],
            1,
            1,
            id="half of it",
        ),
        pytest.param(
            [lambda it: it.created("a", gpus(2), 0), lambda it: it.saw(used(3), used(1), 1)],
            1,
            2,
            id="a fall pays nothing",
        ),
        pytest.param(
            [lambda it: it.created("a", gpus(2), 0), lambda it: it.saw(None, used(8), 1)],
            1,
            2,
            id="nor does a listing",
        ),
        pytest.param(
            [lambda it: it.created("a", gpus(2), 0), lambda it: it.saw(Quota("lab", {}, {}), used(8), 1)],
            1,
            2,
            id="nor a resource that was not counted before",
        ),
        pytest.param(
            [
                lambda it: it.created("a", gpus(2), 0),
                lambda it: it.saw(used(1, "other"), used(8, "other"), 1),
            ],
            1,
            2,
            id="nor another quota",
        ),
        pytest.param(
            [
                lambda it: it.ask("a", gpus(1), 0),
                lambda it: it.saw(used(0), used(5), 1),
                lambda it: it.ask("b", gpus(2), 2),
            ],
            2,
            2,
            id="a rise pays for nothing that comes later",
        ),
        pytest.param(
            [
                lambda it: it.ask("slow", gpus(1), 0),
                lambda it: it.ask("b", gpus(1), 0),
                lambda it: it.saw(used(0), used(1), 0.1),
                lambda it: it.created("b", gpus(1), 0.2),
            ],
            9,
            1,
            id="what leaves takes its pay along",
        ),
        pytest.param(
            [
                lambda it: it.ask("a", gpus(2), 0),
                lambda it: it.saw(used(0), used(2), 1),
                lambda it: it.ask("a", gpus(2), 2),
            ],
            2,
            2,
            id="asked for once more, charged once more",
        ),
    ],
)
def test_what_a_quota_may_not_show_yet(steps: list[Step], at: float, want: int) -> None:
    """What we were charged is unseen until a rise has paid for it or its time is up."""
    ledger = Ledger()
    for step in steps:
        step(ledger)
    assert ledger.unshown("lab", at).charged.get(GPU, 0) == want


@pytest.mark.parametrize(
    ("steps", "at", "want"),
    [
        pytest.param([lambda it: it.released(gpus(2), 5)], 5 + LINGER, 2, id="not shown yet"),
        pytest.param([lambda it: it.released(gpus(2), 5)], 5.01 + LINGER, 0, id="shown by now"),
        pytest.param([lambda it: it.released(gpus(1), 5)] * 3, 5, 3, id="each counts"),
        pytest.param(
            [lambda it: it.released(gpus(3), 0), lambda it: it.saw(used(5), used(3), 1)],
            1,
            1,
            id="a fall pays",
        ),
        pytest.param(
            [lambda it: it.released(gpus(3), 0), lambda it: it.saw(used(3), used(5), 1)],
            1,
            3,
            id="a rise pays nothing",
        ),
        pytest.param(
            [lambda it: it.saw(used(5), used(3), 0), lambda it: it.released(gpus(3), 1)],
            1,
            1,
            id="a fall may be told before the end that it comes from",
        ),
        pytest.param(
            [lambda it: it.saw(used(5), used(3), 0), lambda it: it.released(gpus(3), 9)],
            9,
            3,
            id="but not long before it",
        ),
        pytest.param(
            [lambda it: it.saw(used(9, "other"), used(3, "other"), 0), lambda it: it.released(gpus(1), 0)],
            0,
            1,
            id="nor in another quota",
        ),
        pytest.param([lambda it: it.ask("a", gpus(1), 0)], 0, 0, id="creates are another matter"),
    ],
)
def test_what_a_quota_may_still_count(steps: list[Step], at: float, want: int) -> None:
    """What our pods have given back is counted until a fall has paid for it or its time is up."""
    ledger = Ledger()
    for step in steps:
        step(ledger)
    assert ledger.unshown("lab", at).released.get(GPU, 0) == want


@pytest.mark.parametrize("lag", [-0.2, 0.1, 0.4], ids=["told before its end", "soon after it", "after it"])
def test_somebody_who_came_unseen_is_noticed_soon(lag: float) -> None:
    """Though a step hid their create behind our pod's end, and our pods go on to end and to be created."""
    ledger, now, held = Ledger(), 0.0, 8
    ledger.released(gpus(1), now)  # and a foreign pod takes its place, in one step: `used` stays at 8
    held -= 1
    while now < 3 * LINGER:
        now += 0.5
        events = [(now, "end"), (now + lag, "fall"), (now + 0.45, "create"), (now + 0.48, "rise")]
        for at, what in sorted(events):
            match what:
                case "end":
                    ledger.released(gpus(1), at)
                    held -= 1
                case "fall":
                    ledger.saw(used(8), used(7), at)
                case "create":
                    ledger.created(f"pod-{now}", gpus(1), at)
                    held += 1
                case "rise":
                    ledger.saw(used(7), used(8), at)
        lab = replace(used(8), hard=gpus(9))
        live = [charge(pod())] * held
        found = headroom([lab], pod(), live, {"lab": ledger.unshown("lab", now + 0.49)}, NONE)
        assert found.alone is (now < LINGER - 0.49), now


STEPS = st.tuples(
    st.sampled_from(["ask", "created", "dropped", "saw", "listed"]),
    st.sampled_from("abcd"),
    st.integers(0, 5),
    st.floats(0, 3),
)


@given(st.lists(STEPS))
def test_the_ledger_closes(steps: list[tuple[str, str, int, float]]) -> None:
    """Whatever happens, nothing unseen is negative or more than the entries cost, and all of it ends."""
    ledger, view, now, prices = Ledger(), used(0), 0.0, dict[str, int]()
    for what, name, amount, wait in steps:
        now += wait
        match what:
            case "ask":
                ledger.ask(name, gpus(amount), now)
                prices[name] = amount
            case "created":
                ledger.created(name, gpus(amount), now)
                prices[name] = amount
            case "dropped":
                ledger.dropped(name)
                prices.pop(name, None)
            case _:
                ledger.saw(view if what == "saw" else None, view := used(amount), now)
        assert 0 <= ledger.unshown("lab", now).charged.get(GPU, 0) <= sum(prices.values())
    for name in prices:
        ledger.created(name, gpus(1), now)
    assert ledger.unshown("lab", now + LINGER + 0.01) == Unshown()


@dataclass
class Lab:
    """A namespace with one quota, seen late: creates, their answers, releases and views all take their time.

    `rivals` is how many pods of others there are before; `lively` lets others come and go as well.
    """

    random: Random
    hard: int
    rivals: int
    lively: bool
    now: float = 0.0
    order: Iterator[int] = field(default_factory=itertools.count)
    agenda: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    live: dict[str, Amounts] = field(default_factory=dict)
    asked: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.used = self.rivals
        self.view = used(self.used)
        self.shown_by = 0.0

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self.at(self.now + seconds, do)

    def at(self, moment: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), do))

    def change(self, by: int) -> None:
        """The server counts; a watch tells every change in order, at the latest after LINGER."""
        self.used += by
        self.shown_by = max(self.shown_by, self.now + self.random.uniform(0, LINGER))
        told = used(self.used)
        self.at(self.shown_by, lambda: self.show(told))

    def show(self, told: Quota) -> None:
        self.ledger.saw(self.view, told, self.now)
        self.view = told

    def room(self, manners: Manners) -> int:
        unshown = {"lab": self.ledger.unshown("lab", self.now)}
        quota = replace(self.view, hard=gpus(self.hard))
        return headroom([quota], pod(), list(self.live.values()), unshown, manners).room

    def create(self) -> None:
        self.asked += 1
        name = f"pod-{self.asked}"
        self.live[name] = charge(pod())
        self.ledger.ask(name, self.live[name], self.now)
        self.after(self.random.uniform(0, 4), lambda: self.admit(name))

    def admit(self, name: str) -> None:
        accepted = self.used < self.hard
        if accepted:
            self.change(1)
        self.after(self.random.uniform(0, 4), lambda: self.answer(name, accepted))

    def answer(self, name: str, accepted: bool) -> None:
        if accepted:
            self.ledger.created(name, self.live[name], self.now)
            self.after(self.random.uniform(0, 5), lambda: self.end(name))
        else:
            self.refused += 1
            self.ledger.dropped(name)
            del self.live[name]

    def end(self, name: str) -> None:
        """The pod ends; that we know of it and that the quota lets it go come in any order."""
        self.after(self.random.uniform(0, 3), lambda: self.change(-1))
        self.after(self.random.uniform(0, 3), lambda: self.forget(name))

    def forget(self, name: str) -> None:
        del self.live[name]

    def rival(self) -> None:
        by = self.random.choice([-1, 1])
        if self.rivals + by >= 0 and self.used + by <= self.hard:
            self.rivals += by
            self.change(by)

    def play(self, manners: Manners, seconds: float) -> None:
        while self.now < seconds:
            for _ in range(self.room(manners)):
                self.create()
            if self.lively:
                self.rival()
            self.pass_time(self.random.uniform(0, 0.5))

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.agenda and self.agenda[0][0] <= until:
            self.now, _, do = heapq.heappop(self.agenda)
            do()
        self.now = until


@settings(deadline=None)
@given(st.integers(0), st.integers(1, 6), st.integers(0, 3))
def test_alone_we_are_never_refused(seed: int, hard: int, rivals: int) -> None:
    """While nobody else comes, all that is created has room on the server, however late all is told."""
    lab = Lab(Random(seed), hard, min(rivals, hard), lively=False)
    lab.play(NONE, 20)
    assert lab.refused == 0
    assert bool(lab.asked) == (hard > rivals)


@settings(deadline=None)
@given(st.integers(0), st.integers(1, 6), st.integers(0, 3))
def test_rivals_cannot_confuse_the_ledger_for_long(seed: int, hard: int, rivals: int) -> None:
    """Whoever came and went, once all is told nothing is unseen and the room is what the server has left."""
    lab = Lab(Random(seed), hard, min(rivals, hard), lively=True)
    lab.play(ONE, 20)
    lab.pass_time(40)
    assert not any(lab.ledger.unshown("lab", lab.now).charged.values())
    assert lab.used == lab.rivals
    assert lab.room(NONE) == hard - lab.used
