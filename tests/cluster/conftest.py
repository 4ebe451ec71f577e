"""A real cluster for the tests: each has a namespace of its own, with the lab's quota, claims and members.

They run where CVSWEEP_CLUSTER is set, as root beside a cluster whose node is this machine; the
kubeconfigs of an administrator and of two members lie in KUBE_HOME. CVSWEEP_CLUSTER=required makes
a cluster that cannot be used a failure instead of a skip.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from tests.cluster.lab import Lab, api_of
from tests.required import refuse_skip

if TYPE_CHECKING:
    from tests.cluster.test_disruptive import Parts

WANTED = os.environ.get("CVSWEEP_CLUSTER", "")
HOME = Path(os.environ.get("KUBE_HOME", Path.home() / ".cache/kube-lab"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.cluster)
    if not (os.environ.get("CVSWEEP_DISRUPTIVE") or "disruptive" in config.option.markexpr):
        _deselect(config, items, "disruptive")


def _deselect(config: pytest.Config, items: list[pytest.Item], marker: str) -> None:
    left_out = [item for item in items if item.get_closest_marker(marker)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the cluster is required, a test that was skipped has failed."""
    report = yield
    return refuse_skip(report) if WANTED == "required" else report


@pytest.fixture(scope="session")
def kube() -> Path:
    """The folder with the kubeconfigs, of a cluster that answers."""
    if not WANTED:
        pytest.skip("needs a real cluster: set CVSWEEP_CLUSTER")
    trouble = _trouble()
    if trouble:
        (pytest.fail if WANTED == "required" else pytest.skip)(f"no cluster can be used: {trouble}")
    return HOME


def _trouble() -> str:
    if os.geteuid() != 0:
        return "it takes root to be a lab's member under the member's own number"
    file = HOME / "admin.kubeconfig"
    if not file.exists():
        return f"there is no {file}"
    try:
        api_of(file, "default").get("/version")
    except (ApiError, Unreachable) as error:
        return str(error)
    return ""


@pytest.fixture
def lab(kube: Path, tmp_path: Path) -> Iterator[Lab]:
    """A namespace with a quota of 4 GPUs, and a project of the member `lis` on its volume."""
    lab = Lab(kube, f"t-{secrets.token_hex(3)}", tmp_path)
    lab.make(quota=4)
    yield lab
    lab.clear()


@pytest.fixture
def parts(kube: Path, lab: Lab) -> Iterator[Parts]:
    """The cluster's parts: CVSWEEP_KUBE names the script that starts and stops them."""
    from tests.cluster.test_disruptive import Parts

    script = os.environ.get("CVSWEEP_KUBE")
    if not script:
        pytest.skip("set CVSWEEP_KUBE to the script that starts and stops the cluster's parts")
    found = Parts(script, kube / "run", lab)
    yield found
    found.until_it_answers()
    found.keep_gpus()


@pytest.fixture
def admin(kube: Path) -> str:
    return str(kube / "admin.kubeconfig")


@pytest.fixture
def lis(kube: Path) -> str:
    return str(kube / "lis.kubeconfig")


@pytest.fixture
def rival(kube: Path) -> str:
    return str(kube / "rival.kubeconfig")


@pytest.fixture
def until() -> Callable[..., object]:
    """Wait for a condition; the test fails where it does not come true."""
    from tests.cluster.lab import until

    return until
