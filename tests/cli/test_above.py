"""A command in a folder of a project is meant for the project, as with git; what was found is said."""

from __future__ import annotations

import os

import pytest

from sweeper.cli import controller


@pytest.fixture
def src(tiny, monkeypatch):
    """A folder of the project, and we are in it."""
    monkeypatch.setattr(controller, "control", lambda folder: 0)
    place = tiny.folder / "src" / "deep"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


def found(tiny):
    return f"project: {tiny.folder} (above the current folder; relative paths start there)\n"


def test_a_run_is_of_the_project_above(tiny, src):
    """Its scripts, its sweep.root and its code, as if it had been started there."""
    result = tiny.run("x=1", "sweep.name=x")
    assert result.code == 0, result.err
    assert result.err == f"{found(tiny)}x: 1 trial in ../../sweeps/x\n"
    assert os.listdir(src) == []
    again = tiny.run("-m", "x=1,2", "sweep.name=x", "--dry-run")
    assert again.err.startswith(f"{found(tiny)}x: 1 of 2 are already there\n")
    os.chdir(tiny.folder)
    assert "x: 1 of 2 are already there\n" in tiny.run("-m", "x=1,2", "sweep.name=x", "--dry-run").err


def test_verbs_find_the_sweeps_of_the_project_above(tiny, src, sweep):
    sweep("night").complete(0)
    for words in (["status"], ["ls"], ["results"], ["logs", "0"], ["cancel", "night"]):
        result = tiny.run(*words)
        assert result.code == 0, result.err
        assert result.err.splitlines()[0] == f"project: {tiny.folder}"
    assert "next: cvsweep results night" in tiny.run("status").out


def test_a_root_that_the_project_names_is_found_from_below(tiny, src):
    config = tiny.folder / "configs/config.yaml"
    config.write_text(f"{config.read_text()}sweep: {{root: out}}\n")
    assert tiny.run("x=1", "sweep.name=x").err.endswith("x: 1 trial in ../../out/x\n")
    assert "1 trial: 1 queued" in tiny.run("status").out


def test_in_a_sweeps_folder_that_sweep_is_meant(tiny, src, sweep, monkeypatch):
    """And not the newest: `cancel` there would end another."""
    older, _ = sweep("older"), sweep("newer")
    monkeypatch.chdir(older.paths.trials)
    for words in (["status"], ["results"], ["cancel"]):
        result = tiny.run(*words)
        assert result.err.splitlines()[0] == "sweep: older (the current folder is in it)"
    assert "3 cancelled" in tiny.run("status").out
    assert "3 queued" in tiny.run("status", "newer").out


def test_what_is_given_is_looked_for_from_here(tiny, src, sweep, monkeypatch):
    """--root and $CVSWEEP_ROOT are no settings of the project; nothing else is searched then."""
    sweep("night")
    assert tiny.run("status", "--root", "../../sweeps").err == ""
    assert tiny.run("status", "--root=sweeps").code == 2
    monkeypatch.setenv("CVSWEEP_ROOT", "elsewhere")
    assert tiny.run("status").err.startswith("cvsweep: there is no sweep in elsewhere;")


@pytest.mark.parametrize("verb", ["doctor", "--cfg=job"])
def test_what_takes_the_words_of_a_run_is_of_the_project_too(tiny, src, verb):
    result = tiny.run(verb)
    assert (result.code, result.err.startswith(found(tiny))) == (0, True)


def test_completion_says_nothing(tiny, src, monkeypatch):
    """What it says would stand in the prompt."""
    monkeypatch.setenv("COMP_LINE", "cvsweep experiment=")
    monkeypatch.setenv("COMP_POINT", "19")
    assert tiny.run("-sc", "query=bash").err == ""


@pytest.mark.parametrize(
    ("lies", "hint"),
    [
        ("conf/config.yaml", "there is conf/: to start from it type cvsweep -cd conf; "),
        ("config/main.yaml", "there is config/: to start from it type cvsweep -cd config -cn main; "),
        ("conf/main.yml", "there is conf/, and Hydra reads only .yaml, not .yml; "),
        ("config.yml", "there is config.yml, and cvsweep reads configs/config.yaml: move it there; "),
    ],
)
def test_a_folder_with_a_configuration_of_its_own_is_no_part_of_the_project_above(tiny, src, lies, hint):
    """A new run of the other project would surprise; it is only named."""
    (src / lies).parent.mkdir(exist_ok=True)
    (src / lies).touch()
    result = tiny.run("x=1")
    assert result.code == 2
    assert result.err == (
        f"cvsweep: no configs folder here ({src}): {hint}the project {tiny.folder} is above: run it there\n"
    )


def test_a_given_config_dir_starts_from_here(tiny, src):
    """As before: a folder without configs/ starts from --config-dir, and is the project."""
    result = tiny.run("-cd", "../../configs", "x=1", "task.command=[sh,nope.sh]", "--dry-run")
    assert result.err == f"cvsweep: task.command: there is no nope.sh in {src}\n"


def test_a_kubeconfig_of_the_project_is_the_projects(tiny, src):
    text = "backend: kubernetes\nkubeconfig: kube\nnamespace: lab\nimage: busybox\n"
    (tiny.folder / "configs/cluster").mkdir()
    (tiny.folder / "configs/cluster/lab.yaml").write_text(f"{text}volumes: {{d: {{claim: d, path: /d}}}}\n")
    assert f"there is no file {tiny.folder}/kube\n" in tiny.run("doctor", "cluster=lab").out


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("config.yml", "there is config.yml, and Hydra reads only .yaml: rename it to config.yaml"),
        ("main.yaml", "there is main: choose with --config-name, as in -cn main"),
    ],
)
def test_a_file_of_another_name_is_named(project, tiny, file, hint):
    os.rename("configs/config.yaml", f"configs/{file}")
    assert tiny.run("x=1").err == f"cvsweep: no config.yaml in {project}/configs; {hint}\n"


@pytest.mark.parametrize("root", ["~/out", "$HOME/out", "${oc.env:HOME}/out"])
def test_a_root_in_the_home_folder_is_there(tiny, monkeypatch, root):
    """No folder called `~` or `$HOME` appears."""
    home = tiny.folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    result = tiny.run(f"sweep.root='{root}'", "x=1", "sweep.name=x", "--dry-run")
    assert result.out.splitlines()[0].endswith(f", into {home}/out/x")


def test_paths_that_name_nobody_are_refused(tiny, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    for root, line in [
        (
            "'~nobody-here/x'",
            "there is no user 'nobody-here'; write ./~nobody-here/x for a folder of that name",
        ),
        ("'$NOT_SET/x'", "the environment variable NOT_SET is not set, in $NOT_SET/x"),
    ]:
        assert tiny.run(f"sweep.root={root}").err == f"cvsweep: sweep.root: {line}\n"
    assert tiny.run("status", "--root=~nobody-here").err.startswith("cvsweep: --root: there is no user")
