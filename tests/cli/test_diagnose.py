"""`cvsweep diagnose`: all that is known of a trial, in one file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper import clusters
from sweeper.cli.main import main
from sweeper.clusters.kubernetes import diagnosis
from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from tests.builders import make_pods

EVENT = {"lastTimestamp": "1", "type": "Warning", "reason": "OOMKilling", "message": "hunter2 killed"}
QUOTA = {"metadata": {"name": "lab-quota"}, "status": {"hard": {"pods": "9"}, "used": {"pods": "2"}}}


@pytest.fixture
def failed(sweep):
    """A sweep whose trial 1 has failed, its log and the controller's."""
    made = sweep().start(1, log=b"loading\nRuntimeError: no\n").end(1, cause="error", code=1, error="no")
    Path(made.paths.controller_log).write_text("took it up\n")
    (made.log(1).parent / "exit.json").write_text('{"code": 1}\n')
    return made


def test_of_a_trial_of_this_machine_it_has_what_the_folder_has(failed, project, capfd):
    """For its owner alone, and its path is all that stands on stdout."""
    assert main(["diagnose", "1"]) == 0
    path = project / "diagnose-digits-x-1.txt"
    assert capfd.readouterr().out == f"{path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    titles = [line[3:-3] for line in text.splitlines() if line.startswith("== ")]
    assert titles == [
        "trial", "settings.cluster", "journal", "attempt", "log.txt, its end", "controller.log, its end",
    ]  # fmt: skip
    for words in (
        "attempt 1: failed",
        "RuntimeError: no",
        '"is": "ended"',
        "took it up",
        'exit.json: {"code": 1}',
    ):
        assert words in text


def test_it_can_be_printed_and_masks_what_the_shell_has(failed, monkeypatch, capfd):
    """A secret that the program has printed, if its variable is there."""
    monkeypatch.setenv("WANDB_API_KEY", "RuntimeError")
    assert main(["diagnose", "digits-x", "1", "--file", "-"]) == 0
    out = capfd.readouterr().out
    assert "***: no" in out
    assert "RuntimeError" not in out


def test_a_trial_that_has_not_started_has_no_attempt(sweep, capfd):
    sweep()
    assert main(["diagnose", "0", "--file", "-"]) == 0
    out = capfd.readouterr().out
    assert "no attempt yet: queued" in out
    assert "log.txt" not in out


@pytest.mark.parametrize(("words", "message"), [
    (["1", "--attempt", "2"], "trial 1 has no attempt 2; its latest is 1"),
    (["0", "--attempt", "1"], "trial 0 has no attempt 1; its latest is still to come"),
    (["1", "--attempt", "x"], "'x' is not the number of an attempt"),
    (["1", "--file", "no/where"], "diagnose: no/where cannot be written: No such file or directory"),
])  # fmt: skip
def test_what_cannot_be_is_refused(failed, capfd, words, message):
    assert main(["diagnose", *words]) == 2
    assert message in capfd.readouterr().err


def test_a_folder_that_is_gone_is_reported(failed, capfd):
    """With many files only the first are named."""
    out = failed.log(1).parent
    for number in range(120):
        (out / f"f{number:03}").touch()
    main(["diagnose", "1", "--file", "-"])
    assert "and 22 more" in capfd.readouterr().out
    out.rename(out.with_name("elsewhere"))
    main(["diagnose", "1", "--file", "-"])
    assert "its folder cannot be read: No such file or directory" in capfd.readouterr().out


class Fake:
    """A cluster with one pod, or with nothing, or that does not answer."""

    def __init__(self, pod=None, error=None):
        self.pod, self.error = pod, error
        self.api, self.access, self.identity, self.namespace = self, self, "server as ada", "lab"

    def name(self, attempt):
        return f"ada-abcd1234-{attempt.trial:05d}-{attempt.number}"

    def close(self):
        pass

    def find(self, attempt):
        if self.error:
            raise UsageError("no kubeconfig")
        return self.pod

    def path(self, resource):
        return resource

    def get(self, path, **query):
        if self.error:
            raise self.error
        return {"items": [EVENT] if path == "events" else [QUOTA]}

    def log(self, attempt, *, follow):
        yield from (b"set-up\n", b"Bearer abcdefghijkl\n")


def sections(made, monkeypatch, fake):
    monkeypatch.setattr(diagnosis, "_TIMEOUT", 0.0)
    return {one.title: one.text for one in diagnosis.sections(fake, Attempt(1, 1), made.paths.cluster_log)}


def test_of_a_pod_it_has_description_events_yaml_output_and_the_quota(failed, monkeypatch):
    pod = {"metadata": {"name": "p", "uid": "u"}, "spec": {}, "status": {"phase": "Running"}}
    log = [{"did": "create", "pod": "ada-abcd1234-00001-1"}, {"did": "create", "pod": "ada-abcd1234-00002-1"}]
    Path(failed.paths.cluster_log).write_text("".join(f"{json.dumps(one)}\n" for one in log))
    found = sections(failed, monkeypatch, Fake(pod))
    assert "phase Running" in found["pod"]
    assert "Warning OOMKilling" in found["pod, its events"]
    assert found["quotas"] == "lab-quota: 2 of 9 pods"
    assert "phase: Running" in found["pod, as YAML"]
    assert found["pod, its output, the end"].startswith("set-up")
    assert found["cluster.log, about its pod"] == json.dumps(log[0])


@pytest.mark.parametrize("error", [Unreachable("no route"), ApiError(403, "Forbidden", "no", {}, 0.0)])
def test_what_a_cluster_does_not_tell_is_reported(failed, monkeypatch, error):
    """A pod that is gone leaves its events and cluster.log; without an answer the rest is still there."""
    gone = sections(failed, monkeypatch, Fake())
    assert gone["pod"] == "it is not there (any more)"
    assert "pod, as YAML" not in gone
    silent = sections(failed, monkeypatch, Fake(error=error))
    assert silent["pod"] == "it cannot be read: no kubeconfig"
    assert silent["quotas"].startswith("it cannot be read: ")
    assert "cluster.log, about its pod" in silent


def test_without_a_kubeconfig_the_folder_is_all(failed, monkeypatch, capfd):
    """And the file is written all the same."""
    monkeypatch.setenv("KUBECONFIG", "nowhere")
    monkeypatch.setenv("HOME", "nowhere")
    cluster = make_pods(kubeconfig="nowhere")
    failed.folder.change_settings(replace(failed.folder.settings, cluster=clusters.plain(cluster)))
    assert main(["diagnose", "1", "--file", "-"]) == 0
    out = capfd.readouterr().out
    assert "it cannot be asked: cluster.kubeconfig: there is no file nowhere" in out
    assert "RuntimeError: no" in out
