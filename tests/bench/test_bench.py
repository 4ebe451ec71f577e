"""The benchmarks can be run, and count everything. What they find is no test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
METER = Path(__file__).with_name("meter.py")
DETACHED = '(setsid sh -c "sleep 0.2; echo done > \\"$0\\"" "$0" > /dev/null 2>&1 &)'


def test_one_command_prints_a_table_and_writes_it_as_json(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--only", "startup", "--json", str(report)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=True)

    found = json.loads(report.read_text())
    assert found["quick"] is True
    assert {"host", "python", "cores"} <= found["machine"].keys()
    assert {row["benchmark"] for row in found["rows"]} == {"startup"}
    assert all(row["value"] > 0 and row["samples"] and row["unit"] for row in found["rows"])
    assert all(row["what"] in done.stdout for row in found["rows"])


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
