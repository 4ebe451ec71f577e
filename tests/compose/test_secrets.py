"""Secrets in a configuration: the value of a variable never enters a trial, only the reference to it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import asdict

import pytest
from omegaconf import OmegaConf

from sweeper.compose import Composed, compose, of_format_1
from sweeper.core.errors import UsageError
from sweeper.core.model import trial_key
from sweeper.core.secrets import is_private
from sweeper.core.values import flatten
from tests.compose.conftest import MakeProject

CANARY = "c4n4ry-Zq'7"
ARGS = 'task: {command: [python, train.py, "{args}"], args_style: env}\nlr: 0.1\n'
OVERRIDES = 'task: {command: [python, train.py, "{overrides}"]}\nlr: 0.1\n'
REFERENCE = "${oc.env:DB_PASSWORD}"
ComposeText = Callable[..., Composed]


@pytest.fixture
def composed(project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> ComposeText:
    """Compose a project of this one file, with the canary in the environment."""
    for name in ("DB_PASSWORD", "DBPW", "PROD_PASSWORD"):
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("DB_HOST", "db.example.org")

    def compose_text(text: str, *overrides: str) -> Composed:
        found = compose(
            overrides, config_dir=None, config_name=None, multirun=True, project=project(config=text)
        )
        everything = repr([found.config, found.settings, *map(asdict, found.trials)])
        assert CANARY not in everything.replace("\\", "")
        return found

    return compose_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password: ${oc.env:DB_PASSWORD}", {"password": REFERENCE}),
        ("x: ${oc.env:DB_PASSWORD}", {"x": REFERENCE}),
        ("password: ${oc.env:DBPW}", {"password": "${oc.env:DBPW}"}),
        ("password: ${oc.env:DB_PASSWORD,hunter2}", {"password": REFERENCE}),
        (
            "url: postgres://me:${oc.env:DB_PASSWORD}@${oc.env:DB_HOST}/db\nconn: ${url}",
            {"url": f"postgres://me:{REFERENCE}@db.example.org/db"}
            | {"conn": f"postgres://me:{REFERENCE}@db.example.org/db"},
        ),
        ("db: {deep: [1, '${oc.env:DB_PASSWORD}']}", {"db.deep": [1, REFERENCE]}),
        ("a: ${db}\ndb: {p: '${oc.env:DB_PASSWORD}'}", {"a.p": REFERENCE, "db.p": REFERENCE}),
        ("x: ${oc.decode:${oc.env:DB_PASSWORD}}", {"x": REFERENCE}),
        ("which: DB\nx: ${oc.env:${which}_PASSWORD}", {"x": REFERENCE}),
        # The key at the end says that it is a secret: so it is under every other name as well.
        ("y: ${oc.env:DBPW}\npassword: ${y}", {"y": "${oc.env:DBPW}", "password": "${oc.env:DBPW}"}),
        (
            "password: ${oc.env:DBPW}\ny: a${oc.env:DBPW}",
            {"password": "${oc.env:DBPW}"} | {"y": "a${oc.env:DBPW}"},
        ),
        ("secrets: {db: '${oc.env:DBPW}'}", {"secrets.db": "${oc.env:DBPW}"}),
        ("sweep: {secrets: [login]}\nlogin: {pw: '${oc.env:DBPW}'}", {"login.pw": "${oc.env:DBPW}"}),
    ],
)
def test_a_secret_stays_a_reference(composed: ComposeText, text: str, expected: dict[str, object]) -> None:
    """Whatever leads to the variable, through however many keys."""
    (one,) = composed(OVERRIDES + text).trials
    assert {key: value for key, value in flatten(one.params, ".") if key in one.secrets} == expected


def test_other_variables_are_resolved_as_ever(composed: ComposeText) -> None:
    """Also beside a secret, and where a key that is called like one holds an ordinary path."""
    text = "host: ${oc.env:DB_HOST}\npassword: ${oc.env:DB_PASSWORD}\ncredentials: ${oc.env:HOME}/x.json\n"
    (one,) = composed(ARGS + text + "n: ${oc.env:NOT_THERE,5}").trials
    assert (one.params["host"], one.params["n"]) == ("db.example.org", "5")
    assert one.params["credentials"] == f"{os.environ['HOME']}/x.json"
    assert one.secrets == ("password",)


def test_a_swept_key_may_choose_the_variable(composed: ComposeText) -> None:
    """Every point is looked at: the first may be no secret at all, and then all are composed once more."""
    text = (
        ARGS + "which: HOST\ny: ${oc.env:DBPW}\nhidden: {HOST: x, PW: '${y}'}\npassword: ${hidden.${which}}\n"
    )
    host, pw = composed(text, "which=HOST,PW").trials
    assert (host.params["y"], pw.params["password"]) == ("${oc.env:DBPW}", "${oc.env:DBPW}")
    several = composed(ARGS + "which: DB\npw: ${oc.env:${which}_PASSWORD}\n", "which=DB,PROD").trials
    assert [one.params["pw"] for one in several] == [REFERENCE, "${oc.env:PROD_PASSWORD}"]


def test_another_value_is_the_same_trial(composed: ComposeText, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable's value is in no key, be it there at all or not."""
    text = ARGS + "url: a${oc.env:DB_PASSWORD}\npassword: ${oc.env:DBPW}\n"
    (one,) = composed(text).trials
    monkeypatch.setenv("DB_PASSWORD", "rotated")
    monkeypatch.delenv("DBPW")
    (other,) = composed(text).trials
    assert one == other


def test_a_default_counts_where_nobody_provides_the_variable(
    project: MakeProject, composed: ComposeText
) -> None:
    """It is a secret in clear text then, or null. A cluster's secrets provide a variable as well."""
    text = ARGS + "password: ${oc.env:NOT_HERE,hunter2}\ntoken: ${oc.env:NOT_HERE,null}\n"
    (one,) = composed(text).trials
    assert one.params == {"lr": 0.1, "password": "hunter2", "token": None}
    assert (one.secrets, is_private(one)) == (("password",), True)
    here = [
        "cluster=kubernetes",
        "cluster.image=x",
        "cluster.volumes.data.claim=c",
        "cluster.secrets.NOT_HERE=db/password",
    ]
    (one,) = composed(text, *here).trials
    assert one.params["password"] == one.params["token"] == "${oc.env:NOT_HERE}"


def test_a_literal_secret_is_noted_and_part_of_the_key(composed: ComposeText) -> None:
    """Two that differ are two trials."""
    one, other = composed(ARGS + "password: a\nmax_tokens: 128\npad_token: <pad>\n", "password=a,b").trials
    assert one.key != other.key
    assert one.secrets == other.secrets == ("password",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("task: {command: [p, '--pw=${oc.env:DB_PASSWORD}']}", "task.command uses the value of DB_PASSWORD"),
        ("task: {command: [p, '{args}']}\npassword: ${oc.env:DBPW}", "parameter password is a secret"),
        (
            "defaults: [{cluster: kubernetes}]\ntask: {command: [p]}\n"
            "cluster: {image: x, volumes: {data: {claim: c}}, env: {PW: '${oc.env:DB_PASSWORD}'}}",
            "cluster.env.PW uses .* use cluster.secrets.PW=",
        ),
        ("task: {command: [p]}\nsweep: {name: 'a${oc.env:DB_PASSWORD}'}", "sweep.name"),
        (
            "task: {command: [p]}\nsweep: {secrets: [loggin]}\nlogin: x",
            r"no trial has \(did you mean login\?\)",
        ),
    ],
)
def test_what_would_show_a_secret_is_refused(composed: ComposeText, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        composed(text)
    assert CANARY not in str(caught.value)


def test_a_hydra_app_gets_the_reference(composed: ComposeText) -> None:
    """As the override that was typed, and where values are handed over as well."""
    typed = "password=${oc.env:DB_PASSWORD}"
    (one,) = composed(OVERRIDES + "password: x\n", typed).trials
    assert f" '{typed}' " in one.command
    (one,) = composed(
        OVERRIDES.replace("overrides", "args").replace("]", "], args_style: hydra") + "password: x\n", typed
    ).trials
    assert shlex.split(one.command)[-1] == f"password='{REFERENCE}'"


def test_a_sweep_of_format_1_knows_its_trials_by_the_values(composed: ComposeText) -> None:
    """There the value itself was hashed: as long as it is the same, nothing runs again."""
    found = composed(ARGS + "password: ${oc.env:DB_PASSWORD}\n")
    (one,) = of_format_1(found.trials, found.former_keys)
    params = {"lr": 0.1, "password": CANARY}
    quoted = CANARY.replace("'", "'\"'\"'")
    command = f"export lr='0.1'\nexport password='{quoted}'\nexec python train.py"
    assert one.key == trial_key(params, command)


def test_the_resolver_of_omegaconf_is_back_afterwards(composed: ComposeText) -> None:
    composed(ARGS + "x: ${oc.env:DB_PASSWORD}\n")
    assert OmegaConf.create({"x": "${oc.env:DB_PASSWORD}"}).x == CANARY
