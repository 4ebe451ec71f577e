"""Refuses overrides that Hydra's grammar accepts, but that the user cannot have meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, Override
from omegaconf import DictConfig, OmegaConf

from sweeper.compose.grid import Options
from sweeper.core import hydra_own
from sweeper.core.errors import UsageError
from sweeper.core.mistyped import mistyped
from sweeper.core.mistyped_values import quoted
from sweeper.core.settings import RESERVED
from sweeper.core.value_kinds import empty_dict, looks_mistaken, mistaken, mistaken_list

_SUFFIXES = (".yaml", ".yml")


def refuse_hydras(overrides: Sequence[Override], *, multirun: bool) -> None:
    """Refuse overrides that only Hydra's own launchers and sweepers can use."""
    for override in overrides:
        text = hydra_own.refusal(override.key_or_group, override.value(), multirun=multirun)
        if text:
            raise UsageError(text)


def refuse_options(overrides: Sequence[Override], options: Options) -> None:
    """Refuse overrides that cannot choose an option: no key, a value that is not a text, or a file name.

    For Hydra `model=cnn.yaml` is the same as `model=cnn`, but the choice in the table would differ.
    """
    words = [override.input_line or "" for override in overrides]
    for at, override in enumerate(overrides):
        if not override.key_or_group:
            raise UsageError(mistyped(words, at))
        _refuse_no_text(override, options)
        for text in _texts(override):
            if text.endswith(_SUFFIXES) and options(override.key_or_group):
                name, right = override.get_key_element().lstrip("+"), text.rpartition(".")[0]
                raise UsageError(f"{name}={text}: an option is named without its suffix: {name}={right}")


def _refuse_no_text(override: Override, options: Options) -> None:
    key, value = override.key_or_group, override.value()
    if override.is_delete() or not isinstance(value, int | float | None) or not options(key):
        return
    if value is None or isinstance(value, bool):
        raise UsageError(
            f"{override.input_line}: name one of {', '.join(options(key))}, or leave it out: ~{key}"
        )
    raise UsageError(
        f"{override.input_line}: an option whose name is a number is quoted: {quoted(key, str(value))}"
    )


def refuse_values(
    overrides: Sequence[Override], load: Callable[[list[Override]], DictConfig], *, multirun: bool
) -> list[str]:
    """Refuse texts such as `0..4` for numbers, and lists if each entry was probably meant as a value.

    Args:
        overrides: the parsed overrides.
        load: composes overrides; called only if one of them is suspicious.
        multirun: whether this is a grid.

    Returns:
        Messages about lists that are accepted because another override varies.
    """
    found = [one for one in overrides if _is_suspicious(one, multirun)]
    if not found:
        return []
    swept, remarks = [one for one in overrides if one.is_sweep_override()], []
    cfg = load([one for one in overrides if not any(one is each for each in (*found, *swept))])
    for override in found:
        key = override.key_or_group
        known = OmegaConf.select(cfg, key, throw_on_resolution_failure=False, throw_on_missing=False)
        for problem in filter(None, (mistaken(key, text, known) for text in _texts(override))):
            raise UsageError(problem)
        if isinstance(override.value(), list) and (problem := mistaken_list(key, _written(override), known)):
            if not swept:
                raise UsageError(problem)
            remarks.append(problem)
    return remarks


def empty_dicts(overrides: Sequence[Override], cfg: DictConfig) -> list[str]:
    """Return messages about overrides with empty dicts; `cfg` is composed with the fixed overrides."""
    remarks = []
    for override in overrides:
        value: Any = None if override.is_delete() else override.value()
        if {} in (value.list if isinstance(value, ChoiceSweep) else [value]):
            key = override.key_or_group
            node = OmegaConf.select(cfg, key, throw_on_resolution_failure=False, throw_on_missing=False)
            known = OmegaConf.to_container(node, resolve=False) if OmegaConf.is_config(node) else node
            remarks.append(empty_dict(key, known))
    return remarks


def _is_suspicious(override: Override, multirun: bool) -> bool:
    if override.is_delete() or override.key_or_group.split(".")[0] in RESERVED:
        return False
    return (multirun and isinstance(override.value(), list)) or any(map(looks_mistaken, _texts(override)))


def _texts(override: Override) -> Iterator[str]:
    """Yield the values that are texts and are written without quotes or backslashes."""
    written = _written(override)
    if override.is_delete() or "\\" in written:
        return
    value: Any = override.value()
    if isinstance(value, ChoiceSweep):
        yield from (one.strip() for one in value.list if isinstance(one, str))
    elif isinstance(value, str) and not written.startswith(("'", '"')):
        yield value.strip()


def _written(override: Override) -> str:
    return (override.input_line or "").partition("=")[2].strip()
