"""The parameters of an app's own configuration: what its row says is what it runs with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from omegaconf import OmegaConf

from sweeper.compose.parameters import read_parameters
from sweeper.compose.versions import register_resolver

COUNTER = itertools.count()


@pytest.fixture
def resolvers() -> Iterator[list[Any]]:
    """Resolvers as apps register them; what `slow` was called with."""
    called: list[Any] = []

    def slow(x: int) -> int:
        called.append(x)
        return 2 * x

    register_resolver("fresh", lambda *_: next(COUNTER), replace=True)
    register_resolver("once", lambda *_: next(COUNTER), replace=True, use_cache=True)
    register_resolver("double", lambda x: 2 * x, replace=True)
    register_resolver("slow", slow, replace=True)
    yield called
    for name in ("fresh", "once", "double", "slow"):
        OmegaConf.clear_resolver(name)


def read(*configs: dict[str, Any]) -> list[dict[str, Any]]:
    found = read_parameters([(OmegaConf.create(one), nullcontext) for one in configs])
    return [one.values for one in found]


@pytest.mark.usefixtures("resolvers")
@pytest.mark.parametrize("name", ["fresh", "once"])
def test_a_value_that_is_another_one_each_time_is_its_text(name: str) -> None:
    """The app resolves it again; what depends on it is not known either, all else is."""
    seed = f"${{{name}:0,9}}"
    (found,) = read({"lr": 1, "seed": seed, "name": "s${seed}", "twice": "${double:${lr}}"})
    assert found == {"lr": 1, "seed": seed, "name": "s${seed}", "twice": 2}


@pytest.mark.usefixtures("resolvers")
def test_what_an_app_has_cached_stays_so() -> None:
    """Looking whether it is stable changes no value that the configuration has resolved already."""
    config = OmegaConf.create({"seed": "${once:}"})
    before = config.seed
    read_parameters([(config, nullcontext)])
    assert config.seed == before


def test_a_resolver_is_tried_again_once_for_the_same_arguments(resolvers: list[Any]) -> None:
    """It may take its time; a sweep has many jobs."""
    assert read({"a": "${slow:1}"}, {"a": "${slow:1}"}, {"a": "${slow:2}"}) == [{"a": 2}, {"a": 2}, {"a": 4}]
    assert resolvers.count(2) == 4
    assert resolvers.count(1) == 5
    assert OmegaConf.create({"a": "${slow:3}"}).a == 6
    assert resolvers.count(3) == 1
