"""What an attempt on another host leaves is read as it is, however early it was looked for."""

from __future__ import annotations

import os

from sweeper.results.curve import Curve
from sweeper.results.readers import read_curve
from tests.results.readers.conftest import final
from tests.volume.conftest import Hosts


def test_what_was_looked_for_too_early_is_read(hosts: Hosts) -> None:
    """Files and folders of tools, which this host remembers as absent, or as they were."""
    (hosts.a / "out").mkdir()
    for name in (
        "out",
        "out/metrics.jsonl",
        "out/logs",
        "out/logs/version_0",
        "out/logs/version_0/metrics.csv",
    ):
        os.path.exists(hosts.b / name)
    assert final(f"{hosts.b}/out") == ({}, "")
    version = hosts.a / "out" / "logs" / "version_0"
    version.mkdir(parents=True)
    (version / "metrics.csv").write_text("step,a\n1,5\n")
    assert final(f"{hosts.b}/out") == ({"step": 1, "a": 5}, "")
    with open(version / "metrics.csv", "a") as file:
        file.write("2,6\n")
    assert read_curve(f"{hosts.b}/out") == (Curve((1, 2), {"a": (5, 6)}), "")
    (hosts.a / "out" / "metrics.jsonl").write_text('{"a": 7}\n')
    assert final(f"{hosts.b}/out") == ({"a": 7}, "")


def test_only_what_is_listed_is_looked_up(hosts: Hosts) -> None:
    """A running attempt's files are found although they were read for before they were there."""
    (hosts.a / "out").mkdir()
    assert read_curve(f"{hosts.b}/out") == (Curve(), "")
    (hosts.a / "out" / "metrics.jsonl").write_text('{"a": 1}\n')
    assert os.path.exists(hosts.b / "out" / "metrics.jsonl")
    assert read_curve(f"{hosts.b}/out")[0].series == {"a": (1,)}
