"""What is looked at before the first pod, against a scripted server."""

from __future__ import annotations

import copy
from dataclasses import replace
from email.utils import formatdate
from time import time

import pytest

from sweeper.clusters.check import Level
from sweeper.clusters.kubernetes.checks import preflight
from sweeper.clusters.kubernetes.checks.preflight import RIGHTS, checks, claims, example
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from tests.builders import make_pods
from tests.clusters.kubernetes.scripted import Answer, Server, status

CORE = "/api/v1/namespaces/lab"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SWEEP = SweepLabel("abcd1234", "s")
SETTINGS = make_pods(volumes={"data": VolumeSettings("pv", "/data")})
QUOTA = {
    "metadata": {"name": "q"},
    "spec": {"hard": {"requests.nvidia.com/gpu": "8"}},
    "status": {"hard": {"requests.nvidia.com/gpu": "8"}, "used": {"requests.nvidia.com/gpu": "3"}},
}


@pytest.fixture
def well(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A cluster on which all is well, and a machine that mounts its volumes."""
    monkeypatch.setattr(preflight, "is_mounted", lambda folder: True)
    server.script("GET", "/version", {"gitVersion": "v1.20.2"})
    server.script("GET", CORE, {"metadata": {"name": "lab"}})
    server.script("POST", REVIEWS, {"status": {"allowed": True}})
    server.script("GET", f"{CORE}/resourcequotas", {"items": [QUOTA]})
    server.script("GET", f"{CORE}/persistentvolumeclaims/pv", {"status": {"phase": "Bound"}})
    server.script("POST", f"{CORE}/pods", example(SETTINGS, SWEEP))
    return server


def look(server: Server, tmp_path, settings: KubernetesSettings = SETTINGS, root: str = "/data/sweeps"):
    return list(checks(server.api(tmp_path), settings, SWEEP, root))


def wrong(found) -> list[tuple[str, Level, str]]:
    return [(one.name, one.level, one.message) for one in found if one.level is not Level.OK]


def test_where_all_is_well_all_is_reported(well, tmp_path):
    """Every check says what it saw, and nothing was created."""
    found = look(well, tmp_path)
    assert wrong(found) == []
    assert [one.name for one in found] == [
        "cluster",
        "clock",
        "rights",
        "quota",
        "volumes",
        "sweep.root",
        "pod",
    ]
    assert "v1.20.2" in found[0].message
    assert "3 of 8 requests.nvidia.com/gpu used" in found[3].message
    posts = [one for one in well.asked if one.method == "POST" and one.path.endswith("/pods")]
    assert [one.query for one in posts] == ["dryRun=All"]


@pytest.mark.parametrize(
    ("answer", "message", "remedy"),
    [
        (status(401, "Unauthorized", "Unauthorized"), "Unauthorized", "renew your credentials"),
        (status(403, "Forbidden", "no"), "no", "right server"),
    ],
)
def test_without_the_cluster_nothing_else_is_looked_at(well, tmp_path, answer, message, remedy):
    """A server that will not talk to us is the only line."""
    well.script("GET", "/version", answer)
    (only,) = look(well, tmp_path)
    assert (only.level, message in only.message, remedy in only.remedy) == (Level.FAILURE, True, True)


def test_clocks_that_differ_are_reported(well, tmp_path):
    """A workstation whose clock is off is a warning."""
    well.script(
        "GET", "/version", Answer(body={"gitVersion": "v"}, headers={"Date": formatdate(time() + 600)})
    )
    assert [(name, level) for name, level, _ in wrong(look(well, tmp_path))] == [("clock", Level.WARNING)]


def test_rights_that_are_missing_are_reported_with_what_they_cost(well, tmp_path):
    """Pods are indispensable; everything else costs something, and says what."""
    well.script("POST", REVIEWS, {"status": {"allowed": False}})
    found = {shown.split(" in lab")[0]: level for _, level, shown in wrong(look(well, tmp_path))}
    assert len(found) == len(RIGHTS)
    assert [shown for shown, level in found.items() if level is Level.FAILURE] == [
        "you may not get, list, watch, create, delete pods"
    ]
    assert found["you may not get, create, update, delete leases"] is Level.WARNING


def test_who_will_not_tell_rights_may_grant_them(well, tmp_path):
    """A server without access reviews is not taken for one that grants nothing."""
    well.script("POST", REVIEWS, status(404, "NotFound", "no"))
    assert wrong(look(well, tmp_path)) == []


def test_a_quota_that_never_fits_is_found(well, tmp_path):
    """A pod that wants more than the whole quota is refused before the first one."""
    settings = make_pods(gpus=9, volumes=SETTINGS.volumes)
    well.script("POST", f"{CORE}/pods", status(403, "Forbidden", "exceeded quota: q, requested: a=9"))
    ((name, level, shown),) = wrong(look(well, tmp_path, settings))[:1]
    assert (name, level) == ("quota", Level.FAILURE)
    assert "quota q" in shown


CPU = {
    "metadata": {"name": "cpu"},
    "spec": {"hard": {"limits.cpu": "8"}},
    "status": {"hard": {"limits.cpu": "8"}, "used": {"limits.cpu": "6"}},
}
RANGE = {"spec": {"limits": [{"type": "Container", "default": {"cpu": "9"}, "defaultRequest": {"cpu": "1"}}]}}


def test_what_the_server_would_fill_in_counts_as_given(well, tmp_path):
    """A quota on limits.cpu is satisfied by a LimitRange's default: the pod of the dry run is looked at."""
    well.script("GET", f"{CORE}/resourcequotas", {"items": [CPU]})
    got = copy.deepcopy(example(SETTINGS, SWEEP))
    got["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "2"
    well.script("POST", f"{CORE}/pods", got)
    assert wrong(look(well, tmp_path)) == []
    assert look(well, tmp_path)[3].message == "cpu: 6 of 8 limits.cpu used"


def test_a_quota_for_a_class_that_the_server_gives_counts(well, tmp_path):
    """Nobody asked for the class that is the cluster's default, and its quota holds all the same."""
    scope = {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["batch"]}]}
    scoped = {**QUOTA, "spec": {**QUOTA["spec"], "scopeSelector": scope}}
    well.script("GET", f"{CORE}/resourcequotas", {"items": [scoped]})
    assert "no ResourceQuota limits these pods" in look(well, tmp_path)[3].message
    got = copy.deepcopy(example(SETTINGS, SWEEP))
    got["spec"]["priorityClassName"] = "batch"
    well.script("POST", f"{CORE}/pods", got)
    assert look(well, tmp_path)[3].message == "q: 3 of 8 requests.nvidia.com/gpu used"


def test_while_the_quota_is_full_the_limit_range_tells_the_defaults(well, tmp_path):
    """The dry run does not return a pod then, but it says what is missing before it says what is too much."""
    well.script("GET", f"{CORE}/resourcequotas", {"items": [CPU]})
    well.script("POST", f"{CORE}/pods", status(403, "Forbidden", "exceeded quota: cpu, requested: a=1"))
    assert wrong(look(well, tmp_path)) == []
    well.script("GET", f"{CORE}/limitranges", {"items": [RANGE]})
    ((name, level, shown),) = wrong(look(well, tmp_path))
    assert (name, level) == ("quota", Level.FAILURE)
    assert shown == "quota cpu allows 8 limits.cpu and one trial asks for 9"


def test_what_nobody_fills_in_is_missing(well, tmp_path):
    """The server says so, and we say which key to set."""
    well.script("GET", f"{CORE}/resourcequotas", {"items": [CPU]})
    must = status(403, "Forbidden", "failed quota: cpu: must specify limits.cpu")
    well.script("POST", f"{CORE}/pods", must)
    found = wrong(look(well, tmp_path))
    assert found[0] == (
        "quota", Level.FAILURE, "quota cpu needs limits.cpu of every container: set cluster.limits.cpu",
    )  # fmt: skip


def test_without_a_quota_the_cap_of_our_own_is_reported(well, tmp_path):
    """It is said before it holds, with the setting that changes it; who has set it hears nothing of it."""
    well.script("GET", f"{CORE}/resourcequotas", {"items": []})
    assert (
        "at most 8 run at once; cluster.max_parallel sets another number" in look(well, tmp_path)[3].message
    )
    for own in (replace(SETTINGS, max_parallel=20), replace(SETTINGS, queue="lab")):
        assert look(well, tmp_path, own)[3].message == "there is none for these pods"


def test_a_quota_that_cannot_be_read_is_a_warning(well, tmp_path):
    """Without the right to read quotas a run works all the same."""
    well.script("GET", f"{CORE}/resourcequotas", status(403, "Forbidden", "no"))
    assert [(name, level) for name, level, _ in wrong(look(well, tmp_path))] == [("quota", Level.WARNING)]


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        ({"status": {"phase": "Pending"}}, "the claim pv is Pending, not bound"),
        ({"status": {"phase": "Lost"}}, "the claim pv is Lost, not bound"),
        (status(404, "NotFound", "no"), "there is no claim pv in lab"),
    ],
)
def test_claims_that_cannot_be_mounted_are_found(well, tmp_path, answer, want):
    """A claim that is missing or not bound would leave every pod pending."""
    well.script("GET", f"{CORE}/persistentvolumeclaims/pv", answer)
    assert wrong(look(well, tmp_path)) == [("volumes", Level.FAILURE, want)]


def test_claims_that_may_not_be_read_are_left_to_the_pods(well, tmp_path):
    """Without the right to read claims nothing is known, and nothing is said to be wrong."""
    well.script("GET", f"{CORE}/persistentvolumeclaims/pv", status(403, "Forbidden", "no"))
    assert wrong(look(well, tmp_path)) == []


def test_a_root_that_pods_do_not_see_is_found(well, tmp_path):
    """Results must lie where both this machine and the pods look."""
    ((name, level, shown),) = wrong(look(well, tmp_path, root="/home/ada/sweeps"))
    assert (name, level) == ("sweep.root", Level.FAILURE)
    assert "/home/ada/sweeps" in shown


@pytest.mark.parametrize("root", ["/home/ada/sweeps", "/data/sweeps"])
def test_a_machine_without_the_volume_is_told_so(well, tmp_path, monkeypatch, root):
    """On a laptop no other folder would do, and one of the same name would be the laptop's own."""
    monkeypatch.setattr(preflight, "is_mounted", lambda folder: False)
    ((name, level, shown),) = wrong(look(well, tmp_path, root=root))
    assert (name, level) == ("sweep.root", Level.FAILURE)
    assert shown.startswith(f"this machine does not mount /data, so it cannot share {root} with pods")
    assert "say sweep.root=" not in shown


def test_fields_that_the_server_drops_are_found(well, tmp_path):
    """An unknown field of the template vanishes on an old server without a word; here it has one."""
    template = {"spec": {"nodeSelecter": {"a": "b"}}}
    settings = make_pods(volumes=SETTINGS.volumes, pod_template=template)
    returned = copy.deepcopy(example(settings, SWEEP))
    del returned["spec"]["nodeSelecter"]
    well.script("POST", f"{CORE}/pods", returned)
    ((name, level, shown),) = wrong(look(well, tmp_path, settings))
    assert (name, level) == ("pod", Level.FAILURE)
    assert "spec.nodeSelecter" in shown


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (status(403, "Forbidden", "exceeded quota: q, requested: a=1, used: a=8, limited: a=8"), Level.OK),
        (status(403, "Forbidden", "maximum cpu usage per Container is 2, but limit is 4"), Level.FAILURE),
        (status(404, "NotFound", 'namespaces "lab" not found'), Level.FAILURE),
        (status(422, "Invalid", "spec.containers[0].image: Required value"), Level.FAILURE),
    ],
)
def test_the_dry_run_says_what_the_server_would_say(well, tmp_path, answer, level):
    """A full quota only means waiting; what would be refused later is refused now, in the server's words."""
    well.script("POST", f"{CORE}/pods", answer)
    last = look(well, tmp_path)[-1]
    assert (last.name, last.level) == ("pod", level)
    assert level is Level.OK or str(answer.body["message"]) in last.message


def test_claims_include_those_of_the_template():
    """What the template mounts is looked at as well."""
    volume = {"name": "more", "persistentVolumeClaim": {"claimName": "extra"}}
    settings = make_pods(volumes=SETTINGS.volumes, pod_template={"spec": {"volumes": [volume]}})
    assert claims(settings) == ["pv", "extra"]


def test_what_the_namespace_demands_is_reported(well, tmp_path):
    """A label of it says so; who may not read the namespace is told that."""
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    well.script("GET", CORE, {"metadata": {"name": "lab", "labels": labels}})
    assert "lab enforces the Pod Security level baseline" in [one.message for one in look(well, tmp_path)]
    well.script("GET", CORE, status(403, "Forbidden", "no"))
    assert any("you may not read the namespace" in one.message for one in look(well, tmp_path))


def test_a_namespace_that_is_not_there_is_found(well, tmp_path):
    """Where we may look at namespaces, one that is missing is named as such."""
    well.script("GET", CORE, status(404, "NotFound", "not found"))
    found = wrong(look(well, tmp_path))[0]
    assert found == ("namespace", Level.FAILURE, "there is no namespace lab")
