"""Each library's program receives the values of the trial, by the words that docs/arguments.md names for it.

One process a case, which has many values at once.
"""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.settings import ArgsSettings, TaskSettings

HARD = 'it\'s "a, b"; $HOME {x} é😀'
PLAIN: dict[str, Any] = {"epochs": 3, "lr": 1e-05, "batch_size": 8, "name": HARD}
OTHER: dict[str, Any] = {"epochs": -1, "lr": -2.5, "batch_size": 0, "name": "-x=1"}
TEXTS = ["a b", "c,d", "-e", "8", "on", "null", "", 'f"g', "h'i"]
NESTED = {"momentum": 0.25, "kind": "a b"}

ARGPARSE_FLAGS = {"bool": "flag"}
ARGPARSE_OPPOSITES = {"bool": "no-flag", "list": "repeat"}
CLICK = {"list": "repeat", "key": "dash"}
TYPER = {"bool": "no-flag", "list": "repeat", "key": "dash"}
FIRE = {"bool": "python", "list": "json", "dict": "json", "text": "python", "none": "python"}
JSONARGPARSE = {"list": "json", "none": "json"}
TYRO = {"bool": "no-flag", "none": "python"}

CASES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("argparse", ARGPARSE_FLAGS, PLAIN | {"amp": True, "dims": [8, -16], "tags": ["a b", "c,d"]}),
    ("argparse", ARGPARSE_FLAGS, OTHER | {"amp": False, "dims": [], "tags": [], "opt": NESTED}),
    ("argparse", ARGPARSE_OPPOSITES, PLAIN | {"ema": True, "folds": [8, -16], "labels": TEXTS}),
    ("argparse", ARGPARSE_OPPOSITES, OTHER | {"ema": False, "folds": [1], "labels": ["one"], "opt": NESTED}),
    ("click", {"bool": "flag"} | CLICK, PLAIN | {"amp": True, "dims": [8, -16], "tags": TEXTS}),
    ("click", {"bool": "flag"} | CLICK, OTHER | {"amp": False, "tags": ["one"], "note": None}),
    ("click", {"bool": "no-flag"} | CLICK, {"ema": False}),
    ("click", {"bool": "no-flag", "key": "dash"}, {"ema": True, "pair": [3, -4]}),
    ("typer", TYPER, PLAIN | {"amp": True, "ema": False, "dims": [8, -16], "tags": TEXTS}),
    ("typer", TYPER, OTHER | {"amp": False, "ema": True, "dims": [1], "tags": ["one"], "note": None}),
    ("fire", FIRE, PLAIN | {"amp": True, "ema": False, "dims": [8, -16], "tags": [*TEXTS, True, None]}),
    ("fire", FIRE, OTHER | {"amp": False, "ema": True, "dims": [], "tags": [], "note": None, "opt": NESTED}),
    *(("fire", FIRE, {"name": text, "note": "True"}) for text in ("8", "1e-3", "a,b", "None")),
    ("absl", {"list": "comma"}, PLAIN | {"amp": True, "ema": False, "tags": ["a b", "8", "-e", 'f"g']}),
    ("absl", {"list": "repeat"}, OTHER | {"amp": False, "ema": True, "folds": [8, -16], "note": None}),
    ("simple_parsing", {}, PLAIN | {"amp": True, "ema": False, "dims": [8, -16], "tags": ["a b", "c,d"]}),
    ("simple_parsing", {}, OTHER | {"amp": False, "ema": True, "dims": [], "tags": [], "opt": NESTED}),
    ("jsonargparse", JSONARGPARSE, PLAIN | {"amp": True, "ema": False, "dims": [8, -16], "tags": TEXTS}),
    ("jsonargparse", JSONARGPARSE, OTHER | {"amp": False, "dims": [], "note": None, "opt": NESTED}),
    ("tyro", TYRO, PLAIN | {"amp": True, "ema": False, "dims": [8, -16], "tags": ["a b", "c,d"]}),
    ("tyro", TYRO, OTHER | {"amp": False, "ema": True, "dims": [], "tags": [], "note": None, "opt": NESTED}),
    ("tyro", TYRO, {"opt": NESTED | {"nesterov": False}}),
]  # fmt: skip


def received(found: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """What was received for the parameters that were given; argparse has no nested names."""
    flat = {name: value for name, value in found.items() if "." in name}
    nested: dict[str, dict[str, Any]] = {group: {} for group in {name.split(".")[0] for name in flat}}
    for name, value in flat.items():
        group, _, inner = name.partition(".")
        nested[group][inner] = value
    found = found | nested
    return {
        key: {inner: found[key][inner] for inner in value} if isinstance(value, dict) else found[key]
        for key, value in params.items()
    }


@pytest.mark.parametrize(("library", "args", "params"), CASES)
def test_a_program_receives_the_values_of_its_trial(receive, library, args, params):
    found = received(receive(library, params, **args), params)
    assert repr(found) == repr(params)


ALL = {"amp": True, "ema": False, **PLAIN, "name": "on", "note": None, "dims": [8, -16], "opt": NESTED}


@pytest.mark.parametrize("text", ["1e-3", "0777", "2020-01-01", HARD])
@pytest.mark.parametrize(
    ("library", "option"),
    [
        ("jsonargparse", "--config={params}"),
        ("jsonargparse", "--config={params.yaml}"),
        ("simple_parsing", "--config_path={params.yaml}"),
        ("simple_parsing", "--config_path={params}"),
    ],
)
def test_a_program_that_reads_a_file_receives_the_values_of_its_trial(receive, library, option, text):
    params = ALL | {"tags": [*TEXTS, text], "name": text}
    if library == "simple_parsing":
        del params["note"]  # it takes the default for a null in a file
    found = received(receive(library, params, option), params)
    assert repr(found) == repr(params)


def test_a_hydra_program_composes_its_own_choices(receive):
    """It gets the choice itself, so it has all keys of the option, and none of the other one."""
    overrides = ["opt=adam", "name='a b'", "lr=1e-05", "dims=[8,-16]", "+new={a: 1}", "note=null"]
    found = receive("hydra", {"opt": {"kind": "adam"}}, style="overrides", overrides=overrides)
    assert found["opt"] == {"kind": "adam", "betas": [0.9, 0.99]}
    assert [found[key] for key in ("name", "lr", "dims", "new", "note", "amp")] == [
        "a b", 1e-05, [8, -16], {"a": 1}, None, False
    ]  # fmt: skip


def test_a_hydra_program_can_receive_resolved_values(receive):
    params = ALL | {"tags": TEXTS, "name": HARD}
    assert repr(received(receive("hydra", params, style="hydra"), params)) == repr(params)


@pytest.mark.parametrize(
    ("args", "params"),
    [
        ({}, {"tags": ["-e"]}),  # argparse, simple-parsing, tyro
        (TYPER, {"dims": []}),
        (CLICK, {"dims": [None]}),
        ({"list": "comma"}, {"tags": ["c,d"]}),
        ({"list": "comma"}, {"tags": []}),
        (FIRE, {"lr": float("nan")}),
    ],
)
def test_what_a_library_would_misread_is_refused_with_the_way_out(args, params):
    task = TaskSettings(command=["python", "train.py", "{args}"], args=ArgsSettings(**args))
    with pytest.raises(UsageError, match=r"^parameter \w+: .*(task\.args|use the text)"):
        render_command(task, params)
