"""A notebook that makes, starts, watches and reads a sweep, executed in a Jupyter kernel.

It comes with pip install 'cvsweep[notebooks]'; CVSWEEP_NOTEBOOKS=required makes a skip a failure.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.notebooks

NOTEBOOK = Path(__file__).parent / "sweep.ipynb"


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each code cell of the notebook shows, by the first line of the cell."""
    pytest.importorskip("ipykernel")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", os.fspath(tmp_path / "ipython"))
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    place = {"metadata": {"path": os.fspath(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    return {cell.source.split("\n")[0]: _shown(cell) for cell in notebook.cells if cell.cell_type == "code"}


def _shown(cell: Any) -> str:
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs
    )


def test_a_sweep_is_started_watched_and_read(executed: dict[str, str], tmp_path: Path) -> None:
    """The kernel's loop and signals are its own; nothing is printed but what the cells show."""
    shown = list(executed.values())
    assert shown[1] == "<first [0/3] abandoned: 3 trials: 3 queued>"
    assert shown[2:4] == ["(True, False)", "(True, 3)"]
    assert [line.split() for line in shown[4].splitlines()] == [
        ["lr", "acc", "state"],
        ["trial"],
        ["0", "0.25", "0.25", "completed"],
        ["1", "0.50", "0.50", "completed"],
        ["2", "0.75", "0.75", "completed"],
    ]
    assert shown[5:] == ["[3]", "1.0"]
