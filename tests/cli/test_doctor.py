"""`cvsweep doctor` and `cvsweep quota` where no cluster is meant, or none is there."""

from __future__ import annotations

import json

import pytest

CLUSTER = """\
backend: kubernetes
kubeconfig: {file}
namespace: lab
volumes: {{data: {{claim: data, path: /data}}}}
image: busybox
"""


def rows(tiny, *words):
    result = tiny.run("doctor", "-o", "json", *words)
    return result.code, {row["name"]: row for row in json.loads(result.out)}


def test_a_project_that_can_run_is_well(tiny):
    """Every check has a row, and the exit code is 0; nothing is left behind."""
    before = tiny.tree()
    result = tiny.run("doctor", "-m", "x=1,2")
    assert (result.code, result.err) == (0, "nothing stands in the way of a run\n")
    assert [line.split()[:2] for line in result.out.splitlines()] == [
        ["ok", name] for name in ("config", "program", "disk", "machine")
    ]
    assert "tiny, 2 trials, on local" in result.out
    assert "2 trials at a time on" in result.out
    assert tiny.tree() == before


def test_gpus_are_named(tiny, monkeypatch):
    """The GPUs that trials would run on are said."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    assert rows(tiny)[1]["machine"]["said"] == "2 trials at a time on GPUs 0, 3"


@pytest.mark.parametrize(
    ("override", "want"),
    [
        ("cluster.gpus=2", "1 trial at a time on GPUs 0, 3, 2 each"),
        ("cluster.max_parallel=3", "3 trials at a time on GPUs 0, 3"),
    ],
)
def test_how_trials_share_the_gpus_is_reported(tiny, monkeypatch, override, want):
    """Several GPUs a trial, or more trials than GPUs, change how many run at a time."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    assert rows(tiny, override)[1]["machine"]["said"] == want


@pytest.mark.parametrize(
    ("override", "name", "words"),
    [
        ("task.command=[nonsuch]", "program", "'nonsuch' is not on PATH"),
        ("sweep.root=/proc/sweeps", "disk", "/proc cannot be written"),
        ("sweep.root=program.sh/sweeps", "disk", "cannot be written: Not a directory"),
    ],
)
def test_what_is_wrong_is_a_failure_and_the_rest_is_still_looked_at(tiny, override, name, words):
    """One failure makes the exit code 3, and hides no other row."""
    code, found = rows(tiny, override)
    assert code == 3
    assert found[name]["level"] == "failure"
    assert words in found[name]["said"]
    assert len(found) == 4


def test_a_reader_without_its_package_is_a_failure(tiny, monkeypatch):
    """What would be refused at the beginning of a run is said here too."""
    monkeypatch.setattr("sweeper.results.readers.tensorboard.find_spec", lambda name: None)
    code, found = rows(tiny, "results.reader=tensorboard")
    assert code == 3
    assert "pip install 'cvsweep[tensorboard]'" in found["results"]["said"]


def test_a_wrong_configuration_is_one_line(tiny):
    """What cannot be composed is said as a run would say it."""
    result = tiny.run("doctor", "nonsense=1")
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1


def test_a_cluster_that_cannot_be_reached_is_a_failure(tiny):
    """No kubeconfig: a row with what is wrong, not an end of everything."""
    (tiny.folder / "configs" / "cluster").mkdir()
    (tiny.folder / "configs" / "cluster" / "lab.yaml").write_text(CLUSTER.format(file="nowhere"))
    code, found = rows(tiny, "cluster=lab")
    assert code == 3
    assert found["cluster"]["said"].endswith("there is no file nowhere")
    assert found["program"]["level"] == "ok"


def test_quota_needs_a_cluster(tiny):
    """Without one it says how to name one."""
    result = tiny.run("quota")
    assert (result.code, result.out) == (2, "")
    assert "cvsweep quota cluster=cvlab" in result.err


def test_quota_of_a_cluster_that_is_not_there_is_one_line(tiny):
    """A cluster that cannot be reached is exit code 3 or 2, and one line."""
    (tiny.folder / "configs" / "cluster").mkdir()
    (tiny.folder / "configs" / "cluster" / "lab.yaml").write_text(CLUSTER.format(file="nowhere"))
    result = tiny.run("quota", "cluster=lab")
    assert result.code == 2
    assert result.err.count("\n") == 1
