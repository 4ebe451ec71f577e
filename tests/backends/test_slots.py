"""How many trials a machine takes, and which GPU each of them sees."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.backends.local import slots
from sweeper.backends.local.slots import Slot, cpu_cores, find_slots, shares, visible_gpus
from sweeper.core.cluster import LocalSettings
from sweeper.core.errors import BackendError, UsageError

GPUS = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5a1e)
  MIG 1g.10gb Device 0: (UUID: MIG-77)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-9c2f)
"""

FakeTool = Callable[[str], dict[str, str]]


@pytest.fixture
def nvidia_smi(tmp_path: Path) -> FakeTool:
    """Put an nvidia-smi on PATH that runs this shell text."""

    def make(text: str) -> dict[str, str]:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)
        return {"PATH": str(tmp_path)}

    return make


def test_every_gpu_that_is_listed_is_used(nvidia_smi: FakeTool) -> None:
    """Without CUDA_VISIBLE_DEVICES there is a slot for each GPU of `nvidia-smi -L`."""
    environ = nvidia_smi(f"[ $1 = -L ] && echo '{GPUS}'")
    assert find_slots(LocalSettings(), environ) == [Slot(0, "0"), Slot(1, "1")]


@pytest.mark.parametrize("text", [f"echo '{GPUS}'; exit 9", "echo No devices were found", ":"])
def test_a_driver_without_gpus_means_cpus(nvidia_smi: FakeTool, text: str) -> None:
    """Where nvidia-smi fails or lists nothing, there is a slot for each core, without a GPU."""
    environ = nvidia_smi(text)
    assert find_slots(LocalSettings(), environ) == [Slot(index) for index in range(cpu_cores())]


def test_a_machine_without_the_tool_has_no_gpus(tmp_path: Path) -> None:
    """No nvidia-smi, no GPUs."""
    assert visible_gpus({"PATH": str(tmp_path)}) == []


def test_a_driver_that_hangs_is_an_error(nvidia_smi: FakeTool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken driver is told in one line instead of being waited for without end."""
    monkeypatch.setattr(slots, "_PATIENCE", 0.05)
    with pytest.raises(BackendError, match="has not answered"):
        visible_gpus(nvidia_smi("exec /bin/sleep 100"))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", ["0"]),
        ("3,1", ["3", "1"]),
        (" 2 , 0 ", ["2", "0"]),
        ("GPU-5a1e,MIG-77", ["GPU-5a1e", "MIG-77"]),
        ("", []),
        ("-1", []),
        ("0,-1,1", ["0"]),
        ("1,,0", ["1"]),
        ("NoDevFiles", []),
        ("0,none", ["0"]),
    ],
)
def test_what_the_user_chose_is_kept_to(nvidia_smi: FakeTool, text: str, want: list[str]) -> None:
    """CUDA_VISIBLE_DEVICES is read as CUDA does, up to the first invalid entry; nobody else is asked."""
    environ = nvidia_smi(f"echo '{GPUS}'") | {"CUDA_VISIBLE_DEVICES": text}
    assert visible_gpus(environ) == want


@pytest.mark.parametrize(
    ("per_gpu", "parallel", "want"),
    [
        (1, None, ["4", "7"]),
        (2, None, ["4", "7", "4", "7"]),
        (1, 1, ["4"]),
        (2, 3, ["4", "7", "4"]),
        (1, 5, ["4", "7", "4", "7", "4"]),
    ],
)
def test_trials_spread_over_the_gpus(per_gpu: int, parallel: int | None, want: list[str]) -> None:
    """Every GPU gets one trial before any gets two; max_parallel overrides the number."""
    found = find_slots(
        LocalSettings(max_parallel=parallel, trials_per_gpu=per_gpu), {"CUDA_VISIBLE_DEVICES": "4,7"}
    )
    assert found == [Slot(index, gpu) for index, gpu in enumerate(want)]


def test_max_parallel_counts_without_gpus() -> None:
    """On CPUs max_parallel is the number of slots, be it more than there are cores."""
    found = find_slots(LocalSettings(max_parallel=9, trials_per_gpu=3), {"CUDA_VISIBLE_DEVICES": ""})
    assert found == [Slot(index) for index in range(9)]


@pytest.mark.parametrize(
    "settings", [LocalSettings(max_parallel=0), LocalSettings(trials_per_gpu=0)], ids=["parallel", "per GPU"]
)
def test_a_machine_that_would_run_nothing_is_refused(settings: LocalSettings) -> None:
    """Settings under which the sweep would wait for ever are a mistake."""
    with pytest.raises(UsageError, match="nothing could ever run"):
        find_slots(settings, {"CUDA_VISIBLE_DEVICES": "0"})


@pytest.mark.parametrize(
    ("files", "want"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "1600000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    ],
)
def test_cores_are_those_that_we_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], want: int
) -> None:
    """The affinity counts and a container's quota, in either version of the cgroups."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert cpu_cores(str(tmp_path)) == want


@pytest.mark.parametrize(
    ("gpus", "want"),
    [
        ([None, None], [0.0, 0.0]),
        (["0", "1"], [1.0, 1.0]),
        (["0", "1", "0", "1"], [0.5] * 4),
        (["0", "1", "0"], [0.5, 1.0, 0.5]),
    ],
)
def test_trials_on_the_same_gpu_share_it(gpus: list[str | None], want: list[float]) -> None:
    """A GPU is counted once, however many trials are packed on it."""
    found = shares([Slot(index, gpu) for index, gpu in enumerate(gpus)])
    assert [found[index] for index in range(len(gpus))] == want
