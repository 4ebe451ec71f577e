"""The folders of configurations: that of the project, then --config-dir, then the packaged configs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from sweeper import packaged_data
from sweeper.compose.errors import check_encoding, guarded
from sweeper.compose.runnable import runnable
from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.files.own_paths import expanded
from sweeper.store import upwards

DEFAULT_NAME = "config"


@dataclass(frozen=True)
class Project:
    """The folders of configurations for one run, and the primary config.

    Attributes:
        own: the user's folders: Hydra's primary folder, and that of --config-dir.
        name: the name of the primary config, without suffix.
        fallback: the folder of the packaged configs, which is searched last.
    """

    own: tuple[Path, ...]
    name: str
    fallback: tuple[Path, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """All folders, in the order in which they are searched."""
        return (*self.own, *self.fallback)

    @property
    def primary(self) -> Path:
        return self.folders[0]

    @property
    def file(self) -> Path:
        """The file of the primary config; UsageError if it does not exist."""
        path = self.path_of(self.name)
        if path is None:
            raise UsageError(f"no {self.name}.yaml in {' or '.join(map(str, self.own))}; {self.others()}")
        return path

    def others(self) -> str:
        """Return a hint on files that may be meant instead of a missing primary config."""
        there = sorted({found.stem for folder in self.own for found in folder.glob("*.yaml")})
        if there:
            start = [*runnable(self.own), there[0]][0]
            return f"there is {listed(there)}: choose with --config-name, as in -cn {start}"
        if short := next((found for folder in self.own for found in folder.glob("*.yml")), None):
            return f"there is {short.name}, and Hydra reads only .yaml: rename it to {short.stem}.yaml"
        return "`cvsweep init` writes one that runs at once"

    def load(self, name: str) -> DictConfig | None:
        """Return the content of a config as written, from the first folder that has it; None if none has."""
        path = self.path_of(name)
        if path is None:
            return None
        check_encoding(path)
        with guarded(path.name):
            content = OmegaConf.load(path)
        if not isinstance(content, DictConfig):
            raise UsageError(f"{path}: a configuration holds keys and values, not a list")
        return content

    def path_of(self, name: str) -> Path | None:
        return next((path for path in self._candidates(name) if path.is_file()), None)

    def _candidates(self, name: str) -> Iterator[Path]:
        return (folder / f"{name}.yaml" for folder in self.folders)


def find_project(root: Path, config_dir: Path | None, config_name: str | None) -> Project:
    """Return the configurations for a run in `root`, in Hydra's order: --config-dir adds to `root`/configs.

    Args:
        root: the folder of the project.
        config_dir: the option --config-dir.
        config_name: the option --config-name; "config" by default.

    Raises:
        UsageError: there is no such folder, or no such primary config.
    """
    own = (root / "configs").resolve()
    given = own
    if config_dir is not None:
        given = (root / expanded("--config-dir", str(config_dir))).resolve()
    if not given.is_dir():
        raise UsageError(_no_folder(given, config_dir))
    mine = tuple(dict.fromkeys([*([own] if own.is_dir() else []), given]))
    packaged = packaged_configs()
    name = (config_name or DEFAULT_NAME).removesuffix(".yaml")
    project = Project(mine, name, () if packaged in mine else (packaged,))
    _check_name(project, explicit=config_name is not None)
    return project


def packaged_configs() -> Path:
    """Return the folder of configs in the installed package, or beside it if cvsweep runs from source."""
    return packaged_data.folder("configs", "cluster")


def _check_name(project: Project, *, explicit: bool) -> None:
    borrowed = project.file.parent in project.fallback
    if borrowed and not explicit:
        raise UsageError(f"no {project.name}.yaml in {project.primary}; {project.others()}")


def _no_folder(folder: Path, config_dir: Path | None) -> str:
    if config_dir is not None:
        return f"--config-dir: there is no folder {folder}"
    here = folder.parent
    hints = [_instead(here, name) for name in upwards.lies_there(str(here))]
    if above := upwards.project_above(str(here)):
        hints.append(f"the project {above} is above: run it there")
    hints = hints or [
        "run cvsweep in your project's folder, or `cvsweep init` writes a project that runs at once"
    ]
    return f"no configs folder here ({here}): {'; '.join(hints)}"


def _instead(here: Path, name: str) -> str:
    """Return the hint on how to use a configuration that is not in configs/."""
    if not (here / name).is_dir():
        return f"there is {name}, and cvsweep reads configs/config.yaml: move it there"
    stems = sorted(file.stem for file in (here / name).glob("*.yaml"))
    if not stems:
        return f"there is {name}/, and Hydra reads only .yaml, not .yml"
    ready = runnable([here / name])
    start = next((one for one in (DEFAULT_NAME, *ready, *stems) if one in (ready or stems)), "")
    choice = "" if start == DEFAULT_NAME else f" -cn {start}"
    return f"there is {name}/: to start from it type cvsweep -cd {name}{choice}"
