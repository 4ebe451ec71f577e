"""The benchmarks can be run, and count everything. What they find is no test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.bench import __main__ as bench_main
from tests.bench import against
from tests.bench.__main__ import BENCHMARKS
from tests.bench.base import REPOSITORY, Bench, Row

METER = Path(__file__).with_name("meter.py")
DETACHED = '(setsid sh -c "sleep 0.2; echo done > \\"$0\\"" "$0" > /dev/null 2>&1 &)'


def bench(report: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(report), *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=check)


def test_one_command_prints_a_table_and_writes_it_as_json(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = bench(report, "--only", "engine")

    found = json.loads(report.read_text())
    assert found["quick"] is True
    assert {"host", "python", "cores"} <= found["machine"].keys()
    assert {row["benchmark"] for row in found["rows"]} == {"engine"}
    assert all(row["value"] > 0 and row["samples"] and row["unit"] for row in found["rows"])
    assert all(row["what"] in done.stdout for row in found["rows"])


@pytest.mark.bench
@pytest.mark.parametrize("name", sorted(BENCHMARKS.keys() - {"engine"}))
def test_every_benchmark_runs(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    bench(report, name)

    rows = json.loads(report.read_text())["rows"]
    assert rows
    assert all(row["samples"] or row["note"].startswith("skipped") for row in rows)


def test_a_benchmark_that_fails_costs_no_other_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    kept = []

    def fails(_: Bench) -> list[Row]:
        kept.extend(json.loads(report.read_text())["rows"])
        raise RuntimeError("the command ended with 1:\nno such thing")

    one = SimpleNamespace(run=lambda _: [Row("one", "a thing", [1.0, 2.0], "s", most=1.0)])
    monkeypatch.setattr(
        bench_main, "BENCHMARKS", {"one": one, "two": SimpleNamespace(run=fails), "three": one}
    )
    assert bench_main.main(["--json", str(report)]) == 1

    rows = json.loads(report.read_text())["rows"]
    assert [(row["benchmark"], row["failed"]) for row in rows] == [
        ("one", False),
        ("two", True),
        ("one", False),
    ]
    assert rows[1]["note"] == "no such thing"
    assert [row["what"] for row in kept] == ["a thing"]
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(("cost", "code"), [(1.04, 0), (1.2, 1)])
def test_two_checkouts_take_turns_and_what_is_slower_is_an_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cost: float,
    code: int,
) -> None:
    turns = []

    def measured(tree: Path, stage: Path, name: str, *, quick: bool) -> list[dict[str, object]]:
        assert (stage / "tests" / "builders.py").is_file()
        assert not (stage / "sweeper").exists()
        turns.append((tree.name, name))
        value = cost if tree == REPOSITORY else 1.0
        rows = [Row(name, "a cost", [value], "s CPU"), Row(name, "a share", [1 / value], "%")]
        return [row.to_json() for row in rows]

    other = tmp_path / "other"
    for folder in ("tests", "configs", "experiments"):
        (other / folder).mkdir(parents=True)
    (other / "tests" / "builders.py").write_text("")
    monkeypatch.setattr(against, "_measured", measured)
    assert against.compare(other, ["a", "b"], rounds=2, quick=False) == code
    assert turns == [(tree, name) for _ in range(2) for name in "ab" for tree in ("other", REPOSITORY.name)]
    shown = capsys.readouterr().out
    assert f"{cost:.3f}" in shown
    assert "a share" not in shown


def test_the_meter_waits_for_what_has_detached_itself(tmp_path: Path) -> None:
    proof, report = tmp_path / "proof", tmp_path / "report.json"

    subprocess.run(
        [sys.executable, str(METER), str(report), "sh", "-c", DETACHED, str(proof)], timeout=60, check=True
    )

    assert proof.read_text() == "done\n"
    assert json.loads(report.read_text()).keys() == {"wall", "cpu"}


def test_the_meter_passes_on_how_the_command_ended(tmp_path: Path) -> None:
    command = [sys.executable, str(METER), str(tmp_path / "report.json"), "sh", "-c", "exit 3"]

    assert subprocess.run(command, timeout=60, check=False).returncode == 3
