"""The paths of all files and folders in a sweep folder; no other module builds them.

The classes are named tuples: importing `dataclasses` takes a fifth of the time that completion may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sweeper.core.model import Attempt, Trial

OWNER = "owner"
LOG = "log.txt"
EXIT = "exit.json"


class SweepPaths(NamedTuple):
    """The paths in a sweep folder; `folder` is absolute and has no trailing slash."""

    folder: str

    @property
    def name(self) -> str:
        return self.folder.rsplit("/", 1)[-1]

    @property
    def manifest(self) -> str:
        return f"{self.folder}/sweep.json"

    @property
    def journal(self) -> str:
        return f"{self.folder}/journal"

    def term(self, number: int) -> str:
        return f"{self.folder}/journal/{number:06d}.jsonl"

    def fence(self, number: int) -> str:
        """If this file exists, term `number` is about to begin, and writers of older terms stop."""
        return f"{self.folder}/journal/{number:06d}.fence"

    @property
    def lock(self) -> str:
        return f"{self.folder}/lock"

    @property
    def heartbeat(self) -> str:
        """Names the controller; its modification time is the controller's last sign of life."""
        return f"{self.folder}/heartbeat"

    @property
    def requests(self) -> str:
        return f"{self.folder}/requests"

    @property
    def status(self) -> str:
        return f"{self.folder}/status.json"

    @property
    def shim(self) -> str:
        return f"{self.folder}/shim.sh"

    @property
    def code(self) -> str:
        """The copy of the project, made when the sweep was created; only there if trials run a copy."""
        return f"{self.folder}/code"

    @property
    def code_facts(self) -> str:
        return f"{self.folder}/code.json"

    @property
    def code_diff(self) -> str:
        return f"{self.folder}/code.diff"

    @property
    def code_sums(self) -> str:
        """Digests of the code that the sweep was created with, in the format of `sha256sum -c`."""
        return f"{self.folder}/code.sha256"

    @property
    def environment(self) -> str:
        """The interpreter and the packages of the trials."""
        return f"{self.folder}/environment.txt"

    @property
    def imports(self) -> str:
        """Links to modules in `code`, for folders that cannot be put on PYTHONPATH as a whole."""
        return f"{self.folder}/imports"

    @property
    def controller_log(self) -> str:
        return f"{self.folder}/controller.log"

    @property
    def cluster_log(self) -> str:
        """The changes requested of a cluster, each with the state that was observed then: JSON lines."""
        return f"{self.folder}/cluster.log"

    @property
    def table(self) -> str:
        return f"{self.folder}/results.csv"

    @property
    def summary(self) -> str:
        return f"{self.folder}/summary.md"

    @property
    def report(self) -> str:
        return f"{self.folder}/report.html"

    @property
    def trials(self) -> str:
        return f"{self.folder}/trials"

    def trial(self, trial: Trial) -> TrialPaths:
        return self.trial_of(trial.index, trial.key)

    def trial_of(self, index: int, key: str) -> TrialPaths:
        return TrialPaths(f"{self.folder}/trials/{index:05d}-{key}")


class TrialPaths(NamedTuple):
    """The paths in one trial's folder."""

    folder: str

    @property
    def params(self) -> str:
        return f"{self.folder}/params.json"

    @property
    def params_yaml(self) -> str:
        """The same parameters as YAML; only there if the trial's command names it."""
        return f"{self.folder}/params.yaml"

    @property
    def command(self) -> str:
        return f"{self.folder}/command.sh"

    @property
    def checkpoints(self) -> str:
        return f"{self.folder}/checkpoints"

    @property
    def attempts(self) -> str:
        return f"{self.folder}/attempts"

    @classmethod
    def of_attempt(cls, folder: str) -> TrialPaths | None:
        """Return the trial to which an attempt's folder belongs; None if the path is not of an attempt."""
        trial, attempts, _ = folder.rsplit("/", 2) if folder.count("/") > 1 else ("", "", "")
        return cls(trial) if attempts == "attempts" else None

    def attempt(self, attempt: Attempt) -> str:
        return self.attempt_of(attempt.number)

    def attempt_of(self, number: int) -> str:
        return f"{self.folder}/attempts/{number}"
