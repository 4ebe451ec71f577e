"""The names of all files and folders in a sweep folder: no other module builds them.

Named tuples, not dataclasses: to import those takes a fifth of the time that completion may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sweeper.core.model import Attempt, Trial

OWNER = "owner"
LOG = "log.txt"
EXIT = "exit.json"


class SweepPaths(NamedTuple):
    """Names inside one sweep folder; `folder` is absolute and carries no trailing slash."""

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
        """Its being there says that term `number` is about to begin: whoever writes an older one stops."""
        return f"{self.folder}/journal/{number:06d}.fence"

    @property
    def lock(self) -> str:
        return f"{self.folder}/lock"

    @property
    def heartbeat(self) -> str:
        """Who controls the sweep; its modification time says when that controller last showed itself."""
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
        """The project as it was when the sweep was made, where a copy was asked for."""
        return f"{self.folder}/code"

    @property
    def code_facts(self) -> str:
        return f"{self.folder}/code.json"

    @property
    def code_diff(self) -> str:
        return f"{self.folder}/code.diff"

    @property
    def code_sums(self) -> str:
        """Digests of the code that the sweep was made with, as `sha256sum -c` reads them."""
        return f"{self.folder}/code.sha256"

    @property
    def environment(self) -> str:
        """The interpreter and the packages that the trials run with."""
        return f"{self.folder}/environment.txt"

    @property
    def imports(self) -> str:
        """Links to what trials import from `code`, for folders of it that cannot be imported as a whole."""
        return f"{self.folder}/imports"

    @property
    def controller_log(self) -> str:
        return f"{self.folder}/controller.log"

    @property
    def cluster_log(self) -> str:
        """What was asked of a cluster, and in which view of it: one JSON line each."""
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
    """Names inside one trial's folder."""

    folder: str

    @property
    def params(self) -> str:
        return f"{self.folder}/params.json"

    @property
    def params_yaml(self) -> str:
        """The same as YAML; only there if the trial's command names it."""
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
        """The trial of an attempt's folder; None if it does not lie where attempts do."""
        trial, attempts, _ = folder.rsplit("/", 2) if folder.count("/") > 1 else ("", "", "")
        return cls(trial) if attempts == "attempts" else None

    def attempt(self, attempt: Attempt) -> str:
        return self.attempt_of(attempt.number)

    def attempt_of(self, number: int) -> str:
        return f"{self.folder}/attempts/{number}"
