"""What is composed here equals Hydra's own compose, value for value and type for type."""

from __future__ import annotations

import functools
import itertools
import json
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Transformer
from hydra.errors import HydraException, OverrideParseException
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from sweeper.arguments import parse_arguments
from sweeper.compose import composition
from sweeper.compose.points import Point
from sweeper.compose.project import find_project
from sweeper.compose.session import open_session
from sweeper.compose.versions import VERSION_BASE
from sweeper.core.errors import UsageError
from sweeper.core.settings import RESERVED

PLAIN = """
    defaults:
      - model: small
      - _self_
    task: {command: [python, train.py, "{args}"]}
    lr: 0.1
    steps: 10
    name: base
    flag: true
    nothing: null
    must: ???
    home: ${oc.env:CVSWEEP_TEST_HOME,nowhere}
    dims: [8, 16]
    opt: {momentum: 0.9, betas: [0.9, 0.99], deep: {a: 1, b: x}}
"""
LIVE = (
    PLAIN
    + """
    wd: ${lr}
    tag: ${name}-${model.kind}-${steps}
    copy: ${opt}
    nested: {list: ["${opt.deep.a}", fixed, "${dims}"], relative: "${.list}"}
    width: ${model.width}
"""
)
GROUPS = {
    "model__small": "kind: small\nwidth: 1\n",
    "model__big": "kind: big\nwidth: 2\nextra: {layers: 3}\n",
}

KEYS = ["lr", "steps", "name", "flag", "nothing", "opt.momentum", "opt.deep.a", "opt.deep.b", "model.width"]
SCALARS = [
    "1", "1.0", "1e-3", "0.001", "-5", "true", "null", "hello", "'1'", "'a b'", '"x,y"', "'a=b'", "inf",
    "1_000", "str(2)", "float(3)", "'it\\'s'", "/some/path", "a-b", "'é'", "''", "0x10", "nan", "-0.0",
]  # fmt: skip
LISTS = ["[]", "[1,2]", "[a,'b c',null,1.5]", "[[1],[2]]"]
HARD = ["{a:1}", "{b:{c:2}}", "'${lr}'", "${steps}", "'???'"]

NUMBERS = st.sampled_from(["range(2)", "range(0,0.3,0.1)", "choice(1,2)", "sort(3,1)", "tag(t,choice(a,b))"])


def axis(keys: list[str], values: list[str]) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(",".join)
    return st.builds(lambda key, text: f"{key}={text}", st.sampled_from(keys), chosen | NUMBERS)


def grids(*axes: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    groups = st.sampled_from([[], ["model=big"], ["model=small,big"], ["model=big,small"]])
    must = st.sampled_from([["must=1"], ["must=a,1.0"], ["must=x"], ["must=[1],null"]])
    lists = st.lists(st.one_of(*axes), min_size=1, max_size=2, unique_by=lambda text: text.split("=")[0])
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
    axis(["+new", "++lr", "+opt.new", "++opt.deep.a", "+lr", "missing"], SCALARS + HARD),
    st.sampled_from(
        ["~opt.deep", "~name", "~missing", "+new=1", "opt={momentum:1}", "~model", "hydra.job.name=x"]
    ),
)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for kind, text in (("plain", PLAIN), ("live", LIVE)):
        root = tmp_path_factory.mktemp(kind)
        for name, content in {"config": text, **GROUPS}.items():
            path = root / "configs" / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = content.split("\n")
            path.write_text("\n".join(line.removeprefix("    ") for line in lines))
        found[kind] = root
    return found


# Hydra needs a tenth of a second for each reference: the default run plays a part of them, and
# shrinking would take minutes for grids that are small anyway.
EXAMPLES = int(os.environ.get("CVSWEEP_EXAMPLES", "6"))
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


def ours(root: Path, overrides: list[str]) -> list[Point]:
    with open_session(find_project(root, None, None)) as session:
        made = composition.grid_points(session, composition.read_plan(session, overrides, multirun=True))
        return list(made)


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


@functools.cache
def reference(root: Path, overrides: tuple[str, ...]) -> Any:
    """What Hydra composes, or the error that it raises."""
    try:
        with hydra.initialize_config_dir(str(root / "configs"), **VERSION_BASE):
            cfg = hydra.compose("config", list(overrides))
            return OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except Exception as error:  # noqa: BLE001  # whatever Hydra raises is its answer
        return error


def parameters(point: Point) -> dict[str, Any]:
    return {key: value for key, value in point.data.items() if key not in RESERVED}


def same(found: Any, wanted: Any) -> None:
    assert not isinstance(wanted, Exception), wanted
    wanted = {key: value for key, value in wanted.items() if key not in RESERVED}
    assert identical(found, wanted), f"{found}\n{wanted}"


def identical(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, float):
        return math.isnan(one) == math.isnan(other) and repr(one) == repr(other)
    return bool(one == other)


APP = """
    import json
    import hydra
    from omegaconf import OmegaConf

    @hydra.main(config_path="configs", config_name="config", version_base="1.3")
    def main(cfg):
        print(json.dumps(OmegaConf.to_container(cfg, resolve=True)))

    main()
"""
QUIET = "hydra: {output_subdir: null, run: {dir: .}}\n"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same names in a project, in a folder for --config-dir, and in one of hydra.searchpath."""
    root = tmp_path_factory.mktemp("three")
    found = f"hydra: {{output_subdir: null, run: {{dir: .}}, searchpath: ['file://{root}/lab/configs']}}\n"
    task = "task: {command: [run]}\n"
    files = {
        "configs": {"config": "defaults: [{model: all}, _self_]\nwho: main\n" + found + task},
        "given/configs": {"config": "who: given\n" + QUIET + task, "only": "who: only\n" + QUIET + task},
        "lab/configs": {"config": "who: lab\n" + task},
    }
    for at, (folder, own) in enumerate(files.items()):
        options = {f"model/{name}": f"from: {folder}\n" for name in ("all", "two", "one")[: at + 1]}
        for name, text in {**own, **options}.items():
            path = root / folder / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (root / "app.py").write_text(textwrap.dedent(APP))
    return root


@pytest.mark.parametrize(
    "words",
    [
        ["model=all"],
        ["model=one"],
        ["--config-dir", "given/configs", "model=all"],
        ["--config-dir", "given/configs", "model=two"],
        ["--config-dir", "given/configs", "model=one"],
        ["--config-dir", "given/configs", "--config-name", "only"],
        ["--config-dir", "given/configs", "model=two", "hydra.searchpath=[]"],
        ["--config-dir", "lab/configs", "model=two", "hydra.searchpath=['file://{root}/given/configs']"],
    ],
)
def test_a_name_that_several_folders_have_is_taken_from_the_one_that_hydra_takes_it_from(
    three: Path, words: list[str]
) -> None:
    """The project's own folder, then --config-dir, then hydra.searchpath: for configs and for groups."""
    words = [word.replace("{root}", str(three)) for word in words]
    done = subprocess.run(
        [sys.executable, "app.py", *words], cwd=three, capture_output=True, text=True, timeout=60, check=True
    )
    given = parse_arguments(words)
    found = composition.compose(
        given.overrides,
        config_dir=given.config_dir,
        config_name=given.config_name,
        multirun=False,
        project=three,
    )
    same(found.trials[0].params, json.loads(done.stdout))
