"""What Hydra's sweepers get back from the launcher."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.callbacks import Callbacks
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.types import HydraContext, RunMode

Launch = Callable[..., Sequence[JobReturn]]


@pytest.fixture
def launch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hydra_restore_singletons: None
) -> Iterator[Launch]:
    """Launch jobs of a function, as a sweeper does: `launch(function, [["+x=1"], ["+x=2"]], *overrides)`."""
    monkeypatch.chdir(tmp_path)

    def launched(function: Any, jobs: Sequence[Sequence[str]], *overrides: str) -> Sequence[JobReturn]:
        app = Hydra.create_main_hydra_file_or_module(
            calling_file=None,
            calling_module="hydra.test_utils.a_module",
            config_path="configs",
            job_name="app",
        )
        config = app.compose_config(
            config_name="compose.yaml",
            overrides=["hydra/launcher=cvsweep", *overrides],
            run_mode=RunMode.MULTIRUN,
            with_log_configuration=False,
        )
        context = HydraContext(config_loader=app.config_loader, callbacks=Callbacks())
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=function, config=config
        )
        return launcher.launch(jobs, initial_job_idx=0)

    yield launched
    GlobalHydra.instance().clear()


def test_a_job_comes_back_with_its_value_and_its_configuration(launch: Launch) -> None:
    found = launch(lambda cfg: cfg.x * cfg.foo, [["+x=1"], ["+x=2", "bar=7"]])
    assert [one.return_value for one in found] == [10, 20]
    assert [one.overrides for one in found] == [["+x=1"], ["+x=2", "bar=7"]]
    assert [one.cfg for one in found] == [{"foo": 10, "bar": 100, "x": 1}, {"foo": 10, "bar": 7, "x": 2}]
    assert [one.hydra_cfg.hydra.job.num for one in found if one.hydra_cfg] == [0, 1]


def test_jobs_that_a_pause_left_are_failed_with_its_reason(launch: Launch) -> None:
    """Five jobs that fail alike pause the sweep; the others are said not to have run, and why."""

    def fails(cfg: Any) -> None:
        raise ValueError("as it was told to")

    never, alone = "hydra.launcher.retry.budgets={error: 0}", "hydra.launcher.cluster.max_parallel=1"
    found = launch(fails, [[f"+x={x}"] for x in range(9)], never, alone)
    assert [one.status.name for one in found] == ["FAILED"] * 9
    why = [str(one._return_value) for one in found]
    assert "ended with error: ValueError: as it was told to" in why[0]
    assert "trial 8" in why[8]
    assert "has not run: the first 5 trials all ended alike" in why[8]
