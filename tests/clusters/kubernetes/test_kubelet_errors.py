"""What a kubelet writes into the stream of a log when it cannot go on."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.kubelet_errors import programs_own
from sweeper.clusters.kubernetes.server.api import Unreachable

NOT_FOUND = b'rpc error: code = NotFound desc = an error occurred when try to find container "a": not found'
NO_LOG = b"unable to retrieve container logs for containerd://ab12"


@pytest.mark.parametrize(
    ("pieces", "want", "message"),
    [
        ([b"one\n", NOT_FOUND], b"one\n", NOT_FOUND),
        ([b"50 %" + NOT_FOUND], b"50 %", NOT_FOUND),
        ([NOT_FOUND[:30], NOT_FOUND[30:]], b"", NOT_FOUND),
        ([NO_LOG], b"", NO_LOG),
        # A program may say the same, on a line of its own.
        ([NOT_FOUND, b"\n"], NOT_FOUND + b"\n", b""),
        ([NOT_FOUND + b"\nmore"], NOT_FOUND + b"\nmore", b""),
        ([b"one\n", b"tw", b"o"], b"one\ntwo", b""),
        ([], b"", b""),
    ],
)
def test_the_kubelets_errors_are_distinguished(pieces, want, message):
    """Only at the very end, and without a line end behind them."""
    heard: list[str] = []
    assert b"".join(programs_own(pieces, heard.append)) == want
    assert "".join(heard).encode() == message


def test_nothing_is_held_back_if_the_stream_breaks():
    """Then it is not over, and nobody can tell whose words they were."""

    def breaking():
        yield NO_LOG
        raise Unreachable("reset")

    found = []
    with pytest.raises(Unreachable):
        found.extend(programs_own(breaking(), found.append))
    assert found == [NO_LOG]
