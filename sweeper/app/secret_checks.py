"""Checks of a sweep's secrets: missing environment variables, and warnings about secrets in clear text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sweeper import clusters
from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.model import Trial
from sweeper.core.secrets import is_private, literal_keys, needs, public_secrets
from sweeper.core.settings import Settings


def check_variables(trials: Iterable[Trial], settings: Settings) -> None:
    """Raise UsageError if a trial's secret refers to an environment variable that attempts will not have."""
    needed: dict[str, str] = {}
    for trial in trials:
        needed |= needs(trial)
    cluster = clusters.of(settings.cluster)
    for name, key in needed.items():
        if why := cluster.why_no_variable(name, key):
            raise UsageError(why)


def secret_remarks(trials: Sequence[Trial], settings: Settings) -> Iterator[str]:
    """Yield messages about secrets in clear text, and about secrets that a program has to resolve itself."""
    secret = [trial for trial in trials if trial.secrets]
    literal = list(dict.fromkeys(key for trial in secret for key in literal_keys(trial)))
    if literal:
        yield (
            f"warning: {listed(literal)}: a secret in clear text, which the sweep's folder keeps (only you"
            " can read it there); refer to an environment variable instead, as in"
            f" {literal[0]}: ${{oc.env:{_variable(literal[0])}}}"
        )
    elif any(map(is_private, secret)):
        yield "warning: the default of a secret is one as well; leave it out: ${oc.env:NAME}"
    for name in public_secrets(settings.cluster):
        yield f"warning: {clusters.of(settings.cluster).public_remark(name)}"
    needed = {name: key for trial in secret if _reads_file(trial) for name, key in needs(trial).items()}
    for name, key in needed.items():
        yield (
            f"{key} stays ${{oc.env:{name}}} in the parameter file: OmegaConf resolves that, and any other"
            f" program reads the environment variable {name} itself"
        )


def _variable(key: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in key).upper()


def _reads_file(trial: Trial) -> bool:
    return "params" in trial.command.lower()
