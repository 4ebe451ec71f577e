"""A cluster that another package brings keeps the contracts, and every verb works with it or says why not."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sweeper.clusters import SweepContext, registry
from sweeper.clusters.base import Backend, Order
from sweeper.compose import schemas
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Status
from tests.cli.tiny import GATED, Tiny
from tests.clusters.contract import BackendContract, ClusterContract
from tests.clusters.third import ThirdCluster, ThirdSettings
from tests.conftest import wait_until

SHIM = Path(__file__).parents[2] / "sweeper" / "shim.sh"


@pytest.fixture(autouse=True)
def _installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its package is installed, with an entry point."""
    packages = tmp_path_factory.mktemp("packages")
    about = packages / "third-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: third\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[cvsweep.clusters]\nthird = tests.clusters.third:ThirdCluster\n")
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setenv("PYTHONPATH", f"{packages}:{Path(__file__).parents[2]}")  # for commands of their own
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    """Let everybody look anew which clusters there are."""
    for found in (registry._others, registry._load, schemas._register):
        found.cache_clear()


@pytest.fixture
def cluster(tmp_path: Path) -> ThirdCluster:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").symlink_to("here")
    return ThirdCluster(ThirdSettings(here=str(tmp_path / "here"), there=str(tmp_path / "there")))


class ThirdSite:
    """Two attempts at a time, in a folder that they see under another name."""

    def __init__(self, cluster: ThirdCluster) -> None:
        self._cluster = cluster
        self._root = Path(cluster.settings.here)
        shutil.copyfile(SHIM, self._root / "shim.sh")

    def open(self) -> Backend:
        return self._cluster.open(SweepContext("0a1b2c3d", "x", str(self._root)))

    def order(self, program: str, trial: int = 0, number: int = 1) -> Order:
        folder = self._root / f"trial-{trial}"
        out = folder / "attempts" / str(number)
        out.mkdir(parents=True)
        (folder / "command.sh").write_text(program + "\n")
        return Order(Attempt(trial, number), str(self._root / "shim.sh"), str(folder), str(out))

    def with_one_at_a_time(self) -> None:
        """An outsider need not do that."""

    def clear(self) -> None:
        for note in self._root.glob("trial-*/attempts/*.third"):
            with suppress(ProcessLookupError):
                os.killpg(int(note.read_text().split()[1]), signal.SIGKILL)


@pytest.fixture
def site(cluster: ThirdCluster) -> Iterator[ThirdSite]:
    site = ThirdSite(cluster)
    yield site
    site.clear()


class TestThirdBackend(BackendContract):
    """What an outsider writes keeps the contract of a backend."""


class TestThirdCluster(ClusterContract):
    """And that of a cluster."""

    @pytest.fixture
    def sweep(self, cluster: ThirdCluster) -> SweepContext:
        return SweepContext("0a1b2c3d", "x", cluster.settings.here)


@pytest.fixture
def tiny(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tiny]:
    """A project that runs on it, and we are there."""
    monkeypatch.chdir(tmp_path)
    made = Tiny(tmp_path, capsys)
    (tmp_path / "configs" / "cluster").mkdir()
    (tmp_path / "configs" / "cluster" / "third.yaml").write_text(
        f"defaults: [base_third, _self_]\nbackend: third\nhere: {tmp_path}\nthere: {tmp_path}/inside\n"
    )
    (tmp_path / "configs" / "config.yaml").write_text(
        "defaults: [{cluster: third}, {retry: default}, {experiment: tiny}, _self_]\n"
    )
    (tmp_path / "inside").symlink_to(tmp_path)
    yield made
    made.stop()


RUN = ("-m", "x=1,2", "sweep.name=x")


def test_every_verb_works_with_it_or_says_why_not(tiny: Tiny) -> None:
    plan = tiny.run(*RUN, "--dry-run")
    assert (plan.code, f"2 trials would run in {tiny.folder}/inside, 2 at a time" in plan.out) == (0, True)
    doctor = tiny.run("doctor", *RUN)
    assert (doctor.code, f"ok       folder       {tiny.folder}/inside is there" in doctor.out) == (0, True)
    assert tiny.run(*RUN).code == 0
    assert [row["v"] for row in tiny.rows()] == [1, 2]
    assert tiny.run("logs", "x", "1").out == "x is 2\n"
    assert "2 completed" in tiny.run("status", "x").out
    assert tiny.run("results", "x", "-o", "csv").code == 0
    assert tiny.run("diagnose", "x", "0", "--file", "-").out.count("third") > 2
    quota, shell = tiny.run("quota"), tiny.run("shell", "x", "0")
    assert (quota.code, "the cluster third, which has no quota" in quota.err) == (2, True)
    assert (shell.code, "the cluster third has no shell" in shell.err) == (2, True)


def test_a_sweep_on_it_is_cancelled_and_resumed(tiny: Tiny) -> None:
    """The controller is a process of its own, which is told to leave; the next one takes over what runs."""
    tiny.program(GATED)
    controller = tiny.start(*RUN)
    wait_until(lambda: tiny.running() == 2)
    controller.send_signal(signal.SIGTERM)
    controller.wait()
    assert tiny.running() == 2
    assert tiny.run("cancel", "x", "0").code == 0
    assert tiny.count(Status.CANCELLED) == 1
    (Path(tiny.sweeps / "x" / "code") / "go").touch()
    assert tiny.run("resume", "x").code in (0, 1)
    assert (tiny.count(Status.CANCELLED), tiny.count(Status.COMPLETED)) == (1, 1)


def test_its_settings_are_typed_and_checked(tiny: Tiny) -> None:
    for override, message in (
        ("cluster.slots=many", "cluster.slots must be a whole number, not 'many'"),
        ("cluster.slots=0", "cluster.slots must be at least 1, not 0"),
        ("cluster.slot=1", "cluster.slot: there is no such setting"),
        ("+cluster.gpu_locks=/x", "cluster.gpu_locks means nothing where cluster.backend is third"),
        ("cluster.here=/nowhere", "does not lie in cluster.here=/nowhere"),
    ):
        result = tiny.run(*RUN, override)
        assert (result.code, message in result.err) == (2, True), result.err
    assert not tiny.sweeps.exists()


def test_without_its_package_a_sweep_of_it_is_named(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only reads works all the same."""
    assert tiny.run(*RUN).code == 0
    monkeypatch.setattr(registry, "_others", dict)
    assert "2 completed" in tiny.run("status", "x").out
    result = tiny.run("resume", "x")
    assert (result.code, "cluster.backend must be local or kubernetes, not 'third'" in result.err) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("tests.clusters.nowhere:Cluster", "cannot be imported"),
        ("os:getcwd", "is no subclass of"),
        ("tests.clusters.third:ThirdCluster", "must be broken as well"),
    ],
)
def test_an_entry_point_that_leads_to_no_cluster_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, message: str
) -> None:
    about = tmp_path / "broken-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[cvsweep.clusters]\nbroken = {point}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    _forget()
    with pytest.raises(UsageError, match=rf"cluster\.backend=broken: .*{message}"):
        registry.find("broken")
    # Nobody else is hindered by it.
    assert [one.name for one in registry.every()] == ["local", "kubernetes", "third"]
