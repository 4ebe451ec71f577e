"""Points become trials: parameters, command and key; equal points are one trial."""

from __future__ import annotations

from typing import Any

from sweeper.compose.settings import read_task
from sweeper.core.command import render_command
from sweeper.core.model import Trial, trial_key
from sweeper.core.settings import RESERVED, TaskSettings


class Trials:
    """The distinct points so far, in order."""

    def __init__(self) -> None:
        self.kept: list[Trial] = []
        self.repeated = 0
        self.config: dict[str, Any] = {}
        self.programs: set[tuple[str, str]] = set()
        self._keys: set[str] = set()
        self._task: tuple[Any, TaskSettings] | None = None

    def add(self, data: dict[str, Any]) -> None:
        """A point: a further trial, or one more of what is there."""
        params = {key: value for key, value in data.items() if key not in RESERVED}
        task = self._read_task(data.get("task"))
        command = render_command(task, params)
        key = trial_key(params, command)
        if key in self._keys:
            self.repeated += 1
            return
        self._keys.add(key)
        self.programs.add((task.command[0], task.cwd))
        self.config = self.config or data
        self.kept.append(Trial(len(self.kept), key, params, command, task.cwd, task.time_limit))

    def _read_task(self, section: Any) -> TaskSettings:
        # Points mostly share the very same section: it need not be checked ten thousand times.
        if self._task is None or self._task[0] is not section:
            self._task = (section, read_task(section))
        return self._task[1]
