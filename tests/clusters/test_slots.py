"""How many trials a machine takes, and which GPUs each of them sees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.clusters.local.gpus import GpuListing
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import NOWHERE, MachineSlots, Slot, cpu_cores, find_machine, resized
from sweeper.core.errors import UsageError


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
    found = find_machine(
        LocalSettings(max_parallel=parallel, trials_per_gpu=per_gpu), {"CUDA_VISIBLE_DEVICES": "4,7"}
    )
    assert found.free([]) == [(gpu,) for gpu in want]
    assert found.slots == len(want)


@pytest.mark.parametrize(
    ("gpus", "visible", "parallel", "want"),
    [
        (2, "0,1,2,3", None, [("0", "1"), ("2", "3")]),
        (2, "0,1,2", None, [("0", "1")]),
        (2, "3,1,0,2", 1, [("3", "1")]),
        (2, "0,1,2,3", 9, [("0", "1"), ("2", "3")]),
        (1, "5", None, [("5",)]),
        (0, "0,1", 2, [(), ()]),
    ],
)
def test_a_trial_gets_as_many_gpus_as_it_needs(
    gpus: int, visible: str, parallel: int | None, want: list[tuple[str, ...]]
) -> None:
    """GPUs are dealt out in whole groups, and a trial without any has no GPU for its own."""
    settings = LocalSettings(gpus=gpus, max_parallel=parallel)
    found = find_machine(settings, {"CUDA_VISIBLE_DEVICES": visible})
    assert found.free([]) == want
    assert found.hidden is (gpus == 0)


@pytest.mark.parametrize(("gpus", "visible"), [(1, ""), (1, "-1"), (2, "3"), (2, "3,3"), (5, "0,1,2,3")])
def test_more_gpus_than_there_are_is_refused(gpus: int, visible: str) -> None:
    """A trial that needs more GPUs than are visible could never start."""
    with pytest.raises(UsageError, match=f"cluster.gpus={gpus}: a trial needs more GPUs than are visible"):
        find_machine(LocalSettings(gpus=gpus), {"CUDA_VISIBLE_DEVICES": visible, "PATH": ""})


@pytest.mark.parametrize(
    ("held", "taken", "want"),
    [
        ([], set(), ["01", "23"]),
        (["12"], set(), ["03"]),
        (["1"], set(), ["02"]),
        (["8"], set(), ["01", "23"]),
        ([""], set(), ["01", "23"]),
        ([None], set(), ["01"]),
        (["01", "23"], set(), []),
        ([], {"0", "3"}, ["12"]),
        ([], {"0", "1", "2"}, []),
    ],
)
def test_any_free_gpus_make_a_group(held: list[str | None], taken: set[str], want: list[str]) -> None:
    """What is free follows from the GPUs of what runs, not from fixed pairs; unknown GPUs cost a slot."""
    machine = MachineSlots(2, dict.fromkeys("0123", 1), each=2)
    slots = [Slot(at, None if gpus is None else tuple(gpus)) for at, gpus in enumerate(held)]
    usable = [gpu for gpu in machine.candidates(slots) if gpu not in taken]
    assert machine.free(slots, usable) == [tuple(group) for group in want]


def test_a_gpu_with_fewer_trials_comes_first() -> None:
    """A further trial goes where the fewest are."""
    machine = MachineSlots(4, {"0": 2, "1": 2})
    assert machine.free([Slot(0, ("0",))]) == [("1",), ("0",), ("1",)]
    assert machine.free([Slot(0, ("0",)), Slot(1, ("0",))]) == [("1",), ("1",)]
    assert machine.free([Slot(0, ("0",)), Slot(1, ("0",)), Slot(2, ("0",))]) == [("1",)]


@pytest.mark.parametrize(
    ("visible", "want"),
    [("1", ("1",)), ("GPU-b", ("1",)), ("0,1", ("0", "1")), ("7", ("7",)), ("", ()), (None, ())],
)
def test_gpus_are_known_in_any_spelling(visible: str | None, want: tuple[str, ...]) -> None:
    """The GPUs of an adopted attempt are found among ours by their identity."""
    machine = MachineSlots(2, {"0": 1, "1": 1}, listing=GpuListing({"0": "GPU-aa", "1": "GPU-bb"}))
    assert machine.held(visible) == want


def test_max_parallel_counts_without_gpus() -> None:
    """On CPUs max_parallel is the number of slots, be it more than there are cores."""
    found = find_machine(LocalSettings(max_parallel=9, trials_per_gpu=3), {"CUDA_VISIBLE_DEVICES": ""})
    assert found.free([]) == [()] * 9


@pytest.mark.parametrize(
    "settings", [LocalSettings(max_parallel=0), LocalSettings(trials_per_gpu=0)], ids=["parallel", "per GPU"]
)
def test_a_machine_that_would_run_nothing_is_refused(settings: LocalSettings) -> None:
    """Settings under which the sweep would wait for ever are a mistake."""
    with pytest.raises(UsageError, match="nothing could ever run"):
        find_machine(settings, {"CUDA_VISIBLE_DEVICES": "0"})


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
    ("slot", "want"),
    [
        (Slot(0, ("0",)), 0.5),
        (Slot(0, ("1",)), 1.0),
        (Slot(0, ("0", "1")), 1.5),
        (Slot(0, ("9",)), 1.0),
        (Slot(0), 0.0),
        (NOWHERE, None),
    ],
)
def test_trials_on_the_same_gpu_share_it(slot: Slot, want: float | None) -> None:
    """A GPU is counted once, however many trials are packed on it; of unknown ones nothing is counted."""
    assert MachineSlots(3, {"0": 2, "1": 1}).share(slot) == want


@pytest.mark.parametrize(
    ("settings", "visible", "before", "after"),
    [
        ({}, "4,7", 2, 5),
        ({"gpus": 2}, "0,1,2,3", 1, 2),
        ({"gpus": 0}, "0,1", 1, 6),
        ({}, "", 3, 1),
    ],
)
def test_another_max_parallel_makes_the_machine_that_would_have_been_found(
    settings: dict[str, int], visible: str, before: int, after: int
) -> None:
    """Its GPUs are not looked for again; those whose trials go on beyond the new limit keep them."""
    environ = {"CUDA_VISIBLE_DEVICES": visible}
    first = find_machine(LocalSettings(**settings, max_parallel=before), environ)
    wanted = LocalSettings(**settings, max_parallel=after)
    again = resized(first, wanted)
    assert again == find_machine(wanted, environ)
    full = [Slot(at, gpus) for at, gpus in enumerate(again.free([]))]
    assert resized(again, LocalSettings(**settings, max_parallel=1)).free(full) == []
