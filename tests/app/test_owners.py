"""Sweeps of other members: they can be read, and nothing of theirs is run."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from sweeper import clusters
from sweeper.app.owners import cluster_for_reader
from sweeper.cli.common import say
from sweeper.cli.main import main
from sweeper.cli.printing import printing
from tests.builders import make_pods
from tests.others import ADA, as_root, give

pytestmark = as_root

VERBS = [
    ["cancel", "digits-x"],
    ["retry", "digits-x"],
    ["resume", "digits-x"],
    ["resume", "-d", "digits-x"],
    ["resume", "--take-over", "digits-x"],
    ["resume", "--code", ".", "digits-x"],
    ["collect", "digits-x"],
]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_another_members_sweep_is_neither_run_nor_changed(sweep, capfd, words) -> None:
    """One line says whose it is; nothing is written."""
    made = sweep().fail(0, "RuntimeError: x")
    give(made.paths.folder)
    before = sorted(os.walk(made.paths.folder))
    assert main(words) == 2
    err = capfd.readouterr().err
    assert f"sweep digits-x belongs to uid {ADA}, and you are root (uid 0): only its owner can run" in err
    assert err.count("\n") == 1
    assert sorted(os.walk(made.paths.folder)) == before


@pytest.mark.parametrize("words", [["status"], ["logs", "0"], ["results"], ["ls"]], ids=" ".join)
def test_another_members_sweep_can_be_read(sweep, capfd, words) -> None:
    made = sweep().complete(0, b"hello\n", acc=0.5)
    give(made.paths.folder)
    named = words if words == ["ls"] else [words[0], "digits-x", *words[1:]]
    assert main(named) == 0


def test_root_may_ask_the_controller_that_lives(sweep, held, capfd, monkeypatch) -> None:
    """Its request counts as the owner's."""
    made = sweep()
    writer = held(made)
    give(made.paths.folder)
    monkeypatch.setattr("sweeper.app.requests._TIMEOUT", 0.0)
    assert main(["cancel", "digits-x"]) == 3
    assert "has not answered" in capfd.readouterr().err
    assert [request.kind for request in writer.requests()] == ["cancel"]


def test_a_kubeconfig_of_another_member_is_never_loaded(sweep, tmp_path, capfd, monkeypatch) -> None:
    """It may name a program that is run for its credentials. The log is followed in the file instead."""
    trap = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "touch",
        "args": [f"{tmp_path}/sprung"],
    }
    theirs = tmp_path / "theirs.yaml"
    theirs.write_text(json.dumps(kubeconfig({"exec": trap | {"interactiveMode": "Never"}})))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/mine.yaml")
    (tmp_path / "mine.yaml").write_text(json.dumps(kubeconfig({"token": "mine"})))
    made = sweep().start(0, log=b"hello\n")
    cluster = make_pods(kubeconfig=str(theirs), context="here")
    made.folder.change_settings(replace(made.folder.settings, cluster=clusters.plain(cluster)))
    assert cluster_for_reader(made.folder, printing()).settings == cluster
    give(made.paths.folder)
    assert cluster_for_reader(made.folder, printing()).settings == replace(
        cluster, kubeconfig=None, context=None
    )
    monkeypatch.setattr("sweeper.clusters.kubernetes.attempt_pods._TIMEOUT", 0.0)
    monkeypatch.setattr("sweeper.cli.verbs.logs.follow", lambda *_: say("from the file") or 0)
    assert main(["logs", "-f", "digits-x", "0"]) == 0
    captured = capfd.readouterr()
    assert "following the file" in captured.err
    assert captured.err.endswith("from the file\n")
    assert "its cluster is asked with your own kubeconfig" in captured.err
    assert not (tmp_path / "sprung").exists()


def test_the_report_of_another_members_sweep_lies_where_we_are(sweep, capfd) -> None:
    """Nothing is written into the sweep."""
    made = sweep().complete(0, acc=0.5)
    give(made.paths.folder)
    before = sorted(os.walk(made.paths.folder))
    assert main(["report", "digits-x"]) == 0
    captured = capfd.readouterr()
    assert captured.out == f"{os.getcwd()}/report-digits-x.html\n"
    assert (
        f"sweep digits-x belongs to uid {ADA}: its report is written into the current folder" in captured.err
    )
    with open("report-digits-x.html", encoding="utf-8") as file:
        assert "1 completed" in file.read()
    assert sorted(os.walk(made.paths.folder)) == before


def kubeconfig(user: dict[str, object]) -> dict[str, object]:
    """One whose server answers nobody."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "u", "user": user}],
    }


def test_wider_modes_of_an_older_sweep_are_mentioned_and_no_refusal(tiny) -> None:
    """A journal or a copy of the project that is another user's is not run; a sweep of hers gets no points.

    What the attempt itself has written is as open as `cluster.umask` says, its folder is not.
    """
    assert tiny.run("-m", "x=1", "sweep.name=x", "code.mode=snapshot", "cluster.umask=007").code == 0
    (out,) = (tiny.sweeps / "x").glob("trials/*/attempts/1")
    modes = {place.name: place.stat().st_mode & 0o777 for place in (out, *out.iterdir(), out.parents[1])}
    assert modes.pop("1") == modes.pop(out.parents[1].name) == 0o755
    assert set(modes.values()) == {0o660}
    shim, program = (tiny.sweeps / "x" / name for name in ("shim.sh", "code/program.sh"))
    shim.chmod(0o666)
    result = tiny.run("resume", "x")
    assert result.code == 0
    assert "warning: others may write to shim.sh of x and so change what its trials run: cd " in result.err
    journal = tiny.sweeps / "x" / "journal" / "000001.jsonl"
    give(journal)
    result = tiny.run("retry", "--completed", "x", "0")
    assert result.code == 3
    assert f"{journal} belongs to uid {ADA}, and the sweep to root (uid 0): it is not run" in result.err
    give(journal, 0)
    give(program)
    result = tiny.run("retry", "--completed", "x", "0")
    assert result.code == 3
    assert f"program.sh belongs to uid {ADA}, and the sweep to root (uid 0): it is not run" in result.err
    give(tiny.sweeps / "x")
    result = tiny.run("-m", "x=1,2", "sweep.name=x", "code.mode=snapshot")
    assert result.code == 2
    assert f"sweep x belongs to uid {ADA}" in result.err
