"""Every wrong input is one clear line that names the key, and exit code 2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed, compose
from sweeper.core.errors import UsageError


def refused(
    match: str, *overrides: str, project: Path, multirun: bool = True, name: str | None = None
) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        compose(overrides, config_dir=None, config_name=name, multirun=multirun, project=project)
    assert "\n" not in str(caught.value)
    assert "__with_cvsweep" not in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        # settings
        (
            ["cluster.max_paralel=3"],
            r"cluster\.max_paralel: there is no such setting \(did you mean max_parallel\?\)",
        ),
        (["+cluster.foo=3"], r"cluster\.foo: there is no such setting"),
        (["cluster.max_parallel=abc"], r"cluster\.max_parallel must be a whole number, not 'abc'"),
        (["cluster.max_parallel=0"], r"cluster\.max_parallel must be at least 1, or null, not 0"),
        (["cluster.grace=-1"], r"cluster\.grace must be at least 0 seconds"),
        (["cluster.grace=soon"], r"cluster\.grace must be a number, not 'soon'"),
        (["cluster.trials_per_gpu=0"], r"cluster\.trials_per_gpu must be at least 1"),
        (["cluster=nowhere"], r"Could not find 'cluster/nowhere'; there is cvlab, kubernetes, local, runai$"),
        (
            ["task.args_style=fire"],
            r"task\.args_style must be argparse, hydra, env, json or overrides, not 'fire'",
        ),
        (["task.args.bool=maybe"], r"task\.args\.bool must be value, flag, no-flag or python, not 'maybe'"),
        (["task.args.list=null"], r"task\.args\.list cannot be null"),
        (["task.args={bol: flag}"], r"task\.args\.bol: there is no such setting \(did you mean bool\?\)"),
        (["task.args=python"], r"task\.args .*"),
        (["task.args.bool=flag", "task.args_style=hydra"], r"task\.args says how options are written"),
        (['task.command=[run,"{parms}"]'], r"there is no placeholder \{parms\}: did you mean \{params\}\?"),
        (["task.cwd=home"], r"task\.cwd must be code or out"),
        (["task.cwd=null"], r"task\.cwd cannot be null"),
        (["task.time_limit=0"], r"task\.time_limit must be more than 0 seconds, or null"),
        (["task.command=[]"], r"set task\.command"),
        (["task=3"], r"'task' is cvsweep's own section"),
        (["results.mode=best"], r"results\.mode must be max, min or null"),
        (
            ["results.reader=wandb"],
            r"results\.reader must be json, jsonl, csv, .*, log, none or null, not 'wandb'",
        ),
        (["results.pattern=''"], r"results\.pattern must be a regular expression, or null, not ''"),
        (
            ["results.pattern='(a'"],
            r"results\.pattern is no regular expression: missing \), .* at position 0",
        ),
        (
            ["results.pattern='(?P<name>a)'"],
            r"results\.pattern must have the groups \(\?P<name>\.\.\.\) and ",
        ),
        (
            ["results.pattern='(?P<name>a)(?P<value>b)'", "results.reader=csv"],
            r"results\.pattern is for results\.reader=log, and means nothing to csv: leave one out",
        ),
        (["results.required=perhaps"], r"results\.required must be true or false"),
        (["retry.budgets.error=-1"], r"retry\.budgets\.error must be at least 0"),
        (["+retry.budgets.evictd=1"], r"retry\.budgets\.evictd: .* \(did you mean evicted\?\)"),
        (["retry.budgets.evictd=1"], r"retry\.budgets\.evictd: .* \(did you mean evicted\?\)"),
        (["retry.wait_max=-1"], r"retry\.wait_max must be at least 0"),
        (["sweep.name=../up"], r"sweep\.name must be at most 63 letters"),
        (["sweep.name=" + "x" * 64], r"sweep\.name must be at most 63 letters"),
        (["sweep.max_trials=0"], r"sweep\.max_trials must be at least 1"),
        (["sweep.exclude=[{}]"], r"sweep\.exclude: an empty entry"),
        # what varies
        (["cluster.grace=1,2"], r"cluster\.grace: 'cluster' holds for the whole sweep"),
        (["sweep.name=a,b"], r"sweep\.name: 'sweep' holds for the whole sweep"),
        (["hydra.verbose=true,false"], r"'hydra' holds for the whole sweep"),
        (["cluster=local,local"], r"cluster: 'cluster' holds for the whole sweep"),
        (["lr=interval(0,1)"], r"an interval has no list of values"),
        (["lr=range(5,1)"], r"the grid has no points: lr has no values"),
        (["lr=range(0,1,0)"], r"lr=range\(0,1,0\)"),
        (["lr=range(0.0,1,0)"], r"lr=range\(0\.0,1,0\)"),
        (["~lr=1,2"], r"a deletion cannot vary"),
        # zip and exclude
        (["lr=1,2", "sweep.zip=[[lr,sed]]", "seed=1,2"], r"sweep\.zip names sed, .* \(did you mean seed\?\)"),
        (["lr=1,2,3", "seed=1,2", "sweep.zip=[[lr,seed]]"], r"lr has 3 values, seed has 2 values"),
        (["lr=1,2", "sweep.zip=[[lr,lr]]"], r"sweep\.zip names lr more than once"),
        (["lr=1,2", "sweep.exclude=[{lrr:1}]"], r"sweep\.exclude names lrr, .* \(did you mean lr\?\)"),
        (["lr=1,2", "sweep.exclude=[{lr:1},{lr:2}]"], r"sweep\.exclude drops all 2 points"),
        # parameters
        (["lrr=1"], r"lrr: there is no such parameter \(did you mean lr\?\); to add a new one write \+lrr="),
        (["opt.momentom=1"], r"opt\.momentom: .* \(did you mean momentum\?\)"),
        (["lr=1]"], r"cannot read 'lr=1\]': '\]' closes nothing"),
        (["lr='a"], r"cannot read .*: the quote ' is not closed"),
        (["lr=[1,"], r"cannot read 'lr=\[1,': '\[' is not closed: write 'lr=\[1\]'"),
        (["task.command=abc"], r"task\.command must be a list"),
        (["hydra.foo=1"], r"hydra\.foo: Hydra has no such setting"),
        (["+lr=1"], r"^lr is there already: leave out the '\+'"),
        (["~foo"], r"^~foo: there is no such parameter to leave out"),
        (["model=big"], r"model: there is no such parameter"),
        (["lr=${nowhere}"], r"^lr: its interpolation names nowhere, which the configuration does not have"),
        (["lr=${secret:1}"], r"a resolver that your program registers cannot be used"),
        (["lr=${lr}"], r"^lr: its value leads back to itself through interpolations"),
        (["lr=???"], r"lr has no value yet"),
    ],
)
def test_a_wrong_override_is_refused(simple: Path, overrides: list[str], message: str) -> None:
    refused(message, *overrides, project=simple)


@pytest.mark.parametrize("override", ["lr=1,2", "lr=range(3)", "lr=choice(1,2)", "experiment=a,b"])
def test_several_values_without_m_say_so(simple: Path, override: str) -> None:
    refused("more than one value: add -m", override, project=simple, multirun=False)


TASK = "task: {command: [run, '{args}']}\n"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (TASK + "lr: ???", r"lr has no value yet \(\?\?\?\): give it one, as in lr="),
        (TASK + "opt: {lr: '???'}", r"opt\.lr has no value yet"),
        (TASK + "a: ${b}\nb: ???", r"^a: .*[Mm]issing mandatory value: b"),
        ("lr: 1", r"set task\.command"),
        ("task: 3", r"config\.yaml: task must hold settings, not 3; 'task' is cvsweep's own section"),
        ("task: {name: cifar, command: [x]}", r"task\.name: there is no such setting"),
        ("sweep: [1, 2]", r"sweep must hold settings, not \[1, 2\]"),
        (TASK + "cluster: {max_parallel: many}", r"cluster\.max_parallel must be a whole number"),
        (TASK + "results: {metrik: acc}", r"results\.metrik: .* \(did you mean metric\?\)"),
        (TASK + "sweep: {name: '${lr}'}\nlr: 1", r"sweep\.name differs between points"),
        (TASK + "a: {x: ['${b}']}", r"^a\.x\[0\]: its interpolation names b, which"),
        (TASK + "a: ${b}\nb: ${a}", r"^a: its value leads back to itself"),
        ("defaults: [config]", "refers to itself in a circle"),
        ("lr: [1", r"config\.yaml:1: \[ is not closed"),
        ("a: 1\na: 2", r"config\.yaml:2: the key a is there twice; leave one out"),
        ("- 1\n- 2", "holds keys and values, not a list"),
        ("defaults: [missing]\n" + TASK, "Could not find 'missing'|Could not load 'missing"),
        ("defaults: {a: b}\n" + TASK, "defaults list"),
        ("defaults: [{model: '???'}, _self_]\n" + TASK, "You must specify 'model'"),
        ("hydra: {searchpath: 3}\n" + TASK, "searchpath"),
        (TASK + "x: 1970-01-01\nlr: 2\n1: a\n'1': b", "same text|Conflicting integer and string keys"),
    ],
)
def test_a_wrong_config_is_refused(project: Callable[..., Path], config: str, message: str) -> None:
    root = project(config=config, model__a="x: 1")
    refused(message, *(["lr=3,4"] if "differs" in message else []), project=root)


def test_settings_that_differ_between_options_are_refused(project: Callable[..., Path]) -> None:
    root = project(
        config="defaults: [model: a, _self_]\n" + TASK,
        model__a="# @package _global_\ncluster: {max_parallel: 1}",
        model__b="# @package _global_\ncluster: {max_parallel: 2}",
    )
    refused(r"cluster\.max_parallel differs between points", "model=a,b", project=root)


def test_without_configs_the_way_out_is_named(tmp_path: Path) -> None:
    refused("no configs folder here .*cvsweep init", project=tmp_path)


def test_without_a_config_file_the_way_out_is_named(project: Callable[..., Path]) -> None:
    root = project(other="x: 1")
    refused(r"no config\.yaml in", project=root)
    refused(r"no missing\.yaml in .*; there is other", project=root, name="missing")


def test_a_config_dir_that_is_not_there_is_refused(simple: Path, grid: Callable[..., Composed]) -> None:
    with pytest.raises(UsageError, match="--config-dir: there is no folder"):
        grid(config_dir=Path("nowhere"))


@pytest.mark.parametrize("override", ["model.heads=4", "~model.heads"])
def test_a_parameter_that_only_the_swept_options_have_can_be_set(
    project: Callable[..., Path], override: str
) -> None:
    """The option that the defaults list names is not part of the grid."""
    root = project(
        config="defaults: [{model: cnn}, _self_]\n" + TASK,
        model__cnn="depth: 1",
        model__vit="{heads: 2, depth: 2}",
        model__swin="{heads: 3, depth: 3}",
    )
    overrides = ["model=vit,swin", override]
    found = compose(overrides, config_dir=None, config_name=None, multirun=True, project=root)
    heads = {"heads": 4} if "=" in override else {}
    assert [trial.params["model"] for trial in found.trials] == [{"depth": 2} | heads, {"depth": 3} | heads]
