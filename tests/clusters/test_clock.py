"""The clock that goes on while the machine sleeps."""

from __future__ import annotations

import time
from types import SimpleNamespace

from sweeper import clusters
from sweeper.clusters import clock
from sweeper.clusters.clock import BootClock, WallClock, boottime
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.local.settings import LocalSettings


def test_it_is_the_boot_clock():
    """It shows at least as much as the clock that stands still in a sleep, and goes at the same rate."""
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= boottime() <= BootClock().monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert abs(BootClock().wall() - time.time()) < 10


def test_a_system_without_a_boot_clock_has_another_one(monkeypatch):
    """macOS: its CLOCK_MONOTONIC counts the time asleep."""
    played = SimpleNamespace(CLOCK_MONOTONIC=6, clock_gettime=lambda clock: {6: 60.0}[clock])
    monkeypatch.setattr(clock, "time", played)
    monkeypatch.setattr(clock, "_CLOCK", clock.which(played))
    assert boottime() == 60.0


def test_limits_on_pods_count_the_time_asleep_and_those_on_processes_do_not():
    """A process stands still while its machine sleeps, a pod does not."""
    assert isinstance(clusters.of(clusters.plain(LocalSettings())).clock(), WallClock)
    assert isinstance(clusters.of(clusters.plain(KubernetesSettings())).clock(), BootClock)
