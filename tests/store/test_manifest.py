"""sweep.json: what a sweep was made from."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError, UsageError
from sweeper.core.paths import SweepPaths
from sweeper.store import manifest as manifests
from sweeper.store import sweep_json
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest
from sweeper.store.sweep_json import FORMAT
from tests.disks import Fail


@pytest.fixture
def manifest(folder: SweepFolder) -> Manifest:
    """A whole one."""
    return folder.manifest


def spoil(paths: SweepPaths, **changes: Any) -> None:
    """Change what the file says, as somebody does who edits it on purpose; None takes a key away."""
    path = Path(paths.manifest)
    data = json.loads(path.read_text()) | {"checksum": None} | changes
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def test_what_was_written_is_read(paths: SweepPaths, manifest: Manifest) -> None:
    """A manifest comes back equal, whatever text the configuration holds."""
    config = {"lr": 1e-3, "nested": {"none": None, "odd": "ü 💥 \udcff"}, "list": [1, True]}
    written = replace(manifest, config=config, swept=["lr"], created_at=1_700_000_000.123)
    manifests.write(paths, written)
    assert manifests.read(paths) == written


def test_the_file_is_dated_as_the_sweep(paths: SweepPaths, manifest: Manifest) -> None:
    """Whenever it is written again, the file bears the time at which the sweep was made."""
    for _ in range(2):
        manifests.write(paths, replace(manifest, created_at=1_600_000_000.5))
        assert os.stat(paths.manifest).st_mtime == 1_600_000_000.5


def test_a_folder_without_one_is_no_sweep(tmp_path: Path) -> None:
    """A folder without sweep.json, a file and a missing path are each no sweep."""
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file", tmp_path / "gone"):
        with pytest.raises(UsageError, match=f"^{path} is not a sweep: it has no sweep.json$"):
            manifests.read(SweepPaths(str(path)))


def test_a_newer_format_is_refused_with_the_version_that_wrote_it(paths: SweepPaths) -> None:
    """A sweep of a later format is not guessed at, whatever else has changed in it."""
    spoil(paths, format=FORMAT + 1, version="9.8.7", settings=None)
    with pytest.raises(
        StorageError, match=r"was written by cvsweep 9\.8\.7, which is newer: upgrade this one"
    ):
        manifests.read(paths)


def test_keys_of_a_newer_version_are_left_out(paths: SweepPaths, manifest: Manifest) -> None:
    """Within a format a later version may add keys."""
    spoil(paths, invented=[1])
    assert manifests.read(paths) == manifest


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "5", '"text"', "[" * 100_000, '{"format": 1}', '{"format": "2"}', "\xff\xfe"],
    ids=lambda text: text[:12] or "empty",
)
def test_a_damaged_file_is_one_clear_line(paths: SweepPaths, text: str) -> None:
    """Whatever lies there instead, the error is one line of ours that names the file."""
    Path(paths.manifest).write_text(text, "latin-1")
    with pytest.raises(StorageError) as caught:
        manifests.read(paths)
    assert str(caught.value).startswith(f"{paths.manifest} is damaged: ")
    assert "\n" not in str(caught.value)


OPTIONAL = {"start", "choices", "imports", "environment", "flags", "private", "made", "place"}
"""Keys that sweeps of older versions do not have."""


@pytest.mark.parametrize("name", sorted(Manifest.__dataclass_fields__))
def test_a_key_that_is_missing_or_of_another_kind_is_named(paths: SweepPaths, name: str) -> None:
    """The line names the keys that cannot be used."""
    for value in [5] if name in OPTIONAL else (None, "text" if name in {"created_at", "format"} else 5):
        spoil(paths, **{name: value})
        with pytest.raises(StorageError, match=f"is damaged: missing or unusable: {name}$"):
            manifests.read(paths)


def test_commands_start_in_the_project_where_nothing_else_is_reported(
    paths: SweepPaths, manifest: Manifest
) -> None:
    """A sweep that was made before there were copies of projects runs where it always did."""
    manifests.write(paths, replace(manifest, start="/elsewhere/code"))
    assert manifests.read(paths).start == "/elsewhere/code"
    spoil(paths, start=None)
    assert manifests.read(paths).start == manifest.code == manifest.start


@pytest.mark.parametrize("settings", [{"sweep": 5}, {"retry": [1]}, {"cluster": None}])
def test_settings_that_are_none_are_damage(paths: SweepPaths, settings: dict[str, Any]) -> None:
    """Settings of another shape are one clear line too."""
    spoil(paths, settings=settings)
    with pytest.raises(StorageError, match=r"sweep\.json is damaged: settings: "):
        SweepFolder(paths.folder)


def test_what_cannot_be_read_says_why(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is no damage, and no missing sweep."""

    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(sweep_json, "read_file", refuse)
    with pytest.raises(StorageError, match=r"^reading .*/sweep\.json: Permission denied$"):
        manifests.read(paths)


def test_a_failed_write_leaves_the_former_one(paths: SweepPaths, manifest: Manifest, fail: Fail) -> None:
    """On a full disk the sweep keeps the manifest that it has."""
    fail("replace")
    with pytest.raises(OSError, match="No space"):
        manifests.write(paths, replace(manifest, version="other"))
    assert manifests.read(paths) == manifest


def test_a_flipped_digit_is_refused_with_the_way_out(paths: SweepPaths) -> None:
    """It would be another sweep."""
    path = Path(paths.manifest)
    text = path.read_text()
    path.write_text(text.replace('"max_trials": 10000', '"max_trials": 90000'))
    assert path.read_text() != text
    with pytest.raises(StorageError) as caught:
        manifests.read(paths)
    assert str(caught.value) == (
        f"{path} is damaged: its checksum does not match what it says; restore it from a copy"
        " (or, if somebody has edited it on purpose, remove the key 'checksum' from it)"
    )


def test_a_manifest_of_an_older_version_has_no_checksum(paths: SweepPaths, manifest: Manifest) -> None:
    """It is read all the same, and has one once it is written again."""
    spoil(paths)
    assert "checksum" not in Path(paths.manifest).read_text()
    assert manifests.read(paths) == manifest
    manifests.write(paths, manifest)
    assert "checksum" in Path(paths.manifest).read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("swept", [1]),
        ("imports", [None]),
        ("choices", {"model": 1}),
        ("environment", {"PATH": []}),
        ("flags", {"config_name": 1}),
        ("created_at", 1e300),
        ("created_at", float("nan")),
        ("created_at", -1),
    ],
)
def test_values_that_cannot_be_used_are_named(paths: SweepPaths, name: str, value: object) -> None:
    """What is in a list or under a name counts too, and so does a time that no clock shows."""
    spoil(paths, **{name: value})
    with pytest.raises(StorageError, match=f"is damaged: missing or unusable: {name}$"):
        manifests.read(paths)


def test_a_link_that_leads_nowhere_is_reported(paths: SweepPaths) -> None:
    """The sweep is there, its content is elsewhere."""
    os.unlink(paths.manifest)
    os.symlink("nowhere", paths.manifest)
    with pytest.raises(StorageError, match=r"sweep\.json is a link to a file that is not there$"):
        manifests.read(paths)
