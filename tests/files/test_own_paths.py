"""Paths of this machine as a person types them."""

from __future__ import annotations

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.settings import SweepSettings
from sweeper.files.own_paths import expanded
from sweeper.files.sections import read_section


def test_a_path_is_read_as_a_shell_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("SCRATCH", "/scratch/ada")
    found = [expanded("sweep.root", path) for path in ("~/x", "$SCRATCH/x", "${SCRATCH}/x", "x/~", "/x")]
    assert found == ["/home/ada/x", "/scratch/ada/x", "/scratch/ada/x", "x/~", "/x"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "~nobody-has-this-name/x",
            r"^sweep\.root: there is no user 'nobody-has-this-name'; write \./~nobody",
        ),
        ("$NOT_SET/x", r"^sweep\.root: the environment variable NOT_SET is not set, in \$NOT_SET/x$"),
    ],
)
def test_what_stands_for_nothing_is_refused(path: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        expanded("sweep.root", path)


def test_the_paths_of_a_section_are_read_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its other settings are what they are."""
    monkeypatch.setenv("SCRATCH", "/scratch/ada")
    found = read_section("sweep", SweepSettings, {"root": "$SCRATCH/x", "name": "a"})
    assert found == SweepSettings(root="/scratch/ada/x", name="a")
