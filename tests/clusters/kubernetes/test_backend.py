"""What the engine calls."""

from __future__ import annotations

from dataclasses import asdict, replace

from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.core.cluster import ClusterSettings
from sweeper.core.settings import RetrySettings, Settings
from tests.clusters.kubernetes.tracking import FIRST, LABEL, SETTINGS, order


def test_settings_that_change_hold_for_the_pods_that_come(server, tmp_path):
    """The factor by which a trial's memory grows does; the image stays, as do all that are no limits."""
    own = replace(SETTINGS, memory="1Gi")
    api = server.api(tmp_path)
    backend = KubernetesBackend(own, LABEL, api, lease=None, in_pod=lambda path: path, memory_factor=1.0)
    another = asdict(replace(own, image="another", max_parallel=3))
    backend.adjust(
        Settings(cluster=ClusterSettings("kubernetes", another), retry=RetrySettings(memory_factor=2.0))
    )
    backend.launch(replace(order(), ooms=1))
    container = backend._tracker[FIRST].manifest["spec"]["containers"][0]
    assert container["resources"]["limits"]["memory"] == "2048Mi"
    assert container["image"] == "i"
    assert backend._tracker.settings.max_parallel == 3
    backend.close()
