"""A Hydra app that is run again by its own command line, one trial for each job."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import hydra
import pytest

import sweeper
from sweeper.core.errors import UsageError
from sweeper.core.model import Status
from tests.conftest import Until
from tests.hydra_launcher.conftest import PROGRAM, App


def test_every_job_becomes_a_trial_of_one_sweep(app: App) -> None:
    found = app.run("lr=0.5,0.25", "model=cnn,mlp", "hydra.launcher.name=a")
    state = app.sweep().state()
    assert [one.trial.overrides for one in state.trials] == [
        ("lr=0.5", "model=cnn"),
        ("lr=0.5", "model=mlp"),
        ("lr=0.25", "model=cnn"),
        ("lr=0.25", "model=mlp"),
    ]
    assert state.counts[Status.COMPLETED] == 4
    assert [one["returned"] for one in app.metrics()] == [4.0, 8.0, 2.0, 4.0]
    assert [one.trial.choices["model"] for one in state.trials] == ["cnn", "mlp", "cnn", "mlp"]
    assert "returned" in found.stdout
    assert "4 trials: 4 completed" in found.stderr


def _alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without paths and times."""
    for row in rows:
        output_dir = row.pop("output_dir")
        assert row["cfg"].pop("out") == f"{output_dir}/ckpt"
    return rows


def test_a_job_sees_what_it_sees_with_hydras_own_launcher(app: App) -> None:
    grid = ("lr=0.5,0.25", "model=cnn,mlp,vit", "seed=1,2", "data@train_data=small,large", "+new={a: [1, x]}")
    app.run(*grid)
    ours = _alike(app.seen())
    app.run(*grid, launcher="basic")
    assert len(ours) == 24
    assert ours == _alike(app.seen())


@pytest.mark.parametrize("as_module", [False, True])
def test_another_program_of_the_same_name_is_no_earlier_result(
    tmp_path: Path, app: App, as_module: bool
) -> None:
    """Two copies of a project, run from a folder beside them."""
    other = tmp_path / "other"
    shutil.copytree(app.folder, other)
    here = tmp_path / "runs"
    here.mkdir()
    runs = App(here)
    found = []
    for folder in (app.folder, other):
        words = ["-m", "train"] if as_module else [str(folder / "train.py")]
        command = [sys.executable, *words, "-m", "hydra/launcher=cvsweep", "lr=1", "hydra.launcher.name=a"]
        runs.start(command, PYTHONPATH=str(folder))
        found.append(len(runs.sweep().state().trials))
    assert found == [1, 2]


def test_the_same_command_runs_only_what_is_new(app: App) -> None:
    app.run("lr=0.5,0.25", "hydra.launcher.name=a")
    assert len(app.seen()) == 2
    again = app.run("lr=0.5,0.25,0.125", "hydra.launcher.name=a")
    assert [row["task"] for row in app.seen()] == [["lr=0.125"]]
    assert "2 of 3 are already there" in again.stderr
    assert len(app.sweep().state().trials) == 3


def test_the_users_sweep_dir_is_where_jobs_work_and_metrics_are_read(app: App) -> None:
    """What was there before is not read, and no trial works in the folder of another one."""
    app.edit(
        "    if cfg.get",
        """    if cfg.seed:
        with open("metrics.json", "w") as file:
            json.dump({"acc": cfg.seed}, file)
    if cfg.get""",
    )
    (app.folder / "runs/mlp").mkdir(parents=True)
    (app.folder / "runs/mlp/metrics.json").write_text('{"acc": 7}')
    folders = ("hydra.sweep.dir=runs", "hydra.sweep.subdir=${model.name}", "hydra.job.chdir=true")
    app.run("seed=3", "hydra.launcher.name=a", *folders)
    assert [row["cwd"] for row in app.seen()] == [f"{app.folder}/runs/cnn"]
    app.run("seed=0", "model=mlp", "hydra.launcher.name=a", *folders)
    first, second = app.metrics()
    assert first["acc"] == 3
    assert "acc" not in second
    again = app.run("seed=5", "hydra.launcher.name=a", *folders, code=2)
    assert "is the folder of trial 0 already" in again.stderr


def test_a_failed_job_fails_the_program_once_all_have_ended(app: App) -> None:
    found = app.run(
        "fail=true,false", "hydra.launcher.name=a", "hydra.launcher.retry.budgets={error: 0}", code=1
    )
    state = app.sweep().state()
    assert (state.counts[Status.FAILED], state.counts[Status.COMPLETED]) == (1, 1)
    assert "trial 0 of a ended with error: ValueError: as it was told to" in found.stderr


def test_a_module_is_run_again_as_a_module(app: App) -> None:
    (app.folder / "package").mkdir()
    (app.folder / "package/__init__.py").touch()
    app.edit('"conf"', '"../conf"')
    (app.folder / "train.py").rename(app.folder / "package/train.py")
    command = [
        sys.executable,
        "-m",
        "package.train",
        "-m",
        "hydra/launcher=cvsweep",
        "lr=1,2",
        "hydra.launcher.name=a",
    ]
    app.start(command)
    assert [one["returned"] for one in app.metrics()] == [8, 16]
    assert " -m package.train lr=1 " in app.sweep().state().trials[0].trial.command


def test_flags_that_choose_the_configuration_hold_for_jobs(app: App) -> None:
    (app.folder / "other").mkdir()
    (app.folder / "other/second.yaml").write_text("defaults: [config, _self_]\nlr: 7\n")
    flags = ("--config-dir", "other", "--config-name", "second")
    app.start([*PROGRAM, *flags, "-m", "hydra/launcher=cvsweep", "seed=1,2", "hydra.launcher.name=a"])
    assert [one["returned"] for one in app.metrics()] == [56, 56]


def test_settings_come_from_the_node_of_the_launcher(app: App) -> None:
    (app.folder / "conf/cluster").mkdir()
    (app.folder / "conf/cluster/mine.yaml").write_text("defaults: [base_local, _self_]\nmax_parallel: 1\n")
    app.run("lr=1,2", "hydra/launcher/cluster=mine", "hydra.launcher.name=a", "hydra.launcher.time_limit=60")
    folder = app.sweep()
    assert folder.settings.cluster.data["max_parallel"] == 1
    assert folder.state().trials[0].trial.time_limit == 60


@pytest.mark.parametrize("plus", ["", "+"])
def test_every_documented_setting_is_given_as_it_is_written(app: App, plus: str) -> None:
    """The table in docs/hydra-launcher.md writes no plus; with one they work as well."""
    words = {
        "results.metric": "returned",
        "results.mode": "min",
        "results.file": "final.json",
        "code.mode": "snapshot",
        "code.max_mb": "7",
        "code.include": "[conf]",
        "retry.memory_factor": "1.5",
        "retry.wait_jitter": "0.5",
        "retry.budgets.error": "0",
        "cluster.max_parallel": "1",
        "pause_after": "3",
        "secrets": "[]",
        "time_limit": "60",
        "root": "sweeps",
        "name": "a",
    }
    new = ("results", "code.", "retry.memory")
    app.run(
        "lr=1",
        *(f"{plus if key.startswith(new) else ''}hydra.launcher.{key}={one}" for key, one in words.items()),
    )
    settings = app.sweep().settings
    assert (settings.results.metric, settings.results.mode, settings.results.file) == (
        "returned",
        "min",
        "final.json",
    )
    assert (settings.code.mode, settings.code.max_mb, list(settings.code.include)) == (
        "snapshot",
        7,
        ["conf"],
    )
    assert (settings.retry.memory_factor, settings.retry.wait_jitter) == (1.5, 0.5)
    assert (settings.cluster.data["max_parallel"], settings.sweep.pause_after) == (1, 3)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("hydra.launcher.code.mod=snapshot", "code.mod: there is no such setting (did you mean mode?)"),
        ("hydra.launcher.retry.budgets.eror=1", "eror"),
        ("hydra.launcher.cluster.max_paralel=2", "max_paralel"),
        ("hydra.launcher.results={mode: best}", "results.mode"),
        ("hydra/launcher/cluster=nowhere", "nowhere"),
        ("hydra.launcher.name=../x", "sweep.name"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_made(app: App, word: str, message: str) -> None:
    found = app.run("lr=1,2", word, code=None)
    assert found.returncode in (1, 2)  # Hydra's own refusals end with 1
    assert message in found.stderr
    assert "Traceback" not in found.stderr
    assert not (app.folder / "sweeps").exists()


def test_the_program_goes_on_after_its_launcher_was_left_in_the_background(app: App) -> None:
    found = app.run("lr=1,2", "hydra.launcher.name=a", "hydra.launcher.detach=true")
    assert "runs in the background" in found.stderr
    app.start([sys.executable, "-m", "sweeper", "wait", "a"])
    assert [one["returned"] for one in app.metrics()] == [8, 16]


@pytest.mark.parametrize("where", ["", "sub/"])
@pytest.mark.parametrize("start", ["{app}", "{link}"])
def test_a_script_by_its_absolute_path_runs_from_the_copy(app: App, start: str, where: str) -> None:
    """Also if the path leads to the project through a link."""
    (app.folder / "sub").mkdir()
    app.edit(
        "return cfg.lr * cfg.model.width",
        'return {"copied": "/sweeps/a/code/" in os.path.realpath(__file__)}',
    )
    app.edit('config_path="conf"', f"config_path={str(app.folder / 'conf')!r}")
    (app.folder / "train.py").rename(app.folder / f"{where}train.py")
    link = app.folder.with_name("link")
    link.symlink_to(app.folder)
    script = f"{start.format(app=app.folder, link=link)}/{where}train.py"
    words = ("lr=1", "hydra/launcher=cvsweep", "hydra.launcher.name=a", "+hydra.launcher.code.mode=snapshot")
    app.start([sys.executable, script, "-m", *words])
    assert app.metrics() == [{"copied": True}]


def test_a_script_outside_of_the_project_is_refused_in_plain_words(app: App) -> None:
    """Started from a folder below, which is then the project: its file is not in the copy."""
    (app.folder / "sub").mkdir()
    words = ("lr=1", "hydra/launcher=cvsweep", "+hydra.launcher.code.mode=snapshot")
    found = app.start(
        ["sh", "-c", f'cd sub && exec "{sys.executable}" ../train.py -m {" ".join(words)}'], code=2
    )
    assert f"../train.py is not in the project, {app.folder}/sub" in found.stderr
    assert "start it in the folder of the project" in found.stderr


def test_isolated_python_is_said_to_record_nothing(app: App) -> None:
    command = [
        sys.executable,
        "-I",
        "train.py",
        "-m",
        "hydra/launcher=cvsweep",
        "lr=1",
        "hydra.launcher.name=a",
    ]
    found = app.start(command)
    assert "not recorded" in found.stderr
    assert app.metrics() == [{}]


def test_ctrl_c_leaves_what_runs_and_says_how_to_go_on(app: App, until: Until) -> None:
    (app.folder / "train.py").write_text(
        (app.folder / "train.py")
        .read_text()
        .replace("    return", "    import time; time.sleep(cfg.seed)\n    return")
    )
    command = [
        sys.executable,
        "train.py",
        "-m",
        "hydra/launcher=cvsweep",
        "seed=3,2",
        "hydra.launcher.name=a",
    ]
    environment = {**os.environ, "SEEN": str(app.folder / "seen.jsonl")}
    process = subprocess.Popen(command, cwd=app.folder, env=environment, stderr=subprocess.PIPE, text=True)
    until((app.folder / "seen.jsonl").exists)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    said = ""
    while "Ctrl-C again" not in said:
        said += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=20)
    err = said + rest
    assert process.returncode == 130, err
    assert "cvsweep resume a" in err
    app.start([sys.executable, "-m", "sweeper", "resume", "a"])
    assert app.sweep().state().counts[Status.COMPLETED] == 2


@pytest.mark.parametrize(
    ("returned", "metrics"),
    [
        ("(1, 2.5)", {"returned_0": 1, "returned_1": 2.5}),
        ("{'acc': 0.5, 'best': {'epoch': 3}}", {"acc": 0.5, "best.epoch": 3}),
        ("None", {}),
        ("object()", {}),
    ],
)
def test_what_main_returns_becomes_metrics(app: App, returned: str, metrics: dict[str, Any]) -> None:
    app.edit("return cfg.lr * cfg.model.width", f"return {returned}")
    found = app.run("lr=1", "hydra.launcher.name=a")
    assert app.metrics() == [metrics]
    assert ("cannot be JSON" in found.stderr) == (returned == "object()")


def test_a_sweep_is_refused_another_program(app: App) -> None:
    app.run("lr=1", "hydra.launcher.name=a")
    found = app.run("lr=1", "hydra.launcher.name=a", "hydra.job.name=other", code=2)
    assert "sweep a holds train, not other" in found.stderr


def test_no_run_directory_is_part_of_a_key(app: App) -> None:
    app.run("lr=1", "hydra.launcher.name=a", "hydra.sweep.dir=one")
    app.run("lr=1", "hydra.launcher.name=a", "hydra.sweep.dir=two")
    assert len(app.sweep().state().trials) == 1


def test_what_a_job_returned_is_kept_as_json(app: App) -> None:
    app.run("lr=1", "hydra.launcher.name=a")
    folder = app.sweep()
    out = folder.paths.trial(folder.state().trials[0].trial).attempt_of(1)
    with open(f"{out}/returned.json") as file:
        assert json.load(file)["value"] == 8


def test_jobs_that_would_share_a_folder_are_refused(app: App) -> None:
    """Each would take the other's metrics for its own."""
    found = app.run("lr=1,2", "hydra.launcher.name=a", "hydra.sweep.dir=runs", "hydra.sweep.subdir=x", code=2)
    assert "let hydra.sweep.subdir tell them apart" in found.stderr
    assert not (app.folder / "sweeps").exists()


def test_variables_that_hydra_sets_for_jobs_are_part_of_a_trial(app: App) -> None:
    app.run("lr=1", "hydra.launcher.name=a", "+hydra.job.env_set.X=1")
    app.run("lr=1", "hydra.launcher.name=a", "+hydra.job.env_set.X=2")
    assert len(app.sweep().state().trials) == 2


def test_a_parameter_that_uses_the_number_of_the_job_makes_jobs_differ(app: App) -> None:
    """`lr=1,1` with a seed of ${hydra:job.num} is two runs, as with Hydra's own launcher."""
    config = app.folder / "conf/config.yaml"
    config.write_text(config.read_text().replace("seed: 0", "seed: ${hydra:job.num}"))
    app.edit("return cfg.lr * cfg.model.width", "return cfg.lr + 100 * cfg.seed")
    app.run("lr=1,1", "hydra.launcher.name=a")
    assert [one["returned"] for one in app.metrics()] == [1, 101]
    assert [one.trial.params["seed"] for one in app.sweep().state().trials] == [0, 1]


@pytest.mark.skipif(
    not hydra.__version__.startswith("1.3."), reason="Hydra 1.4.0rc3 refuses deletions in any multirun"
)
def test_a_key_may_be_set_and_then_deleted(app: App) -> None:
    """Odd, but legal: without the other override, the key cannot be set."""
    app.run("lr=1,2", "seed=1,2", "~seed", "twice=3", "hydra.launcher.name=a")
    assert [row["cfg"]["twice"] for row in app.seen()] == [3, 3]
    assert "seed" not in app.sweep().state().trials[0].trial.params


def test_a_sweep_that_others_wait_for_cannot_be_left_in_the_background(app: App) -> None:
    batches = ("hydra.sweeper.max_batch_size=1", "hydra.launcher.detach=true")
    found = app.run("lr=1,2", "hydra.launcher.name=a", *batches, code=2)
    assert "others wait for results" in found.stderr
    assert not (app.folder / "sweeps").exists()


def test_the_sweep_of_a_launcher_gets_its_points_from_its_program_alone(app: App) -> None:
    app.run("lr=1", "hydra.launcher.name=a")
    with pytest.raises(UsageError, match="add points to it by the command that made it"):
        sweeper.open_sweep(app.sweep().paths.folder).add({"lr": [5]})


PICKLED = """
import sys
import hydra, helper


def main(cfg):
    with open("metrics.json", "w") as file:
        file.write('{"acc": 1}')
    original = hydra.utils.get_original_cwd()
    return {"epochs": cfg.epochs, "helper": helper.V, "copied": original.endswith("/sweeps/a/code")}


if __name__ == "__main__":
    sys.argv += ["hydra/launcher=cvsweep", "+hydra.launcher.code.mode=snapshot", "hydra.launcher.name=a"]
    hydra.main(version_base="1.3", config_path="conf", config_name="config")(main)()
"""


@pytest.mark.parametrize("start", ["pickled.py", "{app}/pickled.py", "{link}/pickled.py"])
def test_a_pickled_function_takes_imports_and_configuration_from_the_copy(app: App, start: str) -> None:
    """Also for a retry after the originals were edited, and if the program was started through a link."""
    link = app.folder.with_name("link")
    link.symlink_to(app.folder)
    (app.folder / "helper.py").write_text("V = 1\n")
    (app.folder / "conf/config.yaml").write_text("lr: 1\nepochs: 10\n")
    (app.folder / "pickled.py").write_text(PICKLED)
    started = start.format(app=app.folder, link=link)
    app.start([sys.executable, started, "-m", "lr=1", "hydra.sweep.dir=runs", "hydra.job.chdir=true"])
    first = [{"epochs": 10, "helper": 1, "copied": True, "acc": 1}]
    assert app.metrics() == first
    (app.folder / "helper.py").write_text("V = 2\n")
    (app.folder / "conf/config.yaml").write_text("lr: 1\nepochs: 20\n")
    app.start([sys.executable, "-m", "sweeper", "retry", "a", "0", "--completed"])
    assert app.sweep().state().trials[0].number == 2
    assert app.metrics() == first
