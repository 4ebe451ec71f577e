"""Sweep folders as older versions wrote them: they stay readable, and can be resumed and added to."""

from __future__ import annotations

import shutil
from pathlib import Path

_HERE = Path(__file__).parent
_PROJECT = b"@PROJECT@"


def recorded(name: str, target: Path) -> Path:
    """Lay a recorded project with its sweeps at `target`, as if it had been recorded there."""
    shutil.copytree(_HERE / name, target, dirs_exist_ok=True)
    for file in filter(Path.is_file, target.rglob("*")):
        text = file.read_bytes()
        if _PROJECT in text:
            file.write_bytes(text.replace(_PROJECT, bytes(target)))
    for trial in (*target.glob("sweeps/*"), *target.glob("sweeps/*/trials/*")):
        (trial / ("requests" if trial.parent.name == "sweeps" else "checkpoints")).mkdir(exist_ok=True)
    return target
