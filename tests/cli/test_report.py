"""`cvsweep report`."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser

import pytest

from sweeper.cli.main import main
from sweeper.report import libraries


def test_the_report_lies_in_the_sweeps_folder_and_its_path_is_reported(sweep, capsys):
    """The file is written whole, its path alone is on stdout, and a second report replaces it."""
    made = sweep(trials=2).complete(0, acc=0.5)
    assert main(["report"]) == 0
    assert capsys.readouterr() == (f"{made.paths.report}\n", "")
    with open(made.paths.report, encoding="utf-8") as file:
        first = file.read()
    assert first.endswith("</html>\n")
    assert "1 queued, 1 completed" in first
    made.complete(1, acc=0.75)
    assert main(["report", "digits-x"]) == 0
    with open(made.paths.report, encoding="utf-8") as file:
        assert "2 completed" in file.read()
    assert [name for name in os.listdir(made.paths.folder) if name.endswith(".tmp")] == []


@pytest.mark.parametrize(("opens", "words"), [(True, ""), (False, "no browser can be started here; ")])
def test_open_shows_it_where_there_is_a_browser(sweep, capsys, monkeypatch, opens, words):
    """--open asks for the browser, and says what to do where there is none."""
    made = sweep(trials=1).complete(0, acc=0.5)
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda url: asked.append(url) or opens)
    assert main(["report", "--open"]) == 0
    assert asked == [f"file://{made.paths.report}"]
    assert capsys.readouterr().err == (
        f"{words}open the file yourself: {made.paths.report}\n" if words else ""
    )


def test_a_missing_extra_is_one_line_and_nothing_is_written(sweep, capsys, monkeypatch):
    """Without plotly the verb says what to install, and leaves the sweep's folder alone."""
    made = sweep(trials=1).complete(0, acc=0.5)
    monkeypatch.setattr(libraries, "find_spec", lambda name: None)
    assert main(["report"]) == 2
    err = capsys.readouterr().err
    assert err == (
        "cvsweep: the report needs plotly and itables, and plotly is not installed:"
        " pip install 'cvsweep[report]'\n"
    )
    assert not os.path.exists(made.paths.report)


def test_a_folder_that_cannot_be_written_is_one_line(sweep, capsys, monkeypatch):
    """A report that cannot be written is one line that names the file, and exit code 3."""
    made = sweep(trials=1).complete(0, acc=0.5)
    os.mkdir(made.paths.report)
    assert main(["report"]) == 3
    assert capsys.readouterr().err == f"cvsweep: writing {made.paths.report}: Is a directory\n"


def test_neither_pandas_nor_itables_is_imported(sweep):
    """The report needs no DataFrame, and itables' own start, which reads a configuration, is left out."""
    sweep(trials=1).complete(0, acc=0.5)
    code = (
        "import sys; from sweeper.cli.main import main; main(['report']); "
        "print([m for m in ('pandas', 'numpy', 'itables', 'hydra', 'kubernetes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
