"""Plain data from OmegaConf: resolved values, live leaves (unresolved interpolations), and changed copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sweeper.compose.errors import guarded
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

Path = tuple[str | int, ...]

_ENVIRONMENT = lazy(r"\$\{oc\.env:(?!CVSWEEP_)[A-Za-z0-9_]+(,[^${}]*)?\}")


def resolved(cfg: DictConfig) -> dict[str, Any]:
    """Return the whole configuration, resolved, with JSON's types; UsageError if a value is missing."""
    with guarded():
        try:
            data = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True, enum_to_str=True)
        except OmegaConfBaseException:
            _name_the_culprit(cfg)
            raise
    found: dict[str, Any] = as_json(data)
    return found


def _name_the_culprit(cfg: DictConfig) -> None:
    """Resolve keys one by one to name the one that fails: the error for the whole may not name it."""
    for path, _ in live_leaves(cfg):
        with guarded(format_path(path)):
            read(walk(cfg, path[:-1]), path[-1])


def format_path(path: Path) -> str:
    """Return a path in OmegaConf's form: `a.x[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def walk(cfg: DictConfig, path: Path) -> Any:
    """Return the node at a path, without resolving interpolations."""
    at: Any = cfg
    for part in path:
        at = at._get_node(part)
    return at


def json_path(cfg: DictConfig, path: Path) -> Path:
    """Return the corresponding path in the plain data, where every key is text."""
    return tuple(
        part if isinstance(walk(cfg, path[:at]), ListConfig) else _key(part) for at, part in enumerate(path)
    )


def read(parent: DictConfig | ListConfig, key: Any) -> Any:
    """Return the resolved value of a key in a container, as plain data."""
    value = parent[key]
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=True, throw_on_missing=True, enum_to_str=True)
    return as_json(value)


def as_json(data: Any) -> Any:
    """Return plain data with all keys as text, as in JSON; UsageError if two keys have the same text."""
    if isinstance(data, dict):
        named = {_key(key): as_json(value) for key, value in data.items()}
        if len(named) < len(data):
            raise UsageError(f"two keys of {data} have the same text")
        return named
    if isinstance(data, list):
        return [as_json(value) for value in data]
    return data


def live_leaves(cfg: DictConfig) -> list[tuple[Path, str]]:
    """Return path and text of each value with interpolations, except those of environment variables alone.

    Variables that a trial gets from cvsweep (`CVSWEEP_OUT`) are none of these: they have other values there.
    """
    raw = OmegaConf.to_container(cfg, resolve=False, enum_to_str=True)
    return [(path, text) for path, text in texts(raw) if "${" in text and "${" in _ENVIRONMENT.sub("", text)]


def replace(data: Any, path: Sequence[str | int], value: Any) -> Any:
    """Return a copy with `value` at `path`, which shares all other parts with the original."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[first] = replace(data[first], rest, value) if rest else value
    return copy


def lookup(data: Any, parts: Sequence[str]) -> Any:
    """Return the value at a path; KeyError if it does not exist."""
    for part in parts:
        if not isinstance(data, dict):
            raise KeyError(part)
        data = data[part]
    return data


def texts(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in plain data after its path."""
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
