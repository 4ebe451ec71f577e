"""A launcher that answers a TERM with an exit code of its own, under the real shim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

import sweeper
from sweeper.core.model import Attempt, Cause, Finding, Phase, Sighting
from sweeper.core.outcome import conclude
from sweeper.store.attempts import read_exit

SHIM = Path(sweeper.__file__).with_name("shim.sh")
RANK = "import os, time; open(os.environ['OUT'] + '/rank' + os.environ['RANK'], 'w').close(); time.sleep(300)"


def test_a_deleted_torchrun_has_not_failed(tmp_path: Path) -> None:
    """It says 1 on TERM; with the deletion that the backend saw, that is the deletion's doing."""
    if not find_spec("torch"):
        pytest.skip("torch is not installed here")
    out = tmp_path / "attempts" / "1"
    out.mkdir(parents=True)
    (tmp_path / "rank.py").write_text(RANK)
    words = f"{sys.executable} -m torch.distributed.run --standalone --nproc_per_node=2 {tmp_path}/rank.py"
    (tmp_path / "command.sh").write_text(f"export OUT=$CVSWEEP_OUT\nexec {words}\n")
    shim = subprocess.Popen(
        ["sh", SHIM, tmp_path, "1"], env=os.environ | {"CVSWEEP_UID": "u", "CVSWEEP_HOST": "n"}
    )
    try:
        deadline = time.monotonic() + 60.0
        while len(list(out.glob("rank*"))) < 2:
            assert time.monotonic() < deadline, (out / "log.txt").read_text()
            time.sleep(0.1)
        shim.terminate()
        shim.wait(60.0)
    finally:
        shim.kill()
    record = read_exit(os.fspath(out))
    assert record is not None, (out / "log.txt").read_text()
    assert json.loads((out / "exit.json").read_text())["terminated"] is True
    assert record.code == 1
    seen = Sighting(Attempt(0, 1), Phase.ENDED, "u", 0.0, message="its pod was deleted", interrupted=True)
    log = (out / "log.txt").read_text()
    end = conclude(
        seen, Finding(record, log_tail=log), stop=None, required=False, seen_at=1.0, launched_at=0.0
    )
    assert (end.cause, end.error) == (Cause.DELETED, "its pod was deleted")
