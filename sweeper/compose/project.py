"""Where configurations are found: the project's own folder first, what cvsweep brings last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from sweeper import packaged
from sweeper.compose.errors import guarded
from sweeper.core.errors import UsageError

DEFAULT_NAME = "config"


@dataclass(frozen=True)
class Project:
    """The folders of one run, the first of which is Hydra's primary one, and the file to start from."""

    folders: tuple[Path, ...]
    name: str

    @property
    def primary(self) -> Path:
        return self.folders[0]

    def load(self, name: str) -> DictConfig | None:
        """A config file's content as it is written, from the first folder that has it."""
        path = self.path_of(name)
        if path is None:
            return None
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
    """The folders that a run in `root` looks in."""
    own = (root / "configs").resolve()
    given = (root / config_dir).resolve() if config_dir is not None else own
    if not given.is_dir():
        raise UsageError(_no_folder(given, config_dir))
    folders = [given, *([own] if own.is_dir() else []), packaged_configs()]
    name = (config_name or DEFAULT_NAME).removesuffix(".yaml")
    project = Project(folders=tuple(dict.fromkeys(folders)), name=name)
    _check_name(project, explicit=config_name is not None)
    return project


def packaged_configs() -> Path:
    """The configs in the installed package, or beside it where cvsweep runs from its source tree."""
    return packaged.folder("configs", "cluster")


def chosen_groups(project: Project, content: DictConfig) -> set[str]:
    """The groups that the defaults list of a root config chooses, or those of the configs it names."""
    groups: set[str] = set()
    for entry in _defaults(content):
        if isinstance(entry, str):
            included = project.load(entry.split("@")[0]) if entry != "_self_" else None
            groups |= chosen_groups(project, included) if included is not None else set()
        elif isinstance(entry, dict):
            groups |= {_group(str(key)) for key in entry if not str(key).startswith("override ")}
    return groups


def searchpath(project: Project, content: DictConfig) -> list[Any]:
    """The user's `hydra.searchpath`, then ours, so that theirs wins."""
    with guarded(f"{project.name}.yaml"):
        own = OmegaConf.select(content, "hydra.searchpath")
    listed = list(own) if OmegaConf.is_list(own) else []
    return listed + [f"file://{folder}" for folder in project.folders[1:]]


def with_defaults(content: DictConfig, first: list[Any], path: list[Any]) -> DictConfig:
    """The same config with entries before its defaults list, and its search path replaced."""
    grown = content.copy()
    own = _defaults(content)
    with open_dict(grown):
        grown.defaults = [*first, *own, *([] if "_self_" in own else ["_self_"])]
        OmegaConf.update(grown, "hydra.searchpath", path, force_add=True)
    return grown


def _defaults(content: DictConfig) -> list[Any]:
    if "defaults" not in content:
        return []
    plain = OmegaConf.to_container(content, resolve=False)
    defaults = plain.get("defaults") if isinstance(plain, dict) else None
    if not isinstance(defaults, list):
        raise UsageError("the defaults list of a configuration is a list")
    return defaults


def _group(key: str) -> str:
    return key.removeprefix("optional ").strip().removeprefix("/").split("@")[0]


def _check_name(project: Project, *, explicit: bool) -> None:
    path = project.path_of(project.name)
    if path is None:
        there = sorted(p.stem for p in project.primary.glob("*.yaml"))
        raise UsageError(
            f"no {project.name}.yaml in {project.primary}"
            + (f"; there is {', '.join(there)}" if there else "; `cvsweep init` writes one that runs at once")
        )
    if not explicit and path.parent == project.folders[-1] != project.primary:
        raise UsageError(
            f"no {project.name}.yaml in {project.primary}; `cvsweep init` writes one that runs at once"
        )


def _no_folder(folder: Path, config_dir: Path | None) -> str:
    if config_dir is not None:
        return f"--config-dir: there is no folder {folder}"
    return (
        f"no configs folder here ({folder.parent}): run cvsweep in your project's folder,"
        " or `cvsweep init` writes a project that runs at once"
    )
