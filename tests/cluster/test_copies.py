"""Copies of our pods that another member makes by hand, with all our labels and annotations."""

from __future__ import annotations

import copy

from sweeper.clusters.kubernetes.pods.identity import attempt_of
from sweeper.core.model import Attempt
from tests.cluster.chaos import TRIAL, audit
from tests.cluster.lab import TINY, Json, Lab, api_of, until

QUICK = [*TINY, "cluster.probe=false", "cluster.reserve=0", "cluster.max_parallel=10"]


_COPIED = "example.org/copied"


class Colleague:
    """Another member, who makes pods from the YAML of ours; they hold no GPU and only sleep."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._api = api_of(lab.kubeconfig_of("rival"), lab.namespace)
        self.made: dict[str, str] = {}

    def copy(self, pod: Json, name: str, attempt: Attempt | None = None) -> None:
        """Under another name, and with the labels of another attempt if one is given."""
        body = copy.deepcopy({"apiVersion": "v1", "kind": "Pod", "spec": pod["spec"]})
        body["metadata"] = {key: dict(pod["metadata"][key]) for key in ("labels", "annotations")}
        body["metadata"]["name"] = name
        if attempt:
            body["metadata"]["labels"]["cvsweep/trial"] = str(attempt.trial)
            body["metadata"]["labels"]["cvsweep/attempt"] = str(attempt.number)
        body["metadata"]["annotations"][_COPIED] = "yes"
        body["spec"].pop("nodeName", None)
        body["spec"]["containers"][0] |= {"command": ["sleep", "3600"], "resources": {}}
        self.made[name] = self._api.post(self._api.pods(), body)["metadata"]["uid"]

    def tidy(self) -> list[str]:
        """Delete all copies, and learn which are not as they were made: gone, or on their way out."""
        there = self.there()
        missing = [name for name, uid in self.made.items() if there.get(name) != uid]
        for pod in self._lab.pods():
            if is_copy(pod) and "deletionTimestamp" not in pod["metadata"]:
                self._api.delete(self._api.pods(pod["metadata"]["name"]), pod["metadata"]["uid"])
        self.made.clear()
        return missing

    def running(self) -> list[Json]:
        """The pods that run and are no copies."""
        return [pod for pod in self._lab.pods() if is_running(pod) and not is_copy(pod)]

    def there(self) -> dict[str, str]:
        """Those of them that are still as they were made."""
        found = {
            pod["metadata"]["name"]: pod["metadata"]["uid"]
            for pod in self._lab.pods()
            if "deletionTimestamp" not in pod["metadata"]
        }
        return {name: uid for name, uid in found.items() if name in self.made}


def test_copies_of_our_pods_are_left_alone(lab: Lab) -> None:
    """They come during a sweep of 40 and around its two resumes: none is touched, and nothing is lost."""
    colleague = Colleague(lab)
    lab.set_quota({"requests.nvidia.com/gpu": "10"})
    lab.shell_project(f"{lab.gate}\n{TRIAL}")
    with lab.running("-m", "x=range(40)", *QUICK) as sweep:
        until(lambda: len(lab.at_gate()) == 10, what="ten trials that run")
        pod = next(one for one in lab.pods() if attempt_of(one) == Attempt(0, 1))
        name = pod["metadata"]["name"]
        stem = name.removesuffix("-00000-1")
        colleague.copy(pod, f"{name}-debug")
        colleague.copy(pod, f"{stem}-00030-1", Attempt(30, 1))
        colleague.copy(pod, f"{stem}-00000-2", Attempt(0, 2))
        shown = f"pod {name}-debug carries this sweep's labels but was not made by it; left alone"
        until(lambda: shown in lab.cvsweep("status").stdout, what="the copy in the status")
        sweep.kill()
        sweep.wait()
    colleague.copy(pod, f"copy-of-{name}")
    lab.open_gate()
    with lab.running("resume") as sweep:
        until(lambda: len(lab.ends()) >= 12, what="twelve ends")
        running: Json = until(lambda: next(iter(colleague.running()), {}), what="a trial that runs")
        colleague.copy(running, f"{running['metadata']['name']}-debug")
        sweep.kill()
        sweep.wait()
    colleague.copy(running, f"copy-of-{running['metadata']['name']}")
    done = lab.cvsweep("resume")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f"copy-of-{name} carries this sweep's labels") == 1
    assert done.stderr.count(f"{stem}-00030-1 was not made by this sweep") == 1
    assert audit(lab.sweep()).wrongs == ()
    assert [row["state"] for row in lab.table()] == ["completed"] * 40
    numbers = {end.attempt.trial: end.attempt.number for end in lab.ends()}
    assert numbers == {trial: 2 if trial == 30 else 1 for trial in range(40)}
    assert len(lab.ends()) == 40
    assert colleague.there() == colleague.made
    until(lambda: len(lab.pods()) == len(colleague.made), what="no pod of ours")


def is_copy(pod: Json) -> bool:
    return _COPIED in pod["metadata"].get("annotations", {})


def is_running(pod: Json) -> bool:
    return pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
