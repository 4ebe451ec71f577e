"""The settings of the launcher, in a module of its own: a dataclass cannot be in one that Hydra loads itself.

Hydra does not load modules whose names begin with `_`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class CvsweepLauncherConf:
    """`hydra.launcher`: the settings of cvsweep that a Hydra app may give.

    Attributes:
        name: the sweep's name, `sweep.name`: the same command with the same name resumes it, and adds points.
        root: the folder that sweeps lie in, `sweep.root`.
        cluster: where the trials run; `hydra/launcher/cluster=cvlab` chooses a file.
        retry, results, code: as the sections of these names of a cvsweep configuration.
        pause_after, secrets: as `sweep.pause_after` and `sweep.secrets`.
        time_limit: as `task.time_limit`.
        detach: leave the sweep to a controller in the background, and return at once.
    """

    _target_: str = "hydra_plugins.cvsweep_launcher.launcher.CvsweepLauncher"
    defaults: list[Any] = field(
        default_factory=lambda: ["_self_", {"cluster": "local"}, {"retry": "default"}]
    )
    name: str | None = None
    root: str = "sweeps"
    cluster: Any = field(default_factory=dict)
    retry: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    code: dict[str, Any] = field(default_factory=dict)
    pause_after: int = 5
    secrets: list[str] = field(default_factory=list)
    time_limit: float | None = None
    detach: bool = False
