"""The parameters of a Hydra app's own configuration, which the app itself resolves when it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.plain_data import as_json, format_path, read, replace, texts, walk
from sweeper.compose.resolvers import Uses, recorded
from sweeper.compose.unstable_resolvers import watched
from sweeper.compose.variables import LearnedError, SecretVariables
from sweeper.core.secrets import secret_keys

_OF_THE_JOB = ("job.num", "job.id")
"""Keys of Hydra's node that a launcher knows before the app runs."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one configuration.

    Attributes:
        values: the parameters as JSON data. A value that only the running app knows
            (`${hydra:runtime.output_dir}`, `${now:…}`, a random number), or that cannot be resolved here, is
            its text as written.
        secrets: the dotted keys of the values that are secrets.
        of_the_point: whether a value may depend on the overrides of the job, or on its number
            (`${hydra:job.num}`).
    """

    values: dict[str, Any]
    secrets: tuple[str, ...]
    of_the_point: bool = False


Configured = tuple[DictConfig, Callable[[], AbstractContextManager[None]]]
"""A configuration without Hydra's node, and a context in which `${hydra:…}` reads that node."""


def read_parameters(configured: Sequence[Configured], listed: Sequence[str] = ()) -> list[Parameters]:
    """Return the parameters of each of these configurations.

    Args:
        listed: keys whose values are secrets although their names do not say so.
    """
    secrets = SecretVariables(tuple(listed))
    while True:
        with recorded(secrets, known=_OF_THE_JOB) as uses, watched(partial(setattr, uses, "unstable", True)):
            try:
                return [_read(cfg, active, uses) for cfg, active in configured]
            except LearnedError:  # a further variable is a secret: what was read may hold its value
                continue


def _read(cfg: DictConfig, active: Callable[[], AbstractContextManager[None]], uses: Uses) -> Parameters:
    raw = OmegaConf.to_container(cfg, resolve=False, enum_to_str=True)
    values: Any = _plain(raw)
    uses.of_the_point = False
    with active():
        for path, text in texts(raw):
            if "${" not in text:
                continue
            uses.clear()
            value = _resolved(cfg, path, text)
            uses.secrets.look(format_path(path))
            if not (uses or uses.secrets.of_the_trial):
                values = replace(values, path, value)
    uses.secrets.check()
    found: dict[str, Any] = as_json(values)
    hidden = secret_keys(found, uses.secrets.listed, uses.secrets.learned)
    return Parameters(found, hidden, uses.of_the_point)


def _resolved(cfg: DictConfig, path: tuple[str | int, ...], text: str) -> Any:
    """Return the value at `path`; its text if it cannot be resolved, or is not JSON data."""
    try:
        return _plain(read(walk(cfg, path[:-1]), path[-1]))
    except Exception:  # noqa: BLE001  # a resolver is the app's own code; the app will say what is wrong with it
        return text


def _plain(data: Any) -> Any:
    """Return the data with paths and bytes as text; TypeError for other types that JSON does not have."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(value) for value in data]
    if isinstance(data, bytes):
        return repr(data)
    if isinstance(data, os.PathLike):
        return os.fspath(data)
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    raise TypeError(type(data).__name__)
