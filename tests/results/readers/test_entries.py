"""A folder of a million files: a part of it is listed, and what matters is found all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.core.settings import ResultsSettings
from sweeper.results.readers import entries, read_curve, read_metrics
from sweeper.results.readers.entries import Named
from sweeper.results.readers.listing import Listing

MANY = 40


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with more names than are listed; none of those that matter are among the listed ones."""
    for number in range(MANY):
        (tmp_path / f"sample-{number}.png").touch()
    monkeypatch.setattr(entries, "MOST", MANY - 1)
    monkeypatch.setattr(os, "scandir", _samples_first(os.scandir))
    return tmp_path


def _samples_first(really):
    class Sorted:
        def __init__(self, path):
            with really(path) as found:
                self._found = iter(sorted(found, key=lambda entry: not entry.name.startswith("sample")))

        def __enter__(self):
            return self._found

        def __exit__(self, *_):
            pass

    return Sorted


def test_results_are_found_among_a_million_files(full: Path) -> None:
    """With a remark: what else lies there was not looked at."""
    (full / "metrics.json").write_text('{"acc": 0.5}')
    found = read_metrics(str(full))
    words = f"its folder has more than {MANY - 1} names, and not all of them were looked at"
    assert (found.metrics, found.problem, found.warning) == ({"acc": 0.5}, "", words)
    (full / "metrics.json").unlink()
    assert read_metrics(str(full)).problem == words
    (full / "metrics.jsonl").write_text('{"acc": 1}\n{"acc": 2}\n')
    assert read_curve(str(full))[0].series == {"acc": (1, 2)}


def test_a_checkpoint_folder_of_a_million_files_is_remarked_too(full: Path, tmp_path: Path) -> None:
    """It is listed in the same way."""
    out, kept = tmp_path / "attempts" / "1", tmp_path / "checkpoints"
    out.mkdir(parents=True)
    (out / "owner").touch()
    kept.mkdir()
    for number in range(MANY):
        (kept / f"sample-{number}.pt").touch()
    (kept / "metrics.json").write_text('{"acc": 0.75}')
    found = read_metrics(str(out))
    assert found.metrics == {"acc": 0.75}
    assert found.warning == f"checkpoints/ has more than {MANY - 1} names, and not all of them were looked at"


def test_the_file_that_the_settings_name_is_looked_up_too(full: Path) -> None:
    (full / "scores.json").write_text('{"acc": 0.25}')
    assert read_metrics(str(full), ResultsSettings(file="scores.json")).metrics == {"acc": 0.25}


def test_a_folder_of_usual_size_is_listed_to_its_end(tmp_path: Path) -> None:
    """Exactly as many as are listed are all of them."""
    for number in range(3):
        (tmp_path / f"{number}").touch()
    assert not Listing.of(str(tmp_path), most=3).cut
    assert Listing.of(str(tmp_path), most=2).cut
    assert len(Listing.of(str(tmp_path), most=2).entries) == 2


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_a_name_that_was_looked_up_tells_what_a_listed_one_tells(tmp_path: Path, kind: str) -> None:
    """Whatever lies there, and without following links."""
    target, place = tmp_path / "target", tmp_path / "metrics.json"
    target.write_text("x")
    match kind:
        case "file":
            place.write_text("{}")
        case "folder":
            place.mkdir()
        case "link":
            place.symlink_to(target)
        case "dangling":
            place.symlink_to("nowhere")
    looked = Named(str(place))
    (listed,) = (entry for entry in os.scandir(tmp_path) if entry.name == place.name)
    for one in (looked, listed):
        assert (one.name, one.path, one.is_symlink()) == (
            place.name, str(place), kind in ("link", "dangling"),
        )  # fmt: skip
        assert one.is_file(follow_symlinks=False) is (kind == "file")
        assert one.is_dir(follow_symlinks=False) is (kind == "folder")
        assert one.stat(follow_symlinks=False) == os.lstat(place)
    if kind == "link":
        assert looked.is_file(follow_symlinks=True)
