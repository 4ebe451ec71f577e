"""Plain data out of OmegaConf: what is resolved, what is still alive, and copies with a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sweeper.compose.errors import guarded
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

Path = tuple[str | int, ...]

_ENVIRONMENT = lazy(r"\$\{oc\.env:[A-Za-z0-9_]+(,[^${}]*)?\}")


def resolved(cfg: DictConfig) -> dict[str, Any]:
    """The whole configuration as JSON knows it; a missing value is refused."""
    with guarded():
        try:
            data = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True, enum_to_str=True)
        except OmegaConfBaseException:
            _name_the_culprit(cfg)
            raise
    found: dict[str, Any] = as_json(data)
    return found


def _name_the_culprit(cfg: DictConfig) -> None:
    """Resolving a whole configuration does not say which key cannot be: try them one by one."""
    for path, _ in live_leaves(cfg):
        with guarded(format_path(path)):
            read(walk(cfg, path[:-1]), path[-1])


def format_path(path: Path) -> str:
    """A path as OmegaConf writes it: `a.x[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def walk(cfg: DictConfig, path: Path) -> Any:
    """The node at a path, interpolations left as they are."""
    at: Any = cfg
    for part in path:
        at = at._get_node(part)
    return at


def json_path(cfg: DictConfig, path: Path) -> Path:
    """The same path in the plain data, where every key is text."""
    return tuple(
        part if isinstance(walk(cfg, path[:at]), ListConfig) else _key(part) for at, part in enumerate(path)
    )


def read(parent: DictConfig | ListConfig, key: Any) -> Any:
    """A container's value there, as plain data."""
    value = parent[key]
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=True, throw_on_missing=True, enum_to_str=True)
    return as_json(value)


def as_json(data: Any) -> Any:
    """JSON's keys are text: so are ours."""
    if isinstance(data, dict):
        named = {_key(key): as_json(value) for key, value in data.items()}
        if len(named) < len(data):
            raise UsageError(f"two keys of {data} have the same text")
        return named
    if isinstance(data, list):
        return [as_json(value) for value in data]
    return data


def live_leaves(cfg: DictConfig) -> list[tuple[Path, str]]:
    """Where an interpolation stands that another key can change, with its text."""
    raw = OmegaConf.to_container(cfg, resolve=False, enum_to_str=True)
    return [(path, text) for path, text in texts(raw) if "${" in text and "${" in _ENVIRONMENT.sub("", text)]


def replace(data: Any, path: Sequence[str | int], value: Any) -> Any:
    """A copy in which `path` holds `value`; everything beside the path is shared."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[first] = replace(data[first], rest, value) if rest else value
    return copy


def lookup(data: Any, parts: Sequence[str]) -> Any:
    """The value at a path, or KeyError."""
    for part in parts:
        if not isinstance(data, dict):
            raise KeyError(part)
        data = data[part]
    return data


def texts(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in plain data, with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from texts(value, (*path, key))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from texts(value, (*path, at))
    elif isinstance(data, str):
        yield path, data


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)
