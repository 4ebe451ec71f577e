"""Which names are those of secrets, what refers to one, and how it is masked."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from sweeper.core import secrets
from sweeper.core.cluster import ClusterSettings
from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.model import Trial
from sweeper.core.references import expansion, guards
from sweeper.core.settings import TaskSettings

REFERENCE = secrets.reference("DB_PASSWORD")
HYDRA = r"password='it\'s'"


def trial(params: Mapping[str, Any], command: str = "", overrides: tuple[str, ...] = ()) -> Trial:
    return Trial(0, "k", params, command, overrides=overrides, secrets=secrets.secret_keys(params))


NAMES = (
    "db.password DB_PASSWORD dbPassword PGPASSWORD passwd api_key apiKey apikey WANDB_API_KEY api-key"
    " wandb.api_key HF_TOKEN hfToken token auth_token access-token clientSecret secrets.db aws.secret_key"
    " AWS_SECRET_ACCESS_KEY credentials db.credentials[0] password2 tokens.hf_token"
)
ORDINARY = (
    "tokenizer tokenizer.name max_tokens max_token num_tokens n_token token_dim token.dim tokens secretary"
    " pad_token eosToken mask_token next_token credentials_file secret_name secrets.name password_length"
    " api keyboard monkey api.key lr [0]"
)


@pytest.mark.parametrize("name", NAMES.split())
def test_these_names_are_those_of_secrets(name: str) -> None:
    assert secrets.is_secret_key(name)


@pytest.mark.parametrize("name", ORDINARY.split())
def test_these_names_are_not(name: str) -> None:
    assert not secrets.is_secret_key(name)


def test_every_token_but_a_count_is_a_secret_in_the_environment() -> None:
    """Who exports MASK_TOKEN means no text; MAX_TOKEN is a number."""
    assert secrets.is_secret_variable("SOURCE_TOKEN")
    assert not secrets.is_secret_variable("MAX_TOKEN")
    assert not secrets.is_secret_variable("_")
    assert secrets.can_be_secret("DBPW")
    assert not secrets.can_be_secret("HOME")


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        ({"password": "hunter2"}, ("password",)),
        ({"db": {"password": "hunter2", "user": "me"}}, ("db.password",)),
        ({"x": f"a{REFERENCE}b", "y": [1, {"z": REFERENCE}]}, ("x", "y")),
        ({"password": "${oc.env:DBPW}", "x": "${oc.env:DBPW}"}, ("password",)),
        ({"passwords": ["a", 1], "secrets": [1, 2], "other": {}}, ("passwords",)),
        ({"token": "<pad>", "hf_token": "[CLS]", "max_tokens": 128, "token_dim": 3}, ()),
        ({"token": 128, "secret": True, "password": None, "api_key": "", "credentials": 1.5}, ()),
        ({"credentials": "/home/me/.aws/credentials", "secret": "~/key.pem", "password": "a.yaml"}, ()),
    ],
)
def test_the_secrets_of_parameters_are_found(params: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """By name only texts; by reference whatever holds one."""
    assert secrets.secret_keys(params) == keys


def test_what_is_listed_and_variables_that_are_known_are_secrets() -> None:
    params = {"login": {"pin": 1234, "none": None}, "loginx": "a", "n": 1, "x": "${oc.env:DBPW}"}
    assert secrets.secret_keys(params, ["login"]) == ("login.pin",)
    assert secrets.secret_keys(params, (), {"DBPW"}) == ("x",)


def test_a_reference_is_what_omegaconf_resolves() -> None:
    assert secrets.references([REFERENCE, {"x": 'a${oc.env: "B"}'}]) == ["DB_PASSWORD", "B"]
    assert REFERENCE == "${oc.env:DB_PASSWORD}"


def test_a_trial_knows_its_variables_and_whether_it_is_private() -> None:
    """A default that is written beside a reference is a secret that everybody would read."""
    known = trial({"password": REFERENCE, "db": {"url": f"x{REFERENCE}"}, "lr": 1})
    assert secrets.needs(known) == {"DB_PASSWORD": "password"}
    assert not secrets.is_private(known)
    assert not secrets.is_private(trial({"lr": 1}))
    assert secrets.is_private(trial({"password": "hunter2"}))
    assert secrets.is_private(
        trial({"password": REFERENCE}, overrides=("password=${oc.env:DB_PASSWORD,hunter2}",))
    )


def test_references_are_filled_in_where_the_variable_is_known() -> None:
    params = {"a": {"password": f"<{REFERENCE}>"}, "passwords": [REFERENCE, 1], "x": REFERENCE, "n": 1}
    found = secrets.filled_in(params, ("a.password", "passwords"), {"DB_PASSWORD": "s"})
    assert found == {"a": {"password": "<s>"}, "passwords": ["s", 1], "x": REFERENCE, "n": 1}
    assert secrets.filled_in(params, ("x",), {})["x"] == REFERENCE


def test_a_value_is_masked_however_it_is_quoted() -> None:
    one = trial({"password": REFERENCE, "token": "hunter2", "lr": 1})
    values = secrets.secret_values(one, {"DB_PASSWORD": "a b'c/d"})
    text = "hunter2 a b'c/d \"a b'c/d\" a%20b%27c%2Fd 'a b'\"'\"'c/d'"
    assert secrets.masked(text, values) == "*** *** \"***\" *** '***'"
    assert secrets.masked("pin 123", ["123"]) == "pin 123"  # too short to be told from a number
    assert secrets.secret_values(trial({"lr": 1}), {"lr": "1"}) == []


@pytest.mark.parametrize(
    ("params", "command", "shown"),
    [
        ({"lr": 1}, "exec p --lr=1", "exec p --lr=1"),
        ({"password": REFERENCE}, f"exec p 'password={REFERENCE}'", f"exec p 'password={REFERENCE}'"),
        ({"password": "pw"}, "exec p --password=pw --x=pw", "exec p --password=*** --x=pw"),
        ({"password": "a b"}, "exec p '--password=a b'", "exec p '--password=***'"),
        ({"password": "it's"}, f"exec p {shlex.quote(HYDRA)} x=1", "exec p 'password=***' x=1"),
        ({"db": {"api_key": "k"}}, "export db_api_key='k'\nexec p", "export db_api_key=***\nexec p"),
        ({"passwords": ["hunter2"]}, "exec p --passwords hunter2", "exec p --passwords ***"),
    ],
)
def test_a_command_is_shown_without_its_secrets(params: Mapping[str, Any], command: str, shown: str) -> None:
    assert secrets.shown_command(trial(params, command)) == shown


def test_a_column_shows_no_literal_secret_but_tells_two_apart() -> None:
    assert secrets.masked_column([("a", True), ("b", True), ("a", True)]) == ["***1", "***2", "***1"]
    assert secrets.masked_column([("a", True), ("b", False), ("a", True)]) == ["***", "b", "***"]
    assert secrets.masked_column([(REFERENCE, True), (None, False)]) == [REFERENCE, None]


def test_secrets_in_the_environment_of_pods_are_named() -> None:
    env = {"WANDB_API_KEY": "k", "LEVEL": "1", "HF_TOKEN": ""}
    assert secrets.public_secrets(ClusterSettings("pods", {"env": env})) == ["WANDB_API_KEY"]
    assert secrets.public_secrets(ClusterSettings()) == []


@pytest.mark.parametrize("value", ["plain", 'it\'s $HOME `x` "y"\n z  ', ""])
@pytest.mark.parametrize("text", [REFERENCE, f"a 'b' $c {REFERENCE} {REFERENCE}"])
def test_the_shell_fills_in_the_value_as_it_is(value: str, text: str) -> None:
    script = f"{expansion('conn', text)}\nexec printenv conn"
    environment = {"DB_PASSWORD": value, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == text.replace(REFERENCE, value) + "\n"


def test_an_attempt_without_its_variable_ends_before_the_program_starts() -> None:
    script = guards(trial({"password": REFERENCE})) + "echo ran"
    done = subprocess.run(
        ["sh", "-c", script], env={"PATH": "/bin"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "DB_PASSWORD is not set: password needs it" in done.stderr
    assert guards(trial({"lr": 1})) == ""


@pytest.mark.parametrize("style", ["argparse", "json"])
def test_no_style_puts_the_value_on_a_command_line(style: str) -> None:
    task = TaskSettings(["p", "{args}"], style)
    with pytest.raises(UsageError, match=r"parameter db\.password is a secret .*DB_PASSWORD.*args_style=env"):
        render_command(task, {"db": {"password": REFERENCE}}, (), ("db.password",))
    assert "hunter2" in render_command(task, {"password": "hunter2"}, (), ("password",))


def test_hydra_gets_the_reference_and_env_the_value() -> None:
    params = {"lr": 1, "conn": f"\\{REFERENCE}${{x}}", "text": REFERENCE}
    words = shlex.split(render_command(TaskSettings(["p", "{args}"], "hydra"), params, (), ("conn",)))
    # What is no reference stays a text that only looks like one.
    assert words[2:] == ["lr=1", f"conn='\\\\{REFERENCE}\\${{x}}'", f"text='\\{REFERENCE}'"]
    lines = render_command(TaskSettings(["p"], "env"), params, (), ("conn",)).splitlines()
    assert lines[0].startswith("export conn=")
    assert '"${DB_PASSWORD}"' in lines[0]
    with pytest.raises(UsageError, match="conn: a list that holds a secret"):
        render_command(TaskSettings(["p"], "env"), {"conn": [REFERENCE]}, (), ("conn",))
