"""Which GPUs are visible, and which physical devices they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.clusters.local import gpus
from sweeper.clusters.local.gpus import GpuListing, parse_listing, visible_gpus
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import cpu_cores, find_machine
from sweeper.core.errors import BackendError

GPUS = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5a1e)
  MIG 1g.10gb     Device  0: (UUID: MIG-77)
  MIG 1g.10gb     Device  1: (UUID: MIG-78)
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
    assert find_machine(LocalSettings(), environ).free([]) == [("0",), ("1",)]


@pytest.mark.parametrize("text", [f"echo '{GPUS}'; exit 9", "echo No devices were found", ":"])
def test_a_driver_without_gpus_means_cpus(nvidia_smi: FakeTool, text: str) -> None:
    """Where nvidia-smi fails or lists nothing, there is a slot for each core, without a GPU."""
    assert find_machine(LocalSettings(), nvidia_smi(text)).free([]) == [()] * cpu_cores()


def test_a_machine_without_the_tool_has_no_gpus(tmp_path: Path) -> None:
    """No nvidia-smi, no GPUs."""
    assert visible_gpus({"PATH": str(tmp_path)}) == ([], GpuListing())


def test_a_driver_that_hangs_is_an_error(nvidia_smi: FakeTool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken driver is told in one line; where the user names the GPUs nobody needs it."""
    monkeypatch.setattr(gpus, "_TIMEOUT", 0.05)
    monkeypatch.setattr(gpus, "_SHORT_TIMEOUT", 0.05)
    environ = nvidia_smi("exec /bin/sleep 100")
    with pytest.raises(BackendError, match="has not answered"):
        visible_gpus(environ)
    assert visible_gpus(environ | {"CUDA_VISIBLE_DEVICES": "3"}) == (["3"], GpuListing())


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", ["0"]),
        ("3,1", ["3", "1"]),
        (" 2 , 0 ", ["2", "0"]),
        ("GPU-5a1e,MIG-78", ["GPU-5a1e", "MIG-78"]),
        ("", []),
        ("-1", []),
        ("0,-1,1", ["0"]),
        ("1,,0", ["1"]),
        ("NoDevFiles", []),
        ("0,none", ["0"]),
        ("0,0", ["0"]),
        ("1,0,1", ["1", "0"]),
        ("1,GPU-9c2f,GPU-9", ["1"]),
        ("GPU-9,1", ["GPU-9"]),
        ("0,MIG-77", ["0"]),
    ],
)
def test_what_the_user_chose_is_kept_to(nvidia_smi: FakeTool, text: str, want: list[str]) -> None:
    """CUDA_VISIBLE_DEVICES is read as CUDA does, up to the first invalid entry, and each GPU counts once."""
    environ = nvidia_smi(f"echo '{GPUS}'") | {"CUDA_VISIBLE_DEVICES": text}
    assert visible_gpus(environ)[0] == want


@pytest.mark.parametrize(
    ("entry", "want"),
    [
        ("1", "GPU-9c2f"),
        ("01", "GPU-9c2f"),
        ("GPU-9", "GPU-9c2f"),
        ("0", "MIG-77"),
        ("MIG-78", "MIG-78"),
        ("MIG-7", "MIG-7"),
        ("5", "index-5"),
        ("GPU-ff", "GPU-ff"),
    ],
)
def test_every_spelling_of_a_gpu_has_one_identity(entry: str, want: str) -> None:
    """An index, a UUID and its beginning name one device; of MIG instances CUDA uses the first."""
    assert parse_listing(GPUS).identity(entry) == want


def test_a_listing_without_uuids_still_counts() -> None:
    """A driver that lists no UUID leaves the index."""
    assert parse_listing("GPU 0: Tesla\nGPU 1: Tesla\n").gpus == {"0": "index-0", "1": "index-1"}
