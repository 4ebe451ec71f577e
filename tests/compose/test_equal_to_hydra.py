"""What is composed here equals Hydra's own compose, value for value and type for type."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Transformer
from hydra.errors import HydraException, OverrideParseException
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sweeper.core.errors import UsageError
from tests.compose.reference import SharedLoads, ours, parameters, reference, same, write_projects

# Hydra needs a tenth of a second for each reference: the default run plays a small part of them, and
# shrinking would take minutes for grids that are small anyway. All kinds are in test_equal_to_hydra_kinds.py.
EXAMPLES = int(os.environ.get("CVSWEEP_EXAMPLES", "2"))
MOST = 2 if EXAMPLES < 10 else 3
"""Overrides of a grid beside its groups."""

KEYS = ["lr", "steps", "name", "flag", "nothing", "opt.momentum", "opt.deep.a", "opt.deep.b", "model.width"]
SCALARS = [
    "1", "1.0", "1e-3", "0.001", "-5", "true", "null", "hello", "'1'", "'a b'", '"x,y"', "'a=b'", "inf",
    "1_000", "str(2)", "float(3)", "'it\\'s'", "/some/path", "a-b", "'é'", "''", "0x10", "nan", "-0.0",
]  # fmt: skip
LISTS = ["[]", "[1,2]", "[a,'b c',null,1.5]", "[[1],[2]]"]
HARD = ["{a:1}", "{b:{c:2}}", "{a:'${lr}'}", "{deep:{a:'${.b}'}}", "'${lr}'", "${steps}", "'???'"]

NUMBERS = st.sampled_from(["range(2)", "range(0,0.3,0.1)", "choice(1,2)", "sort(3,1)", "tag(t,choice(a,b))"])


def axis(keys: list[str], values: list[str]) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(",".join)
    return st.builds(lambda key, text: f"{key}={text}", st.sampled_from(keys), chosen | NUMBERS)


def grids(*axes: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    groups = st.sampled_from([[], ["model=big"], ["model=small,big"], ["model=big,small"]])
    must = st.sampled_from([["must=1"], ["must=a,1.0"], ["must=x"], ["must=[1],null"]])
    lists = st.lists(st.one_of(*axes), min_size=1, max_size=MOST, unique_by=lambda text: text.split("=")[0])
    return st.builds(
        lambda g, m, a, first: g + m + a if first else a + m + g, groups, must, lists, st.booleans()
    )


EASY = grids(axis(KEYS, SCALARS), axis(["dims", "opt.betas", "name"], LISTS))
ANY = grids(
    axis(KEYS, SCALARS + HARD),
    axis(
        ["dims", "opt", "opt.deep", "wd", "copy", "model", "nested.list", "dims.0", "dims[1]"],
        LISTS + HARD + SCALARS,
    ),
    axis(
        ["+new", "+new.a", "++new.b", "++lr", "+opt.new", "++opt.deep.a", "+lr", "missing"],
        SCALARS + HARD + LISTS,
    ),
    axis(["opt", "+new", "++opt.new", "nested", "copy"], HARD),
    st.sampled_from(
        [
            "~opt.deep",
            "~name",
            "~missing",
            "+new=1",
            "opt={momentum:1}",
            "~model",
            "hydra.job.name=x",
            "aug@net.aug=none,flip",
            "copy.momentum=3",
            "~copy",
            "+z={a:'${new}'}",
        ]
    ),
)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The projects; what they compose to is composed once for all examples."""
    with pytest.MonkeyPatch.context() as patch:
        SharedLoads(patch)
        found = write_projects(tmp_path_factory.mktemp("projects"))
        assert isinstance(reference(found["live"], ("must=1",)), dict)
        yield found


SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@SETTINGS
@given(overrides=EASY, data=st.data())
def test_a_plain_grid_has_hydras_values(
    roots: dict[str, Path], overrides: list[str], data: st.DataObject
) -> None:
    compare(roots["plain"], overrides, data)


@SETTINGS
@given(overrides=EASY, data=st.data())
def test_a_grid_with_live_interpolations_has_hydras_values(
    roots: dict[str, Path], overrides: list[str], data: st.DataObject
) -> None:
    compare(roots["live"], overrides, data)


@SETTINGS
@given(overrides=ANY, data=st.data())
def test_whatever_hydra_accepts_has_hydras_values_and_the_rest_is_refused(
    roots: dict[str, Path], overrides: list[str], data: st.DataObject
) -> None:
    compare(roots["live"], overrides, data)


def compare(root: Path, overrides: list[str], data: st.DataObject) -> None:
    try:
        found = ours(root, overrides)
    except UsageError:
        # Hydra too composes the overrides that do not vary alone, before any point.
        tried = [alone(overrides), *expansion(overrides)]
        assert any(isinstance(reference(root, point), Exception) for point in tried)
        return
    wanted = expansion(overrides)
    assert len(found) == len(wanted)
    sample = data.draw(st.sets(st.integers(0, len(wanted) - 1), min_size=1, max_size=2))
    for at in sample:
        same(parameters(found[at]), reference(root, wanted[at]))


def expansion(overrides: list[str]) -> list[tuple[str, ...]]:
    """The overrides of each point, in the order of Hydra's own basic sweeper.

    A text is quoted: Hydra's sweeper would make the number 2 of `str(2)`.
    """
    lists: dict[str, list[str]] = {}
    try:
        parsed = OverridesParser.create().parse_overrides(overrides)
    except OverrideParseException:
        return [tuple(overrides)]
    for override in parsed:
        key = override.get_key_element()
        if override.is_sweep_override():
            lists[key] = [f"{key}={Transformer.str(quoted(value))}" for value in override.sweep_iterator()]
        else:
            lists[key] = [str(override.input_line)]
    return list(itertools.product(*lists.values()))


def alone(overrides: list[str]) -> tuple[str, ...]:
    parser = OverridesParser.create()
    try:
        return tuple(text for text in overrides if not parser.parse_override(text).is_sweep_override())
    except HydraException:
        return tuple(overrides)


def quoted(value: Any) -> Any:
    if isinstance(value, list):
        return [quoted(element) for element in value]
    return QuotedString(value, Quote.single) if isinstance(value, str) else value
