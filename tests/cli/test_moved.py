"""Sweeps and projects that somebody has moved."""

from __future__ import annotations

import json
import os

from sweeper.cli.main import main
from sweeper.results.table import source
from sweeper.store.folder import SweepFolder


def test_a_sweep_is_called_as_its_folder(sweep, capsys, project):
    """After it was moved too: in messages, in the column and in the report; its key facts stay."""
    made = sweep("a", trials=1).fail(0, "KeyError")
    os.rename(made.paths.folder, project / "sweeps" / "b")
    folder = SweepFolder(project / "sweeps" / "b")
    assert (folder.name, source(folder).name, folder.manifest.name) == ("b", "b", "a")
    main(["status", "b", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["sweep"] == "b"
    main(["cancel", "b"])
    assert capsys.readouterr().err.startswith("b: there is nothing to cancel")
