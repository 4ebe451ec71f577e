"""The example experiment, run as a sweep runs it: a process, two folders, perhaps a signal."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from omegaconf import OmegaConf

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "experiments" / "digits.py"
DEADLINE = 60.0


def start(trial: Path, attempt: int, *args: str) -> subprocess.Popen[str]:
    """An attempt at a trial: it has its own output folder; all attempts share the checkpoints."""
    out = trial / str(attempt)
    out.mkdir(parents=True)
    folders = {"CVSWEEP_OUT": str(out), "CVSWEEP_CHECKPOINT_DIR": str(trial / "checkpoints")}
    command = [sys.executable, "-W", "error", str(SCRIPT), *args]
    return subprocess.Popen(command, env=os.environ | folders, stdout=subprocess.PIPE, text=True)


def run(trial: Path, attempt: int, *args: str) -> str:
    """What a whole attempt prints."""
    with start(trial, attempt, *args) as process:
        try:
            printed, _ = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    assert process.returncode == 0
    return printed


def interrupt(trial: Path, attempt: int, how: signal.Signals) -> int:
    """The exit status of an attempt that gets a signal after its first epoch."""
    with start(trial, attempt, "--epochs=100000") as process:
        try:
            deadline = time.monotonic() + DEADLINE
            while not metrics(trial, attempt):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(how)
            process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    return process.returncode


def metrics(trial: Path, attempt: int) -> list[str]:
    """The lines of metrics.jsonl so far, byte for byte."""
    path = trial / str(attempt) / "metrics.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def test_learns(tmp_path: Path) -> None:
    """A few epochs read nine digits of ten, and every epoch leaves a line."""
    run(tmp_path, 1, "--lr=0.05", "--epochs=3")
    lines = [json.loads(line) for line in metrics(tmp_path, 1)]
    assert [set(line) for line in lines] == [{"epoch", "train_loss", "val_loss", "val_acc"}] * 3
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert lines[-1]["val_acc"] > 0.9
    assert lines[-1]["train_loss"] < lines[0]["train_loss"]


def test_the_seed_decides_the_numbers(tmp_path: Path) -> None:
    """The same seed gives the same numbers, and another seed gives others."""
    for name, seed in [("first", 1), ("again", 1), ("other", 2)]:
        run(tmp_path / name, 1, "--epochs=2", f"--seed={seed}")
    assert metrics(tmp_path / "first", 1) == metrics(tmp_path / "again", 1)
    assert metrics(tmp_path / "first", 1) != metrics(tmp_path / "other", 1)


@pytest.mark.parametrize(
    ("how", "status"),
    [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["TERM", "KILL"],
)
def test_an_interrupted_trial_goes_on_as_if_never_interrupted(
    tmp_path: Path, how: signal.Signals, status: int
) -> None:
    """After TERM or KILL the next attempt resumes, and its metrics equal an uninterrupted run's."""
    assert interrupt(tmp_path / "broken", 1, how) == status
    done = len(metrics(tmp_path / "broken", 1))
    epochs = f"--epochs={done + 3}"
    assert "resuming after epoch" in run(tmp_path / "broken", 2, epochs)
    run(tmp_path / "whole", 1, epochs)
    assert metrics(tmp_path / "broken", 2) == metrics(tmp_path / "whole", 1)


def test_term_loses_no_finished_epoch(tmp_path: Path) -> None:
    """On TERM the epoch under way is finished and saved, so the next attempt starts right after it."""
    interrupt(tmp_path, 1, signal.SIGTERM)
    done = len(metrics(tmp_path, 1))
    assert run(tmp_path, 2, f"--epochs={done + 1}").startswith(f"resuming after epoch {done}\n")


def test_a_finished_trial_reports_again(tmp_path: Path) -> None:
    """An attempt that finds all epochs done still writes every line of metrics."""
    run(tmp_path, 1, "--epochs=2")
    run(tmp_path, 2, "--epochs=2")
    assert len(metrics(tmp_path, 1)) == 2
    assert metrics(tmp_path, 2) == metrics(tmp_path, 1)


def test_runs_by_hand(tmp_path: Path) -> None:
    """Without cvsweep's variables the script writes its metrics here and leaves no checkpoint."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CVSWEEP_")}
    command = [sys.executable, str(SCRIPT), "--epochs=1"]
    subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, timeout=DEADLINE)
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_diverging_trial_says_so(tmp_path: Path) -> None:
    """A loss that is no number ends the trial as failed and never reaches the metrics."""
    folder = {"CVSWEEP_OUT": str(tmp_path)}
    command = [sys.executable, str(SCRIPT), "--lr=1e30"]
    ended = subprocess.run(
        command, env=os.environ | folder, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert ended.returncode == 1
    assert "the loss is no longer a number" in ended.stderr
    assert (tmp_path / "metrics.jsonl").read_text() == ""


def test_the_config_and_the_script_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example config names exactly the script's options, with the script's defaults."""
    monkeypatch.setenv(
        "OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1")
    )  # undone, as importing sets it
    spec = importlib.util.spec_from_file_location("digits", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    digits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(digits)
    config = OmegaConf.to_container(OmegaConf.load(ROOT / "configs" / "experiment" / "digits.yaml"))
    assert isinstance(config, dict)
    parameters = {key: value for key, value in config.items() if key not in ("task", "results")}
    assert parameters == vars(digits.parse_args([]))
    assert config["results"] == {"metric": "val_acc", "mode": "max"}
