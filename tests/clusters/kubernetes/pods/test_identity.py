"""How a pod is known: its name, its labels, its hash."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.pods.identity import (
    Requests,
    attempt_of,
    is_copy,
    is_original,
    is_ours,
    name_of,
    request_of,
    selector,
    spec_hash_of,
)
from sweeper.clusters.kubernetes.pods.manifest import pod
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.builders import ATTEMPT, PLAIN, SWEEP, made


@given(st.text(max_size=90), st.integers(0, 10**7), st.integers(1, 10**4))
def test_a_name_fits_a_host_and_starts_with_the_user(user: str, index: int, number: int) -> None:
    name = pod(replace(PLAIN, user=user), SWEEP, Attempt(index, number), "/s", "/t")["metadata"]["name"]
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= 63
    assert name.endswith(f"-0a1b2c3d-{index:05d}-{number}")


@pytest.mark.parametrize(
    ("user", "start"), [("lis", "lis-"), ("Anna.K_2", "anna-k-2-"), ("ü", "user-"), ("x" * 80, "x" * 40)]
)
def test_the_users_name_in_a_pods_name(user: str, start: str) -> None:
    assert made(replace(PLAIN, user=user))["metadata"]["name"].startswith(start)


def test_a_pod_says_which_attempt_it_is() -> None:
    assert attempt_of(made()) == ATTEMPT
    assert is_ours(made(), "0a1b2c3d")
    assert not is_ours(made(), "0a1b2c3e")
    assert selector("0a1b2c3d") == "app.kubernetes.io/managed-by=cvsweep,cvsweep/sweep=0a1b2c3d"


@pytest.mark.parametrize(
    "labels", [None, {}, {"cvsweep/trial": "1"}, {"cvsweep/trial": "1", "cvsweep/attempt": "x"}]
)
def test_another_pod_is_nobodys_attempt(labels: dict[str, str] | None) -> None:
    foreign = {"metadata": {"name": "x", "labels": labels}}
    assert attempt_of(foreign) is None
    assert not is_ours(foreign, "0a1b2c3d")
    assert spec_hash_of(foreign) == ""


def test_the_hash_is_of_what_was_asked_for_and_not_of_what_has_happened_since() -> None:
    settings = replace(PLAIN, memory="1Gi")
    same = spec_hash_of(made(settings))
    assert spec_hash_of(made(settings, ooms=2, memory_factor=1.5, avoid=["node-1"])) == same
    assert spec_hash_of(made(replace(settings, image="other"))) != same
    assert spec_hash_of(made(replace(settings, pod_template={"spec": {"hostIPC": True}}))) != same


def test_a_request_marks_what_it_makes_once() -> None:
    """The mark fits the name and its own controller; no two requests have the same one."""
    requests, pod_manifest = Requests(), made()
    first, second = requests.marked(pod_manifest), requests.marked(pod_manifest)
    assert request_of(pod_manifest) == ""
    assert request_of(first) != request_of(second)
    assert first["spec"] == pod_manifest["spec"]
    assert requests.made(first)
    assert not Requests().made(first)
    assert is_original(first)
    assert not is_copy(first)


def test_a_copy_under_another_name_has_a_mark_that_does_not_fit() -> None:
    """Also if the other name is that of the next attempt; what has no mark may be of an older version."""
    requests = Requests()
    first = requests.marked(made())
    for name in ("debug", name_of(pod(PLAIN, SWEEP, Attempt(12, 4), "/s", "/t"))):
        copy = first | {"metadata": first["metadata"] | {"name": name}}
        assert not requests.made(copy)
        assert not is_original(copy)
        assert is_copy(copy)
    assert not is_original(made())
    assert not is_copy(made())
