"""A sweep of each kind of script, none of which was changed for it: its table and its curves."""

from __future__ import annotations

from itertools import pairwise

import pytest


def walked(lr, steps=5):
    """What the programs that walk down a parabola come to: x² after each step from 1."""
    return [(1 - 2 * lr) ** (2 * step) for step in range(1, steps + 1)]


def test_a_lightning_script_is_tabled(sweep):
    """Its CSVLogger's version_0, found by looking: training, validation and test in one row."""
    swept = sweep("with_lightning.py", "lr=0.01,0.1", metric="test_loss", needs=("lightning",))
    best, other = swept.rows
    assert (best["lr"], other["lr"]) == (0.1, 0.01)
    assert best["test_loss"] < other["test_loss"]
    for row, curve in zip(sorted(swept.rows, key=lambda row: row["trial"]), swept.curves, strict=True):
        assert (row["state"], row["step"], curve.axis, curve.steps[-1]) == ("completed", 12, "step", 12)
        assert {"train_loss", "val_loss", "test_loss"} <= row.keys() & curve.series.keys()
        assert curve.final().items() <= row.items()
        validated = [value for value in curve.series["val_loss"] if value is not None]
        assert len(validated) == 3
        assert all(late < early for early, late in pairwise(validated))


def test_a_trainer_script_is_tabled(sweep):
    """Hugging Face's Trainer, told by a placeholder where to write."""
    swept = sweep(
        "with_trainer.py",
        "lr=0.001,0.0001",
        metric="eval_loss",
        needs=("transformers", "accelerate"),
        options="--output_dir={out}",
    )
    for row, curve in zip(sorted(swept.rows, key=lambda row: row["trial"]), swept.curves, strict=True):
        assert (row["state"], row["epoch"], curve.axis, curve.steps) == (
            "completed",
            2.0,
            "step",
            (2, 4, 6, 8),
        )
        assert row["eval_loss"] == curve.reduce("eval_loss", "last")
        assert curve.best("eval_loss", "min")["eval_loss"] <= row["eval_loss"]
        assert None not in curve.series["loss"]


def test_a_trainer_script_that_saves_no_results_is_tabled(sweep):
    """Where it only keeps checkpoints, in a folder of its own: the last one tells how far it came."""
    swept = sweep(
        "with_trainer.py",
        "lr=0.001",
        metric="eval_loss",
        needs=("transformers", "accelerate"),
        options="--output_dir=mine --only_checkpoints",
    )
    (row,), (curve,) = swept.rows, swept.curves
    assert (row["state"], row["step"], curve.steps) == ("completed", 8, (2, 4, 6, 8))
    assert row["eval_loss"] == curve.reduce("eval_loss", "last")


def test_a_script_that_only_tells_tensorboard_is_tabled(sweep):
    """Its event files, in the folder that SummaryWriter names by the date and the host."""
    swept = sweep("with_tensorboard.py", "lr=0.1,0.2", metric="loss/train", needs=("torch", "tensorboard"))
    for row, curve in zip(sorted(swept.rows, key=lambda row: row["trial"]), swept.curves, strict=True):
        expected = walked(row["lr"])
        shown = [row["loss/train"], row["loss/val"], row["score"]]
        assert shown == pytest.approx([expected[-1], expected[3] + 0.5, -expected[-1]], rel=1e-5)
        assert [value for value in curve.series["loss/train"] if value is not None] == pytest.approx(
            expected, rel=1e-5
        )
    assert swept.rows[0]["lr"] == 0.2


def test_a_script_that_only_prints_is_tabled(sweep):
    """What it prints, since the configuration says so."""
    swept = sweep("that_prints.py", "lr=0.1,0.2", "results.reader=log", metric="train_loss")
    for row, curve in zip(sorted(swept.rows, key=lambda row: row["trial"]), swept.curves, strict=True):
        assert row["train_loss"] == pytest.approx(walked(row["lr"])[-1], abs=1e-6)
        assert (curve.axis, curve.steps) == ("Epoch", (1, 2, 3, 4, 5))
        assert curve.series["train_loss"] == pytest.approx(walked(row["lr"]), abs=1e-6)
    assert swept.rows[0]["lr"] == 0.2
