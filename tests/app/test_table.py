"""results.csv in the sweep's folder."""

from __future__ import annotations

import csv

from sweeper.app.changing import change
from sweeper.app.events import Observers
from sweeper.app.table import best_first, write_table
from sweeper.app.write_notes import note


def rows(made):
    with open(made.paths.table, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_is_kept_in_the_folder(sweep):
    """It is the whole table, best first."""
    made = sweep(trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    write_table(made.folder, best_first(made.folder, made.state))
    assert [row["trial"] for row in rows(made)] == ["1", "0"]


def test_a_note_on_a_sweep_without_a_controller_is_in_its_table_and_summary_at_once(sweep):
    """Nobody comes later to write them again."""
    made = sweep(trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    note(made.folder, "look here", (1,), Observers())
    note(made.folder, "of the night", None, Observers())
    assert [row["note"] for row in rows(made)] == ["look here", ""]
    with open(made.paths.summary, encoding="utf-8") as file:
        assert "of the night" in file.read()


def test_another_metric_orders_the_table_at_once(sweep):
    """What ranks the trials is read anew for it."""
    made = sweep(trials=2).complete(0, acc=0.5, loss=0.1).complete(1, acc=0.75, loss=0.2)
    change(made.folder, {"results.metric": "loss", "results.mode": "min"}, Observers())
    assert [row["trial"] for row in rows(made)] == ["0", "1"]
