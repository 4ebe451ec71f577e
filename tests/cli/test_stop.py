"""cvsweep stop: launch nothing more, asked from another terminal."""

from __future__ import annotations

from sweeper.core.model import Status
from tests.cli.tiny import GATED


def test_what_runs_ends_by_itself_or_goes_on_without_a_controller(tiny, until):
    """As after one Ctrl-C, and after two; and asking twice is as good as once."""
    tiny.program(GATED)
    process = tiny.start("-m", "x=range(4)", "sweep.name=x")
    until(lambda: tiny.running() == 2)
    for _ in range(2):
        result = tiny.run("stop", "x")
        assert result.code == 0
        assert result.err.startswith(
            "x: its controller launches nothing more and waits for 2 running trials\n"
        )
    until(lambda: "launching nothing more and waiting for what runs" in tiny.err)
    result = tiny.run("stop", "x", "--now")
    assert (result.code, result.err) == (
        0,
        "x: its controller leaves; 2 running trials go on without it\ngo on with: cvsweep resume x\n",
    )
    assert process.wait(10) == 130
    assert tiny.running() == 2
    result = tiny.run("stop", "x")
    assert result.err == (
        "x: no controller lives, so nothing more is launched anyway\n"
        "2 may still run; end them with: cvsweep cancel x\n"
    )
    tiny.go()
    assert tiny.run("resume", "x").code == 0
    assert tiny.count(Status.COMPLETED) == 4
