"""`cluster` for processes on this machine; times are in seconds.

Like all settings this is the schema that Hydra checks a user's values against, and the table of
docs/settings.md is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.core.errors import UsageError
from sweeper.core.setting import setting
from sweeper.core.setting_rules import UMASK, at_least, full_path, optional, own_path

LOCAL = "local"


@dataclass(frozen=True)
class LocalSettings:
    """Processes on this machine."""

    backend: str = LOCAL
    max_parallel: int | None = setting(
        None,
        "how many trials run at once; null: as many as the GPUs allow, or one per core without GPUs",
        optional(at_least(1)),
    )
    gpus: int | None = setting(
        None,
        "how many GPUs a trial gets; null: one if any is visible; `0`: none, it runs on the CPU with"
        " `CUDA_VISIBLE_DEVICES` empty",
        optional(at_least(0)),
    )
    trials_per_gpu: int = setting(
        1, "how many trials share each GPU; above 1 only if a trial gets one GPU", at_least(1)
    )
    gpu_locks: str | None = setting(
        None,
        "the folder of the lock files with which all sweeps of a machine reserve GPUs; null:"
        " `/tmp/cvsweep-gpus`",
        own_path(optional(full_path("the full path of a folder"))),
    )
    umask: str | None = setting(
        None,
        "how open to others is what the attempts write (log and record included); null: as your umask says."
        " What cvsweep itself writes is for nobody else to change",
        UMASK,
    )
    grace: float = setting(30.0, "from TERM to KILL", at_least(0, "seconds"))

    def check(self) -> None:
        """UsageError if trials are to share a GPU and to get several."""
        if self.trials_per_gpu > 1 and (self.gpus or 0) > 1:
            raise UsageError(
                f"cluster.trials_per_gpu={self.trials_per_gpu} is for trials that share one GPU, and"
                f" cluster.gpus={self.gpus} gives each of them several: leave one out"
            )
