"""A sweep on a real cluster, from the command line to the table."""

from __future__ import annotations

from tests.cluster.lab import TINY, Lab


def test_a_grid_becomes_a_table(lab: Lab) -> None:
    """Every point runs once in a pod of the member's own number, and nothing is left on the cluster."""
    lab.shell_project('echo "{\\"y\\": $((x * 2)), \\"uid\\": $(id -u)}" > "$CVSWEEP_OUT/metrics.json"')
    done = lab.cvsweep("-m", "x=range(6)", *TINY)
    assert done.returncode == 0, done.stderr
    assert [(row["x"], row["y"], row["uid"]) for row in sorted(lab.table(), key=lambda row: row["x"])] == [
        (x, 2 * x, 12345) for x in range(6)
    ]
    assert (lab.pods(), lab.used()) == ([], 0)
