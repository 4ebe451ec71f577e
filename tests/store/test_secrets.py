"""Files that hold a secret in clear text are for nobody else to read; all others stay as they were."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper import clusters
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt, Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.placeholders import YAML_FILE
from sweeper.core.records import Added
from sweeper.core.secrets import secret_keys
from sweeper.core.settings import Settings
from sweeper.store import attempts, requests
from sweeper.store.folder import SweepFolder
from sweeper.store.preparing import prepare
from sweeper.store.requests import new_request, points
from tests.builders import make_trial
from tests.store.builders import new_journal, take, write

LITERAL, REFERENCE = {"password": "hunter2"}, {"password": "${oc.env:DB_PASSWORD}"}


@pytest.fixture(autouse=True)
def _umask() -> None:
    os.umask(0o022)


def with_params(params: dict[str, str]) -> Trial:
    command = f"exec p {YAML_FILE}"
    return replace(make_trial(0), params=params, command=command, secrets=secret_keys(params))


def mode(path: str) -> int:
    return os.stat(path).st_mode & 0o777


@pytest.mark.parametrize(("params", "expected"), [(LITERAL, 0o600), (REFERENCE, 0o644)])
def test_all_that_is_written_of_a_trial_is_as_private_as_it(
    tmp_path: Path, params: dict[str, str], expected: int
) -> None:
    """Its files, the request that adds it, and the journal from then on, which was open until then."""
    paths, trial = new_journal(tmp_path), with_params(params)
    Path(paths.trials).mkdir()
    writer = take(paths)
    assert mode(paths.term(2)) == 0o644
    write(writer, Added(trial))
    writer.close()
    assert prepare(paths, trial, Attempt(0, 1), "/code")
    place = paths.trial(trial)
    files = [place.params, place.params_yaml, place.command, paths.term(2)]
    assert [mode(name) for name in files] == [expected] * 4


@pytest.mark.parametrize(("params", "expected"), [(LITERAL, 0o600), (REFERENCE, 0o644)])
def test_a_request_is_as_private_as_its_trials(
    paths: SweepPaths, params: dict[str, str], expected: int
) -> None:
    request = new_request("add", points=points([with_params(params)]))
    requests.post(paths, request)
    assert mode(f"{paths.requests}/{request.id}.json") == expected
    (found,) = requests.pending(paths)
    assert requests.from_point(found.points[0]) == with_params(params)


def test_sweep_json_is_private_once_settings_hold_a_secret(folder: SweepFolder) -> None:
    assert mode(folder.paths.manifest) == 0o644
    env = {"WANDB_API_KEY": "k"}
    folder.change_settings(
        replace(Settings(), cluster=clusters.plain(KubernetesSettings(image="x", env=env)))
    )
    assert mode(folder.paths.manifest) == 0o600
    folder.change_settings(Settings())
    assert mode(folder.paths.manifest) == 0o600  # its configuration may hold it, too


def test_the_end_of_a_log_is_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal, the report and the terminal get their lines from there."""
    monkeypatch.setenv("DB_PASSWORD", "s3cr3t")
    paths, trial = new_journal(tmp_path), with_params(REFERENCE)
    Path(paths.trials).mkdir()
    prepare(paths, trial, Attempt(0, 1), "/code")
    Path(attempts.log_path(paths, trial, Attempt(0, 1))).write_text("login as me:s3cr3t\n")
    assert attempts.read_log_tail(paths, trial, Attempt(0, 1)) == "login as me:***\n"
