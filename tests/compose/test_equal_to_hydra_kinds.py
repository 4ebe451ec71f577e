"""Each kind of grid that is composed without Hydra for every point, against Hydra's own compose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.compose.reference import (
    SharedLoads,
    ours,
    parameters,
    reference,
    same,
    write_projects,
)


@pytest.fixture(scope="module")
def loads() -> Iterator[SharedLoads]:
    with pytest.MonkeyPatch.context() as patch:
        yield SharedLoads(patch)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, loads: SharedLoads) -> Path:
    return write_projects(tmp_path_factory.mktemp("projects"))["live"]


# The overrides of a grid, and those of its last point. Kinds that do not meet share a grid.
QUICK = {
    "new keys, set or add, keys that are dropped": (
        ["+new=1,2", "+more.deep=1,2", "+more.b=a,b", "++lr=1,2", "++opt.new=3,null", "~flag", "~opt.deep.b"],
        ["+new=2", "+more.deep=2", "+more.b=b", "++lr=2", "++opt.new=null", "~flag", "~opt.deep.b"],
    ),
    "keys in the order given, dropped and new again": (
        ["+b=1,2", "+a=1", "~flag", "+c=3,4", "+flag=1,2", "+z=1"],
        ["+b=2", "+a=1", "~flag", "+c=4", "+flag=2", "+z=1"],
    ),
    "a dict that merges, then one of its keys; lists": (
        ["opt={momentum:1},{deep:{a:5}}", "opt.momentum=3,4", "dims=[1],[2,{a:b}]", "nothing={a:1},3"],
        ["opt={deep:{a:5}}", "opt.momentum=4", "dims=[2,{a:b}]", "nothing=3"],
    ),
    "a key, then dicts that have it; an entry of a list": (
        ["opt.deep.a=3,4", "opt={deep:{a:1}},{momentum:7}", "++opt={deep:{b:z}}", "dims.0=1,2", "dims.1=3"],
        ["opt.deep.a=4", "opt={momentum:7}", "++opt={deep:{b:z}}", "dims.0=2", "dims.1=3"],
    ),
    "references in values, and to what varies": (
        [
            "name='x-${lr}','${lr}'",
            "lr=1,2",
            "wd=1,'${steps}'",
            "+new={a:'${lr}'},{b:['${wd}']}",
            "+opt={y:2},{x:1}",
        ],
        ["name='${lr}'", "lr=2", "wd='${steps}'", "+new={b:['${wd}']}", "+opt={x:1}"],
    ),
    "groups, one of them at a package": (
        ["model=small,big", "aug@net.aug=none,flip", "net.aug.p=1,2", "+new={k:'${model.kind}'},1"],
        ["model=big", "aug@net.aug=flip", "net.aug.p=2", "+new=1"],
    ),
    "a dict for a group's key": (["model={width:3},{width:4}"], ["model={width:4}"]),
}

# Here one override may read what another one sets, or the order decides: Hydra composes each point.
BY_HYDRA = {
    "a dict merged over references": (
        ["opt.deep.a=1,2", "nested={list:[1]},{relative:5}"],
        ["opt.deep.a=2", "nested={relative:5}"],
    ),
    "a reference that a later dict is merged over": (
        ["+new={a:'${lr}'},{a:'${opt}'}", "++new={a:{b:1}}"],
        ["+new={a:'${opt}'}", "++new={a:{b:1}}"],
    ),
}


@pytest.mark.parametrize(("overrides", "last"), QUICK.values(), ids=QUICK)
def test_points_of_this_kind_equal_hydras_and_are_not_composed_one_by_one(
    live: Path, loads: SharedLoads, overrides: list[str], last: list[str]
) -> None:
    must = ["must=1"]
    loads.texts.clear()
    found = ours(live, [*must, *overrides])
    assert not any(_is_a_point(texts, overrides) for texts in loads.texts)
    assert found[-1].overrides == (*must, *last)
    same(parameters(found[-1]), reference(live, (*must, *last)))


def _is_a_point(texts: Sequence[str], overrides: Sequence[str]) -> bool:
    """Has something been composed with a value for each of the overrides?"""
    return len(texts) > len(overrides)


@pytest.mark.parametrize(("overrides", "last"), BY_HYDRA.values(), ids=BY_HYDRA)
def test_points_that_depend_on_more_than_their_own_overrides_are_hydras(
    live: Path, overrides: list[str], last: list[str]
) -> None:
    found = ours(live, ["must=1", *overrides])[-1]
    assert found.overrides == ("must=1", *last)
    same(parameters(found), reference(live, found.overrides))
