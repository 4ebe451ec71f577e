"""Functions that travel to the trials by cloudpickle."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweeper.core.errors import UsageError

FOLDER = '"$CVSWEEP_TRIAL_DIR"/../../tasks'
"""Where the sweep keeps these files, for a trial's shell."""
IMPORTS = f'PYTHONPATH={FOLDER}"${{PYTHONPATH:+:$PYTHONPATH}}"\nexport PYTHONPATH\n'
RECORDER = "++hydra.callbacks.cvsweep._target_=cvsweep_trial.Recorder"
"""With these lines before its command, and this override, a Hydra app records what it returns."""
_SOURCE = Path(__file__).parent.parent / "cvsweep_trial.py"


def runner() -> dict[str, bytes]:
    """The file that trials use (cvsweep_trial.py), by its path in the sweep's folder."""
    return {"tasks/cvsweep_trial.py": _SOURCE.read_bytes()}


def pickle_task(task: Mapping[str, Any], path: Sequence[str]) -> tuple[str, dict[str, bytes]]:
    """A task for cvsweep_trial.py: the name of its file, and the files by their paths in the sweep's folder.

    Args:
        path: folders that the trial's Python imports from, before it loads the task.

    Raises:
        UsageError: cloudpickle is not installed, or something in the task cannot be pickled.
    """
    try:
        import cloudpickle
    except ImportError as error:
        raise UsageError(
            "a Python function travels to its trials by cloudpickle: pip install 'cvsweep[launcher]'"
        ) from error
    try:
        data = cloudpickle.dumps(list(path)) + cloudpickle.dumps(dict(task))
    except Exception as error:
        raise UsageError(f"the function cannot be pickled: {type(error).__name__}: {error}") from error
    name = f"{hashlib.blake2b(data, digest_size=6).hexdigest()}.pkl"
    return name, {**runner(), f"tasks/{name}": data}


def import_path() -> list[str]:
    """The folders that this process imports from, for trials on this machine."""
    return [os.path.abspath(one) for one in sys.path if os.path.isdir(one or ".")]
