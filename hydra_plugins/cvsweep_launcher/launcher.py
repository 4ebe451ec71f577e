"""The launcher that Hydra finds, and its call into `sweeper.hydra_launcher`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hydra_plugins.cvsweep_launcher._settings import CvsweepLauncherConf

_REPLACE: dict[str, Any] = {} if hydra.__version__.startswith("1.3.") else {"replace": True}


def _schema() -> Any:
    """The node, whose sections take any key from the command line: cvsweep itself checks them."""
    node = OmegaConf.structured(CvsweepLauncherConf)
    for section in ("results", "code", "retry"):
        OmegaConf.set_struct(node[section], False)
    return node


# In this module, since Hydra executes it again whenever it is initialized again.
ConfigStore.instance().store(
    group="hydra/launcher", name="cvsweep", node=_schema(), provider="cvsweep", **_REPLACE
)


class CvsweepLauncher(Launcher):
    """Runs all jobs that a sweeper launches as one sweep, with a trial for each job; equal jobs share one."""

    def __init__(self, **settings: Any) -> None:
        self._settings = {
            key: OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
            for key, value in settings.items()
        }
        self._batches: Any = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Remember what is to be run; Hydra calls this once."""
        from sweeper.hydra_launcher import Batches

        self._batches = Batches(self._settings, hydra_context, task_function, config)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run these jobs as trials; return once all have ended or the sweep is paused.

        Jobs that have not completed are FAILED. With `detach`, return an empty list at once.
        """
        returns: Sequence[JobReturn] = self._batches.launch(job_overrides, initial_job_idx)
        return returns
