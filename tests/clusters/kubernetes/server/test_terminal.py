"""What a server says when a command in a container has ended."""

from __future__ import annotations

import json

import pytest

from sweeper.clusters.kubernetes.server.terminal import exit_code
from sweeper.core.errors import BackendError


def status(**fields):
    return json.dumps({"metadata": {}, **fields}).encode()


def test_the_exit_code_is_the_commands():
    """Success is 0; a failure says its code."""
    assert exit_code(status(status="Success")) == 0
    causes = [{"reason": "ExitCode", "message": "42"}]
    assert exit_code(status(status="Failure", reason="NonZeroExitCode", details={"causes": causes})) == 42


@pytest.mark.parametrize(
    "fields", [{"message": "no such file"}, {"reason": "InternalError no such file", "details": None}]
)
def test_what_could_not_be_run_is_reported(fields):
    """A failure with no exit code is an error in the server's words."""
    with pytest.raises(BackendError, match=r"the command could not be run: .*no such file"):
        exit_code(status(status="Failure", **fields))
