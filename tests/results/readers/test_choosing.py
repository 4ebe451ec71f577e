"""Which reader is asked: the one that the configuration names, or the first that finds its file."""

from __future__ import annotations

import os

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.settings import READERS, ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.readers import check_reader, read_curve
from tests.results.readers.conftest import final

STATE = '{"log_history": [{"step": 1, "n": 6}]}'
ALL = {
    "metrics.json": '{"n": 1}',
    "metrics.jsonl": '{"n": 2}\n',
    "metrics.csv": "n\n3\n",
    "all_results.json": '{"n": 4}',
    "logs/version_0/metrics.csv": "step,n\n1,5\n",
    "log.txt": "n=7\n",
}


def test_by_looking_our_own_files_come_first_and_then_those_of_tools(leave):
    """The order in which they are asked; the log is never found by looking."""
    files = dict(ALL)
    for expected, name in enumerate(list(ALL)[:4], start=1):
        assert leave(files) == ({"n": expected}, "")
        del files[name]
    assert leave(files) == ({"step": 1, "n": 5}, "")
    assert leave({"log.txt": ALL["log.txt"]}) == ({}, "")


@pytest.mark.parametrize(
    ("reader", "found"),
    [
        ("json", {"n": 1}),
        ("jsonl", {"n": 2}),
        ("csv", {"n": 3}),
        ("trainer", {"n": 4}),
        ("lightning", {"step": 1, "n": 5}),
        ("log", {"n": 7}),
        ("tensorboard", {}),
        ("none", {}),
    ],
)
def test_a_reader_that_is_named_is_the_only_one_asked(leave, reader, found):
    """Whatever else lies there."""
    assert leave(ALL, reader=reader) == (found, "")


def test_every_reader_that_may_be_named_is_there(leave, trace):
    """What the settings offer can be read, and finds nothing in an empty folder."""
    for reader in READERS:
        assert leave({}, reader=reader) == ({}, "")
        assert trace({}, reader=reader) == (Curve(), "")


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"reader": "wandb"}, "'wandb'"), ({"pattern": "("}, "'log'"), ({"reader": "\x1b"}, r"'\x1b'")],
)
def test_a_reader_of_another_version_is_said_to_be_missing(leave, trace, settings, named):
    """A sweep.json may have been written by a newer one, or by hand."""
    for read in (leave, trace):
        _, problem = read({}, **settings)
        assert problem.startswith(f"results.reader: this version of cvsweep cannot use {named}")


def test_the_curve_comes_from_the_first_file_that_has_one(trace):
    """metrics.json has final values alone, so it is metrics.jsonl beside it that has the curve."""
    assert trace(ALL) == (Curve((1,), {"n": (2,)}), "")
    assert trace({"metrics.json": '{"n": 1}'}) == (Curve(), "")
    files = {"all_results.json": '{"n": 4}', "trainer_state.json": STATE}
    assert trace(files) == (Curve((1,), {"n": (6,)}), "")


def test_a_curve_that_is_broken_is_not_passed_over(trace):
    """As with the final values."""
    curve, problem = trace({**ALL, "metrics.jsonl": "oops\n"})
    assert curve == Curve()
    assert problem.startswith("line 1 of metrics.jsonl is not JSON")


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path):
    """A folder that is gone is a problem and no crash."""
    assert read_curve(str(tmp_path / "gone")) == (
        Curve(),
        "its curve cannot be read: No such file or directory",
    )


@pytest.mark.parametrize("name", [*ALL, "trainer_state.json"])
@pytest.mark.parametrize("reader", READERS)
def test_links_and_pipes_are_refused_by_every_reader(tmp_path, name, reader):
    """None is followed, and none waits for somebody who writes."""
    (tmp_path / "elsewhere").write_text('{"n": 1}\n')
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    settings = ResultsSettings(reader=reader)
    for make in (lambda: os.mkfifo(place), lambda: place.symlink_to(tmp_path / "elsewhere")):
        make()
        assert final(str(tmp_path), settings)[0] == {}
        assert read_curve(str(tmp_path), settings)[0] == Curve()
        place.unlink()


def test_a_reader_without_its_package_is_refused_before_anything_runs(monkeypatch):
    """The line says what to install."""
    monkeypatch.setattr("sweeper.results.readers.tensorboard.find_spec", lambda name: None)
    check_reader(ResultsSettings())
    with pytest.raises(
        UsageError, match=r"takes a package that is not here: pip install 'cvsweep\[tensorboard\]'"
    ):
        check_reader(ResultsSettings(reader="tensorboard"))


def test_final_values_open_nothing_of_what_they_do_not_need(tmp_path, monkeypatch):
    """A program with a metrics.json costs one listing and one file, whatever folders lie beside it."""
    (tmp_path / "metrics.json").write_text('{"n": 1}')
    (tmp_path / "deep" / "er").mkdir(parents=True)
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or scandir(folder))
    assert final(str(tmp_path)) == ({"n": 1}, "")
    assert listed == [str(tmp_path)]
