"""The cluster `kubernetes`: pods in a shared namespace.

The Kubernetes client takes up to two seconds to import, so it is imported only when the cluster is asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sweeper.clusters.cluster import Cluster, plain
from sweeper.clusters.kubernetes.settings import KUBERNETES, KubernetesSettings, VolumeSettings
from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.model import Attempt
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import NOBODY, ClusterHolder
from sweeper.core.sections import stored

if TYPE_CHECKING:
    from sweeper.clusters.base import Backend, Place, SweepContext
    from sweeper.clusters.check import Check
    from sweeper.clusters.console import Console
    from sweeper.clusters.kubernetes.attempt_pods import Pods
    from sweeper.clusters.kubernetes.lease import Lease
    from sweeper.clusters.kubernetes.server.api import Api
    from sweeper.clusters.shown import Shown
    from sweeper.clusters.usage import Usage
    from sweeper.core.diagnosis import DiagnosisSection

_HERE = "volumes.here"
"""The key in ClusterSettings.machine for the paths of volumes on this machine, by the volumes' names."""


class KubernetesCluster(Cluster[KubernetesSettings]):
    """A cluster on which each attempt is a pod. For the settings see docs/settings.md."""

    name: ClassVar[str] = KUBERNETES
    settings_class: ClassVar[type[Any]] = KubernetesSettings
    fixed_keys: ClassVar[Sequence[str]] = ("context", "namespace")
    live_keys: ClassVar[Sequence[str]] = ("max_parallel", "max_gpus", "reserve")
    unit: ClassVar[str] = "pod"
    credentials: ClassVar[str] = "kubeconfig"

    def __init__(self, settings: KubernetesSettings) -> None:
        super().__init__(settings)
        self._api: Api | None = None
        self._lease: Lease | None = None

    @classmethod
    def read(cls, section: Mapping[str, Any], project: Path) -> tuple[Self, Sequence[str]]:
        from sweeper.clusters.kubernetes.reading import read_pods  # only here: it imports YAML

        settings, remarks = read_pods(section, project)
        kubeconfig = settings.kubeconfig or ""
        if kubeconfig and project != Path.cwd() and not kubeconfig.startswith(("~", "$", "/")):
            settings = replace(settings, kubeconfig=str(project / kubeconfig))
        return cls(settings), remarks

    @classmethod
    def from_plain(cls, settings: ClusterSettings) -> Self:
        volumes = {
            name: stored(VolumeSettings, one) for name, one in settings.data.get("volumes", {}).items()
        }
        for name, here in settings.machine.get(_HERE, {}).items():
            volumes[name] = replace(volumes[name], here=here)
        return cls(replace(stored(KubernetesSettings, settings.data), volumes=volumes))

    def plain(self) -> ClusterSettings:
        volumes = self.settings.volumes
        elsewhere = {name: replace(one, here=None) for name, one in volumes.items()}
        data = plain(replace(self.settings, volumes=elsewhere))
        here = {name: one.here for name, one in volumes.items() if one.here is not None}
        return replace(data, machine={_HERE: here} if here else {})

    def located(self, place: Place) -> Self:
        from sweeper.clusters.kubernetes.pods.mounts import located

        return self._with(located(self.settings, place))

    def for_reader(self) -> Self:
        # Another member's kubeconfig may name a program that is run to get credentials.
        return type(self)(replace(self.settings, kubeconfig=None, context=None))

    def _with(self, settings: KubernetesSettings) -> Self:
        """Return a cluster with other settings and the same client: they must not choose another server."""
        found = type(self)(settings)
        found._api = self._api
        return found

    @property
    def api(self) -> Api:
        """The client of the API server that the settings choose."""
        if self._api is None:
            from sweeper.clusters.kubernetes.server.access import Access
            from sweeper.clusters.kubernetes.server.api import Api

            self._api = Api(Access(self.settings))
        return self._api

    def close(self) -> None:
        if self._api is not None:
            self._api.close()

    # Before anything runs ------------------------------------------------------------------------

    def describe(self) -> str:
        image = self.settings.image
        return f"as pods of {image}; cvsweep doctor with the same words looks whether they can"

    def identity(self) -> str:
        return str(self.api.access.identity)

    def resolve(self) -> Self:
        from sweeper.clusters.kubernetes.pods.placeholders import check_filled
        from sweeper.clusters.kubernetes.server.access import resolve

        full = replace(self.settings, **resolve(self.settings, self.api.access.identity))
        check_filled(full)
        return self._with(full)

    def checks(self, sweep: SweepContext) -> Iterator[Check]:
        from sweeper.clusters.kubernetes.checks.before import look

        return look(self.settings, sweep, self.api)

    def why_no_variable(self, name: str, key: str) -> str:
        if name in self.settings.secrets:
            return ""
        return (
            f"parameter {key} needs the environment variable {name}, which pods do not have, and"
            " a secret is never copied from here: put it into a Secret of the namespace, and set"
            f" cluster.secrets.{name}=<secret>/<key>"
        )

    def program_remark(self, names: str) -> str:
        return f"{names}: only a pod can tell whether its image has it"

    def packages_remark(self) -> str:
        return f"they are those of the image {self.settings.image}"

    def public_remark(self, variable: str) -> str:
        return (
            f"cluster.env.{variable} is a secret in clear text, and everybody in the namespace can read"
            f" it: use cluster.secrets.{variable}=<secret>/<key>"
        )

    @property
    def gpus_per_attempt(self) -> float | None:
        return float(self.settings.gpus)

    @property
    def grows_memory(self) -> bool:
        return bool(self.settings.memory)

    def path_inside(self, path: str, *, what: str = "sweep.root", writable: bool = True) -> str:
        from sweeper.clusters.kubernetes.pods import path_mapping

        return path_mapping.in_pod(self.settings, os.path.realpath(path), what=what, writable=writable)

    # Running -------------------------------------------------------------------------------------

    def open(self, sweep: SweepContext) -> Backend:
        from sweeper.clusters.kubernetes.opening import backend

        return backend(self.settings, sweep, self.api)

    def holder(self, sweep: SweepContext) -> ClusterHolder:
        if not self.settings.lease:
            return NOBODY
        from sweeper.clusters.kubernetes.opening import lease

        if self._lease is None:
            self._lease = lease(self.settings, sweep, self.api)
        return self._lease.look() if self._lease else NOBODY

    # Abilities -----------------------------------------------------------------------------------

    def follow_log(
        self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown, ended: Callable[[], bool]
    ) -> bool:
        from sweeper.clusters.kubernetes.logs import follow

        return follow(self._pods(sweep), attempt, uid, shown, ended, sweep.say)

    def copy_log(self, sweep: SweepContext, attempt: Attempt, uid: str, shown: Shown) -> None:
        from sweeper.clusters.kubernetes.logs import copy

        copy(self._pods(sweep), attempt, uid, shown, sweep.say)

    def shell(
        self,
        sweep: SweepContext,
        attempt: Attempt,
        uid: str,
        variables: Callable[[], Mapping[str, str]],
        command: Sequence[str],
        console: Console,
    ) -> int:
        from sweeper.clusters.kubernetes.shell import run

        if not uid:
            raise UsageError(f"trial {attempt.trial} has no pod yet; wait until it runs")
        return run(self._pods(sweep), attempt, uid, variables, command, console)

    def usage(self) -> Usage:
        from sweeper.clusters.kubernetes.usage import usage

        return usage(self.api, self.settings.gpu_resource)

    def diagnosis(self, sweep: SweepContext, attempt: Attempt) -> Iterator[DiagnosisSection]:
        from sweeper.clusters.kubernetes.diagnosis import sections
        from sweeper.core.diagnosis import DiagnosisSection

        try:
            pods = self._pods(sweep)
        except CvsweepError as error:
            yield DiagnosisSection("cluster", f"it cannot be asked: {error}")
            return
        yield from sections(pods, attempt, SweepPaths(sweep.folder).cluster_log)

    def _pods(self, sweep: SweepContext) -> Pods:
        from sweeper.clusters.kubernetes.attempt_pods import Pods
        from sweeper.clusters.kubernetes.opening import label_of

        return Pods(self.settings, label_of(sweep), self.api)
