"""A sweep of pods goes on where this machine has its volume at another place than the one that made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweeper.clusters import SweepContext
from sweeper.clusters.kubernetes.cluster import KubernetesCluster
from sweeper.core.errors import BackendError
from tests.cli.tiny import Tiny

CONFIG = """\
defaults: [base_kubernetes, _self_]
backend: kubernetes
image: i
user: ada
lease: false
volumes: {data: {claim: data, path: /data}}
"""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where pods would see the sweep's folder, at each start; nothing is asked of a server, and none runs."""
    found: list[str] = []

    def look(cluster: KubernetesCluster, sweep: SweepContext) -> None:
        found.append(cluster.path_inside(sweep.folder))
        raise BackendError("that is all")

    monkeypatch.setattr(KubernetesCluster, "open", look)
    monkeypatch.setattr(KubernetesCluster, "identity", lambda cluster: "")
    monkeypatch.setattr(KubernetesCluster, "resolve", lambda cluster: cluster)
    monkeypatch.setattr(KubernetesCluster, "checks", lambda cluster, sweep: ())
    return found


@pytest.fixture
def mounted(tiny: Tiny) -> Callable[[str], Path]:
    """Mounts the volume, with the sweeps on it, at a folder of this machine."""
    (tiny.folder / "configs" / "cluster").mkdir()
    (tiny.folder / "configs" / "cluster" / "pods.yaml").write_text(CONFIG)
    at = tiny.folder / "mnt"

    def mount(name: str) -> Path:
        nonlocal at
        new = tiny.folder / name
        if at.exists():
            at.rename(new)
        else:
            (new / "lab").mkdir(parents=True)
        at = new
        return new

    return mount


def manifest(root: Path) -> dict[str, Any]:
    found = json.loads((root / "lab" / "x" / "sweep.json").read_text())
    assert isinstance(found, dict)
    return found


def test_a_sweep_is_resumed_where_its_volume_is_now(
    tiny: Tiny, mounted: Callable[[str], Path], seen: list[str]
) -> None:
    """What holds for the machine that made it is not stored, so another one need not have the same."""
    root = mounted("mnt")
    run = ("x=1", "cluster=pods", "sweep.name=x", f"sweep.root={root}/lab")
    made = tiny.run(*run, f"cluster.volumes.data.here={root}")
    assert (made.code, seen) == (3, ["/data/lab/x"]), made.err
    assert manifest(root)["settings"]["cluster"]["volumes"]["data"]["here"] is None
    assert manifest(root)["start"] == "/data/lab/x/code"
    for name in ("mnt", "srv", "elsewhere"):
        tiny.run("resume", str(mounted(name) / "lab" / "x"))
    assert seen == ["/data/lab/x"] * 4


def test_a_sweep_of_an_older_version_is_resumed_too(
    tiny: Tiny, mounted: Callable[[str], Path], seen: list[str]
) -> None:
    """It stores where the machine that made it had the volume, and not where pods saw its folder."""
    root = mounted("mnt")
    run = ("x=1", "cluster=pods", "sweep.name=x", f"sweep.root={root}/lab")
    tiny.run(*run, f"cluster.volumes.data.here={root}")
    old = manifest(root)
    old["settings"]["cluster"]["volumes"]["data"]["here"] = str(root)
    del old["place"]["inside"], old["checksum"]
    (root / "lab" / "x" / "sweep.json").write_text(json.dumps(old))
    for name in ("mnt", "srv"):
        tiny.run("resume", str(mounted(name) / "lab" / "x"))
    assert seen == ["/data/lab/x"] * 3


def test_what_cannot_be_worked_out_is_asked_for_and_can_be_given(
    tiny: Tiny, mounted: Callable[[str], Path], seen: list[str]
) -> None:
    root = mounted("mnt")
    run = ("x=1", "cluster=pods", "sweep.name=x")
    tiny.run(*run, f"sweep.root={root}/lab", f"cluster.volumes.data.here={root}")
    new = mounted("srv")
    (new / "lab").rename(new / "ours")
    result = tiny.run("resume", str(new / "ours" / "x"))
    assert (result.code, "cluster.volumes.data.here=FOLDER" in result.err) == (2, True), result.err
    tiny.run(*run, f"sweep.root={new}/ours", f"cluster.volumes.data.here={new}")
    assert seen == ["/data/lab/x", "/data/ours/x"]
