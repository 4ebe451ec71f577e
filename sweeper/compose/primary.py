"""The primary config for Hydra: that of the project, with the settings' types and defaults before it.

Hydra cannot merge a config *before* the primary config, but the types of settings must come first: merged
after it, their defaults would replace the project's values. So the project's file is read, entries are added
at the beginning of its defaults list, and the result is stored for Hydra under another name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig, OmegaConf, open_dict

from sweeper.compose.errors import STORED_SUFFIX, guarded
from sweeper.compose.project import Project
from sweeper.compose.schemas import BASE, register
from sweeper.compose.versions import REPLACE
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

_OURS = {"cluster": "local", "retry": "default"}
"""Groups that a run needs, with the option for a project that does not choose one."""

_SEARCHPATH = "hydra.searchpath="
_PACKAGE = lazy(r"\A(?:\s*#.*\n)*?\s*#\s*@package\s+(\S+)")


@dataclass(frozen=True)
class SearchPath:
    """The entries that Hydra searches after the primary folder, in this order.

    Attributes:
        given: the folder of --config-dir.
        listed: the user's `hydra.searchpath`.
        packaged: the configs of cvsweep.
    """

    given: tuple[str, ...]
    listed: tuple[str, ...]
    packaged: tuple[str, ...]

    def override(self, text: str) -> str:
        """Return an override; one of `hydra.searchpath` is changed to replace only the user's list."""
        path = self.replaced(text)
        return text if path is self else path.text()

    def replaced(self, text: str) -> SearchPath:
        """Return the search path after an override; the same object if it sets another key."""
        if not text.startswith(_SEARCHPATH):
            return self
        value = OverridesParser.create().parse_override(text).value()
        if not isinstance(value, list):
            return self  # Hydra reports the error
        return replace(self, listed=tuple(map(str, value)))

    def text(self, *, packaged: bool = True) -> str:
        """Return the override that sets this search path, with cvsweep's configs or without."""
        entries = self.entries if packaged else [*self.given, *self.listed]
        return _SEARCHPATH + "[" + ",".join(map(_quoted, entries)) + "]"

    @property
    def entries(self) -> list[str]:
        """All entries, each once."""
        return list(dict.fromkeys([*self.given, *self.listed, *self.packaged]))


def store_primary(project: Project) -> tuple[str, SearchPath]:
    """Store the extended primary config; return its name, and the search path after the primary folder."""
    register()
    file = project.file
    content = project.load(project.name)
    assert content is not None  # project.file would have raised
    groups = _chosen_groups(project, content)
    first = [f"/{BASE}", *({f"/{group}": ours} for group, ours in _OURS.items() if group not in groups)]
    path = _searchpath(project, content)
    folder, _, base = project.name.rpartition("/")
    ConfigStore.instance().store(
        f"{base}{STORED_SUFFIX}",
        _grown(content, first, path.entries),
        group=folder or None,
        package=_package(file),
        provider="cvsweep",
        **REPLACE,
    )
    return f"{project.name}{STORED_SUFFIX}", path


def _quoted(text: str) -> str:
    return QuotedString(text, Quote.single).with_quotes()


def _chosen_groups(project: Project, content: DictConfig) -> set[str]:
    """Return the groups that a defaults list chooses, also through the defaults lists of configs it names."""
    groups: set[str] = set()
    for entry in _defaults(content):
        if isinstance(entry, str):
            named = entry.split("@")[0].removeprefix("/")
            included = project.load(named) if named not in ("_self_", project.name) else None
            groups |= _chosen_groups(project, included) if included is not None else set()
        elif isinstance(entry, dict):
            groups |= {_group(str(key)) for key in entry if not str(key).startswith("override ")}
    return groups


def _group(key: str) -> str:
    return key.removeprefix("optional ").strip().removeprefix("/").split("@")[0]


def _searchpath(project: Project, content: DictConfig) -> SearchPath:
    with guarded(project.file.name):
        hydra = OmegaConf.select(content, "hydra")
        if not isinstance(hydra, DictConfig | None):
            raise UsageError(f"{project.file.name}: hydra must hold settings of Hydra, not {hydra!r}")
        own = OmegaConf.select(content, "hydra.searchpath")
    if own is not None and not OmegaConf.is_list(own):
        raise UsageError(f"{project.file.name}: hydra.searchpath must be a list, not {own!r}")
    given, packaged = (
        tuple(f"file://{folder}" for folder in folders) for folders in (project.own[1:], project.fallback)
    )
    return SearchPath(given, tuple(str(entry) for entry in own or []), packaged)


def _grown(content: DictConfig, first: list[Any], path: list[str]) -> DictConfig:
    grown = content.copy()
    own = _defaults(content)
    with open_dict(grown), guarded("hydra.searchpath"):
        grown.defaults = [*first, *own, *([] if "_self_" in own else ["_self_"])]
        OmegaConf.update(grown, "hydra.searchpath", path, force_add=True)
    return grown


def _defaults(content: DictConfig) -> list[Any]:
    plain = OmegaConf.to_container(content, resolve=False)
    defaults = plain.get("defaults", []) if isinstance(plain, dict) else []
    if not isinstance(defaults, list):
        raise UsageError("the defaults list of a configuration must be a list")
    return defaults


def _package(file: Path) -> str | None:
    found = _PACKAGE.match(file.read_text(encoding="utf-8"))
    return found[1] if found else None
